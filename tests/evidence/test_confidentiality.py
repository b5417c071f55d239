"""Who may download what: the level, the role, and being answerable for it decide; page, API and link say the same."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evidence.confidentiality import may_download, readable_by
from evidence.models import EvidenceFile, EvidenceItem
from tests.evidence.making import make_system, upload
from tests.factories import make_evidence

pytestmark = pytest.mark.django_db

EVERYBODY = {
    "officer", "owner", "contributor", "challenger", "executive", "auditor", "certifier", "observer",
}  # fmt: skip
ALLOWED = {
    "internal": EVERYBODY,
    "confidential": {"officer", "challenger", "executive", "auditor", "certifier"},
    "restricted": {"officer", "auditor"},
}


@pytest.mark.parametrize("level", ALLOWED)
def test_each_role_downloads_what_its_level_allows(acme, sign_in, api_as, level):
    everyone = acme.everyone()
    make_evidence(acme.officer, confidentiality=level, files=[upload()])
    with acme:
        file = EvidenceFile.objects.get()
    allowed = set()
    for who, member in everyone.items():
        path = f"/o/acme/evidence/1/files/{file.pk}/download/"
        page = sign_in(member).get(path)
        if not member.is_read_only:  # those who only read hold no tokens
            assert page.status_code == api_as(member, "read").get(f"/api/v1{path}").status_code, who
        shows_link = path in sign_in(member).get("/o/acme/evidence/1/").content.decode()
        assert shows_link == (page.status_code == 200), who
        if page.status_code == 200:
            allowed.add(who)
        else:
            assert page.status_code == 403
    assert allowed == ALLOWED[level]


def test_whoever_answers_for_it_always_may(acme):
    system = make_system(acme.owner, "Scoring")
    item = make_evidence(acme.contributor, owner=acme.executive, system=system, confidentiality="restricted")
    everyone = acme.everyone().values()
    with acme:
        item = EvidenceItem.objects.select_related("system").get(pk=item.pk)
        for member in everyone:
            with CaptureQueriesContext(connection) as queries:
                may = may_download(item, member)
            assert may == EvidenceItem.objects.filter(readable_by(member)).exists()
            assert len(queries) <= 1
            assert may == (member in (acme.owner, acme.contributor, acme.executive, acme.officer, acme.auditor))
