"""What the database shows inside, outside and after an organisation."""

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from aims.tenancy.ids import uuid7
from aims.tenancy.models import Counter, Member, Token
from aims.tenancy.numbers import next_number
from aims.tenancy.scope import organisation_scope

pytestmark = pytest.mark.django_db


def test_without_an_organisation_no_rows_never_all_rows(acme):
    assert Member.objects.count() == 0


def test_inside_only_the_own_rows(acme, globex):
    with acme:
        assert {m.organisation_id for m in Member.objects.all()} == {acme.organisation.pk}
    with globex:
        assert {m.organisation_id for m in Member.objects.all()} == {globex.organisation.pk}


def test_a_lazy_query_used_outside_shows_nothing(acme):
    with acme:
        later = Member.objects.all()
    assert list(later) == []


def test_a_rolled_back_savepoint_does_not_bring_the_former_organisation_back(acme, globex):
    with acme:
        Member.objects.count()
        with pytest.raises(RuntimeError), transaction.atomic(), organisation_scope(globex.organisation):
            Member.objects.count()
            raise RuntimeError
        assert set(Member.objects.values_list("organisation_id", flat=True)) == {acme.organisation.pk}


def test_an_error_in_a_savepoint_leaves_the_transaction_usable(acme):
    with acme:
        Member.objects.count()
        with pytest.raises(ProgrammingError), transaction.atomic():
            connection.cursor().execute("select nonsense from nowhere")
        assert Member.objects.count() == 8


def test_a_row_for_another_organisation_is_refused(acme, globex):
    with acme, pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        Counter.objects.create(organisation=globex.organisation, kind="x")


def test_a_row_cannot_point_into_another_organisation(acme, globex):
    with acme, pytest.raises(IntegrityError, match="member_ref"), transaction.atomic():
        Token.objects.create(
            organisation=acme.organisation,
            member_id=globex.officer.pk,
            name="x",
            prefix="x",
            digest=str(uuid7()),
            expires_at="2030-01-01T00:00Z",
        )
        connection.check_constraints()


def test_numbers_count_per_organisation(acme, globex):
    with acme:
        assert [next_number(acme.organisation, Member) for _ in range(2)] == [1, 2]
        assert next_number(acme.organisation, Member, count=10) == 3
        assert next_number(acme.organisation, Member) == 13
    with globex:
        assert next_number(globex.organisation, Member) == 1
