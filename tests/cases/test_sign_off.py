"""The owner's signature: what it is bound to, when it counts, and all by which it lapses."""

from datetime import timedelta
from hashlib import sha256
from io import BytesIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from aims.integrations.models import Notification
from aims.rules import RuleBroken
from aims.tenancy.actions import deactivate_member
from cases.actions import hold_down, raise_challenge, remind_of_sign_offs
from cases.evaluation import assess, reevaluate
from cases.models import AssuranceCase, Element, SignOff, StandingLevel
from cases.scale import Reason
from cases.signing import valid_sign_off
from cases.sweep import reevaluate_due
from cases.tiers import policy_of
from cases.to_sign import digest_of, to_sign
from tests.cases.building import make_sound_case
from tests.cases.standing_behind import put_before_a_decision, put_live, sign, told
from tests.factories import PASSWORD
from tests.tenancy.test_signing_in import code_of

pytestmark = pytest.mark.django_db
HOLDS, WEAKENED, UNSUPPORTED = StandingLevel.HOLDS, StandingLevel.WEAKENED, StandingLevel.UNSUPPORTED


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def sound(acme):
    with acme:
        return make_sound_case(acme, days=None)


@pytest.fixture
def live(acme, sound):
    """In force, and not yet signed."""
    with acme:
        put_live(acme, sound)
    return sound


def element(case, key):
    return Element.objects.select_related("case", "module").get(case=case, key=key)


def reasons(case, at=None):
    return [cause.reason for cause in assess(case, at=at).causes()]


def standing(case, at=None):
    from cases.evaluation import assess_loaded
    from cases.loading import load_case

    case.refresh_from_db()
    return assess_loaded(load_case(case), at=at).standing


# What it does


def test_a_case_in_force_that_nobody_signed_is_weakened_and_says_so(acme, live):
    with acme:
        assert live.standing == WEAKENED
        assert reasons(live) == [Reason.SIGN_OFF_MISSING]
        assert live.standing_causes[0]["reason"] == "sign_off_missing"


def test_a_signature_lets_the_case_stand_as_its_argument_does(acme, live):
    with acme:
        signed = sign(live, actor=acme.owner)
        live.refresh_from_db()
        assert live.standing == HOLDS
        assert signed.expires_at - signed.signed_at == timedelta(days=policy_of(live).sign_off_days)
        assert valid_sign_off(live) == signed
        assert told(live, "cases.sign_off.signed") == 2


def test_the_next_change_by_itself_is_the_end_of_the_signature(acme, live):
    with acme:
        signed = sign(live, actor=acme.owner)
        live.refresh_from_db()
        assert live.next_transition_at == signed.expires_at + timedelta(microseconds=1)


def test_a_signature_never_raises_what_the_argument_lowers(acme, live):
    with acme:
        sign(live, actor=acme.owner)
        hold_down(element(live, "G3"), to=int(UNSUPPORTED), reason="Not sure", actor=acme.officer)
        assert standing(live) == UNSUPPORTED


def test_a_draft_is_not_capped(acme, sound):
    with acme:
        assert standing(sound) == HOLDS


def test_it_keeps_all_that_was_signed_below_a_hash(acme, live):
    with acme:
        signed = SignOff.objects.get(pk=sign(live, actor=acme.owner).pk)
        assert digest_of(signed.content) == signed.sha256
        assert signed.content["baseline_sha256"] == signed.baseline_sha256 == live.live_baseline.sha256
        assert signed.content["name"] == acme.owner.display_name
        assert signed.standings == signed.content["standings"]
        assert signed.standings["case"] == "holds"
        assert set(signed.standings["elements"]) == {"G1", "S1", "G2", "G3", "Sn1", "Sn2"}


def test_before_a_decision_the_frozen_draft_is_signed(acme, sound):
    with acme:
        baseline = put_before_a_decision(acme, sound)
        signed = sign(sound, actor=acme.owner)
        assert signed.baseline == baseline
        assert valid_sign_off(sound) == valid_sign_off(sound, baseline=baseline) == signed


# Who may, and what is refused


def test_only_the_accountable_owner_signs(acme, live):
    with acme:
        for actor in (acme.officer, acme.executive, acme.challenger, acme.observer):
            with pytest.raises(PermissionDenied):
                sign(live, actor=actor)
        assert not SignOff.objects.exists()


def test_a_wrong_password_signs_nothing(acme, live):
    with acme:
        with pytest.raises(RuleBroken) as refused:
            sign(live, actor=acme.owner, password="wrong")
        assert refused.value.field == "password"
        assert not SignOff.objects.exists()


def test_guessing_is_slowed_down_even_for_who_knows_it_at_last(acme, live):
    with acme:
        for _ in range(10):
            with pytest.raises(RuleBroken, match="not your password"):
                sign(live, actor=acme.owner, password="wrong")
        with pytest.raises(RuleBroken, match="too many"):
            sign(live, actor=acme.owner)
        assert not SignOff.objects.exists()


def test_an_account_with_a_second_factor_gives_its_code_too(acme, live):
    secret = generate_totp_secret()
    TOTP.activate(acme.owner.user, secret)
    assert Authenticator.objects.filter(user=acme.owner.user).exists()
    with acme:
        for code in ("", "000000", "garbage"):
            with pytest.raises(RuleBroken) as refused:
                sign(live, actor=acme.owner, code=code)
            assert refused.value.field == "code"
        assert sign(live, actor=acme.owner, code=code_of(secret)).proof == "password_and_code"


def test_what_changed_since_the_page_was_opened_is_not_signed(acme, live):
    with acme:
        opened = to_sign(live).digest
        hold_down(element(live, "G3"), to=int(WEAKENED), reason="Not sure", actor=acme.officer)
        with pytest.raises(RuleBroken, match="has changed since you opened"):
            sign(live, actor=acme.owner, opened=opened)


def test_of_two_signatures_at_once_the_second_is_refused(acme, live):
    with acme:
        opened = to_sign(live).digest
        sign(live, actor=acme.owner, opened=opened)
        with pytest.raises(RuleBroken, match="has changed since you opened"):
            sign(live, actor=acme.owner, opened=opened)
        assert SignOff.objects.count() == 1


def test_an_old_baseline_is_not_signed(acme, live):
    with acme:
        old = live.live_baseline
        Element.objects.filter(case=live, key="G2").update(statement="Something else")
        put_live(acme, live)
        with pytest.raises(RuleBroken, match="baseline 2"):
            sign(live, actor=acme.owner, baseline=old)


def test_an_argument_that_moved_on_from_its_baseline_is_not_decided_upon(acme, sound):
    with acme:
        put_before_a_decision(acme, sound)
        Element.objects.filter(case=sound, key="G2").update(statement="Something else")
        with pytest.raises(RuleBroken, match="changed since the baseline was frozen"):
            sign(sound, actor=acme.owner)


def test_a_baseline_that_was_tampered_with_is_not_signed(acme, live):
    with acme:
        with connection.cursor() as cursor:
            cursor.execute("set constraints all immediate")
        baseline = live.live_baseline
        baseline.document["elements"][0]["statement"] = "Something nicer"
        live.live_baseline = baseline
        with pytest.raises(RuleBroken, match="does not match its hash"):
            from cases.actions.signoff import subject_of

            subject_of(live, baseline)


def test_nobody_stands_behind_a_case_that_does_not_stand(acme, live):
    with acme:
        hold_down(element(live, "G3"), to=int(UNSUPPORTED), reason="Not sure", actor=acme.officer)
        with pytest.raises(RuleBroken, match="Unsupported"):
            sign(live, actor=acme.owner)


def test_a_draft_is_not_signed(acme, sound):
    with acme, pytest.raises(RuleBroken, match="Nothing waits"):
        sign(sound, actor=acme.owner, baseline=put_live(acme, make_other(acme)))


def make_other(cast):
    from tests.cases.building import make_case

    return make_case(cast, title="Other", purpose="Else")


# When it lapses


def test_it_counts_up_to_its_last_instant_and_not_one_beyond(acme, live):
    with acme:
        signed = sign(live, actor=acme.owner)
        tick = timedelta(microseconds=1)
        assert standing(live, signed.expires_at) == HOLDS
        assert standing(live, signed.expires_at + tick) == WEAKENED
        assert valid_sign_off(live, signed.expires_at) == signed
        assert valid_sign_off(live, signed.expires_at + tick) is None


def test_the_sweep_finds_that_it_expired_and_says_so_once(acme, live, time_machine):
    with acme:
        signed = sign(live, actor=acme.owner)
    time_machine.move_to(signed.expires_at + timedelta(hours=1))
    for _ in range(2):
        with acme:
            reevaluate_due(timezone.now())
    with acme:
        signed.refresh_from_db()
        live.refresh_from_db()
        assert (signed.lapsed_reason, signed.lapsed_at) == (SignOff.Lapse.EXPIRED, signed.expires_at)
        assert live.standing == WEAKENED
        assert live.standing_causes[0]["reason"] == "sign_off_expired"
        assert told(live, "cases.sign_off.lapsed") == 1


def test_another_baseline_in_force_takes_the_signature_away(acme, live):
    with acme:
        signed = sign(live, actor=acme.owner)
        Element.objects.filter(case=live, key="Sn1").update(statement="Something else")
        put_live(acme, live)
        signed.refresh_from_db()
        assert signed.lapsed_reason == SignOff.Lapse.BASELINE
        assert Reason.SIGN_OFF_LAPSED in reasons(live)


def test_who_was_deactivated_stands_behind_nothing(acme, live):
    with acme:
        signed = sign(live, actor=acme.owner)
        deactivate_member(acme.owner, actor=acme.officer)
        live.refresh_from_db()
        assert live.next_transition_at < timezone.now()  # due at once
        assert standing(live) == WEAKENED  # and shown so before the sweep comes by
        reevaluate(live)
        signed.refresh_from_db()
        live.refresh_from_db()
        assert signed.lapsed_reason == SignOff.Lapse.PERSON
        assert live.standing == WEAKENED


def test_another_owner_signs_for_themselves(acme, live):
    with acme:
        signed = sign(live, actor=acme.owner)
        AssuranceCase.objects.filter(pk=live.pk).update(accountable_owner=acme.officer)
        live.refresh_from_db()
        reevaluate(live)
        signed.refresh_from_db()
        assert signed.lapsed_reason == SignOff.Lapse.OWNER
        assert standing(live) == WEAKENED
        sign(live, actor=acme.officer)
        assert standing(live) == HOLDS


def test_signing_anew_takes_the_place_of_the_signature_before(acme, live):
    with acme:
        first = sign(live, actor=acme.owner)
        second = sign(live, actor=acme.owner)
        first.refresh_from_db()
        assert (first.lapsed_reason, first.lapsed_at) == (SignOff.Lapse.RENEWED, second.signed_at)
        assert valid_sign_off(live) == second
        assert second.content["signed_before"] == first.sha256


def test_nobody_changes_what_was_signed(acme, live):
    with acme:
        signed = sign(live, actor=acme.owner)
        own = SignOff.objects.filter(pk=signed.pk)
        for change in (
            lambda: own.update(statement="Something else"),
            lambda: own.update(expires_at=timezone.now() + timedelta(days=9999)),
            lambda: own.update(member=acme.officer),
            lambda: own.delete(),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()
        sign(live, actor=acme.owner)
        with pytest.raises(DatabaseError), transaction.atomic():
            own.update(lapsed_at=None, lapsed_reason="")


def test_the_owner_is_reminded_once_before_it_runs_out(acme, live, time_machine):
    with acme:
        signed = sign(live, actor=acme.owner)
        assert remind_of_sign_offs(timezone.now()) == 0
    time_machine.move_to(signed.expires_at - timedelta(days=13))
    with acme:
        assert remind_of_sign_offs(timezone.now()) == 1
        assert remind_of_sign_offs(timezone.now()) == 0
        found = Notification.objects.get(event="cases.sign_off.reminded")
        assert found.member == acme.owner
        assert found.link == reverse("cases:case_sign", args=["acme", live.number])


def test_who_has_signed_anew_is_not_reminded_of_the_signature_before(acme, live, time_machine):
    with acme:
        first = sign(live, actor=acme.owner)
        time_machine.move_to(first.expires_at - timedelta(days=20))
        sign(live, actor=acme.owner)
        time_machine.move_to(first.expires_at - timedelta(days=5))
        assert remind_of_sign_offs(timezone.now()) == 0


# The pages


def page(browser, name, *args, status=200):
    response = browser.get(reverse(f"cases:{name}", args=["acme", *args]))
    assert response.status_code == status, response.content[-500:]
    return response.content.decode()


def test_the_page_shows_what_is_signed_and_takes_the_signature(acme, live, sign_in):
    browser = sign_in(acme.owner)
    with acme:
        subject = to_sign(live)
    shown = page(browser, "case_sign", live.number)
    assert subject.baseline.sha256 in shown
    for claim in subject.claims:
        page(browser, "case_sign_claim", live.number, claim.address)
    assert all(claim.statement in shown for claim in subject.claims)
    said = {"opened": subject.digest, "baseline": 1, "i_stand_behind_it": "on", "remark": "As agreed."}
    address = reverse("cases:case_sign", args=["acme", live.number])
    refused = browser.post(address, {**said, "password": "wrong"})
    assert "not your password" in refused.content.decode()
    unticked = browser.post(address, {**said, "i_stand_behind_it": "", "password": PASSWORD})
    assert unticked.status_code == 200
    stale = browser.post(address, {**said, "opened": "0" * 64, "password": PASSWORD})
    assert "has changed since you opened" in stale.content.decode()
    done = browser.post(address, {**said, "password": PASSWORD})
    assert done.status_code == 302
    with acme:
        signed = SignOff.objects.get()
        assert signed.statement.endswith("As agreed.")
        assert PASSWORD not in str(signed.content)
    detail = page(browser, "sign_off_detail", signed.number)
    assert signed.sha256 in detail
    assert "Valid" in page(browser, "case_sign_offs", live.number)


def test_the_page_shows_doubts_and_what_changed_since_the_last_signature(acme, sound, sign_in):
    browser = sign_in(acme.owner)
    with acme:
        put_live(acme, sound)
        sign(sound, actor=acme.owner)
    shown = page(browser, "case_sign", sound.number)
    assert "word for word" in shown and "Each claim stands as" in shown and "No challenge is open" in shown
    with acme:
        raise_challenge(
            sound,
            target=element(sound, "G3"),
            attack="rebut",
            severity="minor",
            statement="Only one week.",
            actor=acme.officer,
        )
        Element.objects.filter(case=sound, key="G2").update(statement="Rates differ by less than a twentieth")
        put_live(acme, sound)
    shown = page(browser, "case_sign", sound.number)
    assert "Only one week." in shown
    assert "<del>Rates differ by less than a tenth</del>" in shown
    assert "<ins>Rates differ by less than a twentieth</ins>" in shown


def test_the_page_of_signing_is_for_the_owner_alone(acme, globex, live, sign_in):
    page(sign_in(acme.officer), "case_sign", live.number, status=403)
    page(sign_in(globex.owner), "case_sign", live.number, status=404)


def test_the_page_says_when_nothing_waits_for_a_signature(acme, sound, sign_in):
    assert "Nothing waits for your signature" in page(sign_in(acme.owner), "case_sign", sound.number)


def test_the_certificate_says_what_was_signed_and_how_to_check_it(acme, live, sign_in):
    with acme:
        signed = sign(live, actor=acme.owner, statement="I stand behind <b>this</b>.")
    browser = sign_in(acme.observer)
    drawn = browser.get(reverse("cases:sign_off_certificate", args=["acme", signed.number]))
    assert drawn["Content-Type"] == "application/pdf"
    said = " ".join(page.extract_text() for page in PdfReader(BytesIO(drawn.content)).pages).replace("\n", " ")
    for part in ("I stand behind <b>this</b>.", signed.sha256[:20], signed.baseline_sha256[:20], "G1", "sha256sum"):
        assert part in said
    kept = browser.get(reverse("cases:sign_off_content", args=["acme", signed.number])).content
    assert sha256(kept).hexdigest() == signed.sha256


def test_another_organisation_gets_no_certificate(globex, acme, live, sign_in):
    with acme:
        signed = sign(live, actor=acme.owner)
    for name in ("sign_off_detail", "sign_off_certificate", "sign_off_content"):
        address = reverse(f"cases:{name}", args=["acme", signed.number])
        assert sign_in(globex.officer).get(address).status_code == 404
