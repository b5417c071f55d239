"""One signature covers several claims, and only after each of them was opened as it is now."""

from io import BytesIO

import pytest
from django.core.cache import cache
from django.urls import reverse
from pypdf import PdfReader

from aims.rules import RuleBroken
from cases.actions import freeze_baseline, hold_down, raise_challenge
from cases.models import AssuranceCase, Element, SignOff
from cases.to_sign import to_sign
from tests.cases.building import grow, make_sound_case
from tests.cases.standing_behind import put_live, sign
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db
CLAIMS = ("G1", "G2", "G3")


@pytest.fixture
def live(acme):
    cache.clear()
    with acme:
        case = make_sound_case(acme, days=None)
        put_live(acme, case)
    return case


def address(name, *args):
    return reverse(f"cases:{name}", args=["acme", *args])


def opened(browser, key, status=200):
    response = browser.get(address("case_sign_claim", 1, key))
    assert response.status_code == status, response.content[-500:]
    return response.content.decode()


def signed_by_page(acme, browser, case):
    with acme:
        case.refresh_from_db()
        subject = to_sign(case)
    said = {"opened": subject.digest, "baseline": subject.baseline.ordinal, "i_stand_behind_it": "on"}
    return browser.post(address("case_sign", 1), {**said, "password": PASSWORD})


def test_nothing_is_signed_before_each_claim_was_opened(acme, live, sign_in):
    browser = sign_in(acme.owner)
    page = browser.get(address("case_sign", 1)).content.decode()
    assert "0 of 3 claims opened" in page and "Open the claims one by one" in page and 'name="password"' not in page
    assert (
        "3 claims are still to be opened before you sign: G1, G2, G3."
        in signed_by_page(acme, browser, live).content.decode()
    )
    first = opened(browser, "G1")
    assert "Claim 1 of 3" in first and "2 are still to be opened" in first and "Next: G2" in first
    second = opened(browser, "G2")
    assert "Bias test of the quarter" in second and "Selection rates by group" in second, (
        "what carries it, with its evidence"
    )
    assert "still to be opened before you sign: G3." in signed_by_page(acme, browser, live).content.decode()
    assert "All opened: sign" in opened(browser, "G3")
    assert 'name="password"' in browser.get(address("case_sign", 1)).content.decode()
    with acme:
        assert not SignOff.objects.exists()
    assert signed_by_page(acme, browser, live).status_code == 302
    with acme:
        content = SignOff.objects.get().content
    assert set(content["claims_opened"]) == set(CLAIMS)
    assert all(at <= content["signed_at"] for at in content["claims_opened"].values())
    again = browser.get(address("case_sign", 1)).content.decode()
    assert "0 of 3 claims opened" in again, "what was opened for one signature was not opened for the next"


def test_what_another_session_opened_is_not_opened_here(acme, live, sign_in, client):
    browser = sign_in(acme.owner)
    for key in CLAIMS:
        opened(browser, key)
    other = type(browser)()
    other.force_login(acme.owner.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "3 claims are still" in signed_by_page(acme, other, live).content.decode()


def test_a_claim_that_stands_otherwise_since_is_opened_again(acme, live, sign_in):
    browser = sign_in(acme.owner)
    for key in CLAIMS:
        opened(browser, key)
    with acme:
        element = Element.objects.select_related("case", "module").get(case=live, key="G3")
        hold_down(element, to=3, reason="The drift report is thin.", actor=acme.officer)
    page = browser.get(address("case_sign", 1)).content.decode()
    assert "1 of 3 claims opened" in page, "G3 and G1 above it are weakened now"
    assert "G1, G3." in signed_by_page(acme, browser, live).content.decode()


def test_claims_are_opened_for_signing_by_the_owner_alone(acme, globex, live, sign_in):
    opened(sign_in(acme.officer), "G1", 403)
    opened(sign_in(acme.executive), "G1", 403)
    opened(sign_in(acme.certifier), "G1", 403)
    opened(sign_in(globex.owner), "G1", 404)
    browser = sign_in(acme.owner)
    for garbage in ("G99", "Sn1", "%00", "x" * 300):
        opened(browser, garbage, 404)


def test_the_action_refuses_too(acme, live):
    with acme:
        with pytest.raises(RuleBroken, match="3 claims are still to be opened"):
            sign(live, actor=acme.owner, claims_opened={})
        assert not SignOff.objects.exists()


def test_of_a_revision_that_is_decided_on_the_revision_is_signed(acme, live, sign_in):
    """And not what is in force beside it."""
    browser = sign_in(acme.owner)
    with acme:
        sign(live, actor=acme.owner)
        AssuranceCase.objects.filter(pk=live.pk).update(status="draft", in_force_as="live")
        live.refresh_from_db()
        grow(live, acme, "goal", "S1", "A third group is measured")
        freeze_baseline(live, reason="For the decision", actor=acme.officer)
        AssuranceCase.objects.filter(pk=live.pk).update(status="decision")
        live.refresh_from_db()
        subject = to_sign(live)
        assert subject.baseline.ordinal == 2 and subject.standing.name == "UNDEVELOPED"
        assert [claim.address for claim in subject.claims] == ["G1", "G2", "G3", "G4"]
    page = browser.get(address("case_sign", 1)).content.decode()
    assert "A third group is measured" in page and "Nobody can stand behind this case yet" in page
    with acme, pytest.raises(RuleBroken, match="Nobody can stand behind it"):
        sign(live, actor=acme.owner)


def test_open_doubts_are_part_of_what_is_signed_and_of_the_certificate(acme, live, sign_in):
    with acme:
        element = Element.objects.select_related("case", "module").get(case=live, key="G3")
        before = to_sign(live).digest
        raise_challenge(
            live, target=element, attack="rebut", severity="minor", statement="Only one week.", actor=acme.officer
        )
        live.refresh_from_db()
        assert to_sign(live).digest != before, "whoever read the page before the doubt signs nothing"
        signed = sign(live, actor=acme.owner)
        told = signed.content["doubts"]
        assert [(one["about"], one["state"], one["statement"]) for one in told] == [("G3", "open", "Only one week.")]
    drawn = sign_in(acme.observer).get(address("sign_off_certificate", signed.number))
    said = " ".join(page.extract_text() for page in PdfReader(BytesIO(drawn.content)).pages).replace("\n", " ")
    assert "Only one week." in said and "Opened" in said
    assert "Only one week." in sign_in(acme.observer).get(address("sign_off_detail", signed.number)).content.decode()


def test_the_page_says_how_claims_moved_since_the_last_signature(acme, live, sign_in):
    browser = sign_in(acme.owner)
    with acme:
        sign(live, actor=acme.owner)
    assert "Each claim stands as it stood then" in browser.get(address("case_sign", 1)).content.decode()
    with acme:
        element = Element.objects.select_related("case", "module").get(case=live, key="G3")
        hold_down(element, to=3, reason="The drift report is thin.", actor=acme.officer)
    page = browser.get(address("case_sign", 1)).content.decode()
    assert "These claims stand otherwise than you signed them" in page
