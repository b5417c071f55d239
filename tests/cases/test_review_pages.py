"""Reviewing a case by page and API: comments, the checklist, opinions; who may, what is kept, what goes stale."""

import json

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from aims.integrations.models import Notification
from aims.rules import RuleBroken
from cases.access import Part
from cases.actions import (
    add_comment,
    answer_checklist,
    appoint,
    dismiss,
    record_opinion,
    resolve_comment,
    restate_element,
    withdraw_comment,
)
from cases.checklist import GROUPS, PROMPTS, prompts_for
from cases.models import ChecklistAnswer, Opinion, ReviewComment
from cases.reviews import checklist_of, opinions_of, unanswered_prompts, unresolved_comments
from tests.cases.building import make_case, make_sound_case
from tests.cases.challenging import at as element_at

pytestmark = pytest.mark.django_db
API = "/api/v1/o/acme/"
HOSTILE = "<script>alert(1)</script>{{ 7|add:7 }}\"'=1+1"


@pytest.fixture
def case(acme):
    with acme:
        case = make_sound_case(acme)
        appoint(case, member=acme.challenger, part=Part.CHALLENGER, actor=acme.officer)
        return case


def at(name, *args, slug="acme"):
    return reverse(f"cases:{name}", args=[slug, *args])


def get(browser, *where, status=200, **query):
    response = browser.get(at(*where), query)
    assert response.status_code == status, response.content[-800:]
    return response.content.decode()


def send(browser, *where, query="", **said):
    return browser.post(at(*where) + query, said)


def api(browser, path, said=None, method="post"):
    return getattr(browser, method)(f"{API}{path}", json.dumps(said), "application/json")


# --- Comments


def test_a_thread_by_page(acme, case, sign_in):
    challenger, owner = sign_in(acme.challenger), sign_in(acme.owner)
    challenger = sign_in(acme.challenger)
    assert at("comment_add", 1) in get(challenger, "case_detail", 1, element="G2")
    said = {"body": f"Which week, @{acme.owner.display_name}?", "mentions": [str(acme.executive.pk)]}
    assert send(challenger, "comment_add", 1, query="?element=G2", **said).url == at("comment_detail", 1)
    with acme:
        for member in (acme.owner, acme.executive):
            told = Notification.objects.get(member=member, event="cases.comment.mentioned")
            assert told.link == at("comment_detail", 1)
    page = get(challenger, "comment_detail", 1)
    assert "Which week" in page and "G2" in page
    owner = sign_in(acme.owner)
    assert send(owner, "comment_reply", 1, body="The forty-seventh.").status_code == 302
    assert "The forty-seventh." in get(owner, "comment_detail", 1)
    assert get(owner, "comment_detail", 2) == get(owner, "comment_detail", 1) or "Which week" in get(
        owner, "comment_detail", 2
    )
    assert send(owner, "comment_resolve", 1).status_code == 302
    assert "Resolved" in get(owner, "comment_list", case=1, state="resolved")
    assert "<tbody" not in get(owner, "comment_list", case=1, state="open").split('id="comments"')[-1]
    challenger = sign_in(acme.challenger)
    assert send(challenger, "comment_unresolve", 1).status_code == 302
    edited = send(challenger, "comment_edit", 1, body="Which week exactly?", revision="3")
    assert edited.status_code == 302, edited.content[-600:]
    page = get(challenger, "comment_detail", 1)
    assert "Which week exactly?" in page and "edited" in page
    assert send(challenger, "comment_withdraw", 1).status_code == 302
    page = get(challenger, "comment_detail", 1)
    assert "Withdrawn by its author." in page and "Answer</a>" not in page
    with acme:
        assert ReviewComment.objects.count() == 2
        assert unresolved_comments(case) == []


def test_a_comment_costs_no_standing(acme, case):
    with acme:
        before = case.standing
        add_comment(case, body="Hm.", element=element_at(case, "G2"), actor=acme.challenger)
        case.refresh_from_db()
        assert case.standing == before
        assert [one.number for one in unresolved_comments(case)] == [1]


@pytest.mark.parametrize("who", ["observer", "certifier"])
def test_readers_do_not_comment(acme, case, sign_in, who):
    with acme:
        add_comment(case, body="Hm.", actor=acme.challenger)
        with pytest.raises(PermissionDenied):
            add_comment(case, body="Hm.", actor=getattr(acme, who))
    browser = sign_in(getattr(acme, who))
    assert "Hm." in get(browser, "comment_detail", 1)
    for verb in ("reply", "edit", "resolve", "unresolve", "withdraw"):
        assert browser.get(at(f"comment_{verb}", 1)).status_code == 403
        assert api(browser, f"comments/1/{verb}/", {}).status_code in (403, 404)


def test_only_its_author_words_a_comment_and_not_everybody_resolves_it(acme, case, sign_in):
    with acme:
        add_comment(case, body="Hm.", actor=acme.challenger)
    browser = sign_in(acme.contributor)
    assert send(browser, "comment_edit", 1, body="Other", revision="1").status_code == 403
    assert send(browser, "comment_withdraw", 1).status_code == 403
    assert send(browser, "comment_resolve", 1).status_code == 403
    assert send(browser, "comment_reply", 1, body="I see").status_code == 302


def test_threads_are_one_level_deep_and_of_one_case(acme, case):
    with acme:
        other = make_case(acme, system=case.system, purpose="Another")
        thread = add_comment(case, body="Hm.", actor=acme.challenger)
        reply = add_comment(case, body="Well.", parent=thread, actor=acme.owner)
        with pytest.raises(RuleBroken, match="on top of the thread"):
            add_comment(case, body="So.", parent=reply, actor=acme.challenger)
        with pytest.raises(RuleBroken, match="on top of the thread"):
            resolve_comment(reply, actor=acme.owner)
        with pytest.raises(RuleBroken, match="another case"):
            add_comment(other, body="So.", parent=thread, actor=acme.challenger)
        with pytest.raises(RuleBroken, match="another case"):
            add_comment(other, body="So.", element=element_at(case, "G2"), actor=acme.challenger)
        withdraw_comment(thread, actor=acme.challenger)
        with pytest.raises(RuleBroken, match="takes no answer"):
            add_comment(case, body="So.", parent=thread, actor=acme.owner)


def test_an_auditor_of_a_certification_body_is_not_mentioned(acme, case, sign_in):
    with acme:
        add_comment(case, body=f"@{acme.certifier.display_name} look", actor=acme.challenger)
        assert not Notification.objects.filter(member=acme.certifier).exists()
    browser = sign_in(acme.challenger)
    answer = send(browser, "comment_add", 1, body="Hm", mentions=[str(acme.certifier.pk)])
    assert answer.status_code == 200
    said = {"body": "Hm", "mentions": [str(acme.certifier.pk)]}
    assert api(browser, "cases/1/comments/", said).status_code == 400


def test_comments_by_the_api(acme, case, sign_in):
    browser = sign_in(acme.challenger)
    made = api(browser, "cases/1/comments/", {"body": "Hm.", "element": "G2", "step_to": "Sn1"})
    assert (made.status_code, made.json()["about"]) == (201, "G2 → Sn1")
    assert api(browser, "cases/1/comments/", {"body": "Hm.", "element": "G99"}).json()["field"] == "element"
    assert api(browser, "cases/1/comments/", {"body": "Hm.", "metric": 99}).json()["field"] == "metric"
    assert api(browser, "cases/1/comments/", {"body": ""}).status_code == 400
    assert api(browser, "comments/1/", {"revision": 1, "body": "Hm?"}, "patch").json()["body"] == "Hm?"
    assert api(browser, "comments/1/", {"revision": 1, "body": "Hm!"}, "patch").json()["code"] == "changed"
    assert len(api(browser, "comments/1/reply/", {"body": "Well."}).json()["replies"]) == 1
    assert api(browser, "comments/1/resolve/").json()["status"] == "resolved"
    assert api(browser, "comments/1/resolve/").status_code == 409
    assert api(browser, "comments/1/unresolve/").json()["status"] == "open"
    assert browser.get(f"{API}comments/", {"state": "open", "case": 1}).json()["count"] == 1
    assert api(browser, "comments/1/withdraw/").json()["body"] == "Withdrawn by its author."


def test_the_other_organisation_notices_nothing(acme, globex, case, sign_in):
    with acme:
        add_comment(case, body="Secret remark", actor=acme.challenger)
    browser = sign_in(globex.officer)
    for name, *args in (("comment_detail", 1), ("case_review", 1), ("comment_list",)):
        assert browser.get(at(name, *args)).status_code == 404
    assert "Secret" not in browser.get(at("comment_list", slug="globex")).content.decode()
    assert browser.get("/o/globex/comments/1/").status_code == 404
    assert browser.get(f"{API}cases/1/checklist/").status_code == 404


# --- Checklist


def test_there_are_forty_eight_questions_in_six_groups_and_a_graver_tier_asks_no_fewer():
    assert len({prompt.key for prompt in PROMPTS}) == len(PROMPTS) == 48
    assert [sum(prompt.group == group.key for prompt in PROMPTS) for group in GROUPS] == [6, 9, 9, 11, 7, 6]
    assert [len(prompts_for(tier)) for tier in ("", "T0", "T1", "T2", "T3")] == [0, 0, 17, 48, 48]
    assert all(prompt.question.endswith("?") for prompt in PROMPTS)


def test_a_group_is_answered_on_one_page_and_shows_its_progress(acme, case, sign_in):
    browser = sign_in(acme.challenger)
    assert "0 of 48" in get(browser, "case_review", 1)
    form = get(browser, "checklist_answer", 1, "CL")
    assert form.count("<select") == 6
    refused = send(browser, "checklist_answer", 1, "CL", CL_1="yes", CL_2="no")
    assert "Say in a sentence why, for CL.2" in refused.content.decode()
    answer = send(browser, "checklist_answer", 1, "CL", CL_1="yes", CL_2="no", CL_2_remark="G2 claims two things")
    assert answer.url == at("case_review", 1) + "#CL"
    page = get(browser, "case_review", 1)
    assert "2 of 48" in page and "G2 claims two things" in page
    assert "Make it a challenge" in page and "Make it a comment" in page
    assert "G2 claims two things" in get(browser, "challenge_add", 1, "G1", statement="G2 claims two things")
    assert browser.get(at("checklist_answer", 1, "XX")).status_code == 404
    assert "Make it a challenge" not in get(sign_in(acme.owner), "case_review", 1)


def test_answers_go_stale_when_the_argument_changes_and_not_when_a_doubt_is_raised(acme, case, sign_in):
    with acme:
        given = {prompt.key: ("yes", "") for prompt in PROMPTS}
        answer_checklist(case, answers=given, actor=acme.challenger)
        assert unanswered_prompts(case) == []
        from tests.cases.challenging import make_challenge

        make_challenge(acme, case)
        assert unanswered_prompts(case) == []
        restate_element(element_at(case, "G2"), revision=None, statement="Rates differ by a tenth", actor=acme.officer)
        assert len(unanswered_prompts(case)) == 48
        assert all(one.stale and not one.current for one in checklist_of(case))
        answer_checklist(case, answers={"CL.1": ("yes", "")}, actor=acme.challenger)
        assert len(unanswered_prompts(case)) == 47
        assert ChecklistAnswer.objects.count() == 48
    assert "the argument has changed since" in get(sign_in(acme.owner), "case_review", 1)


@pytest.mark.parametrize("who", ["owner", "contributor", "executive", "auditor", "observer", "certifier"])
def test_authors_and_strangers_answer_no_checklist(acme, case, sign_in, who):
    with acme, pytest.raises(PermissionDenied):
        answer_checklist(case, answers={"CL.1": ("yes", "")}, actor=getattr(acme, who))
    browser = sign_in(getattr(acme, who))
    assert browser.get(at("checklist_answer", 1, "CL")).status_code == 403
    assert api(browser, "cases/1/checklist/", {"answers": []}).status_code == 403


@pytest.mark.parametrize(
    "answers",
    [
        {"ZZ.9": ("yes", "")},
        {"CL.1": ("maybe", "")},
        {"CL.1": ("no", " ")},
        {"CL.1": ("not_applicable", "")},
        {"": ("yes", "")},
    ],
)
def test_garbage_answers_are_refused_and_nothing_is_kept(acme, case, answers):
    with acme:
        with pytest.raises(RuleBroken):
            answer_checklist(case, answers={"CL.3": ("yes", ""), **answers}, actor=acme.challenger)
        assert not ChecklistAnswer.objects.exists()


def test_checklist_and_opinion_by_the_api(acme, case, sign_in):
    browser = sign_in(acme.challenger)
    said = {
        "answers": [{"prompt": "CL.1", "answer": "yes"}, {"prompt": "EV.8", "answer": "no", "remark": "A wiki page"}]
    }
    asked = api(browser, "cases/1/checklist/", said).json()
    assert [len(one["current"]) for one in asked if one["prompt"] in ("CL.1", "EV.8", "EV.9")] == [1, 1, 0]
    assert api(browser, "cases/1/checklist/", {"answers": [{"prompt": "CL.1"}]}).status_code == 400
    assert api(browser, "cases/1/checklist/", {"answers": "all"}).status_code == 400
    wrong = api(browser, "cases/1/checklist/", {"answers": [{"prompt": "QQ.1", "answer": "yes"}]})
    assert (wrong.status_code, wrong.json()["field"]) == (409, "QQ.1")
    given = api(browser, "cases/1/opinions/", {"verdict": "reservations", "reason": "Small groups"})
    assert (given.status_code, given.json()[0]["is_current"]) == (201, True)
    assert api(browser, "cases/1/opinions/", {"verdict": "fine", "reason": "x"}).status_code == 400
    assert api(sign_in(acme.officer), "cases/1/opinions/", {"verdict": "stands", "reason": "x"}).status_code == 403


# --- Opinions


def test_only_an_appointed_challenger_has_an_opinion_and_the_newest_counts(acme, case, sign_in):
    with acme:
        for member in (acme.owner, acme.officer, acme.executive, acme.auditor, acme.contributor):
            with pytest.raises(PermissionDenied):
                record_opinion(case, verdict="stands", reason="It does", actor=member)
        record_opinion(case, verdict="does_not_stand", reason="Groups", actor=acme.challenger)
    browser = sign_in(acme.challenger)
    assert send(browser, "opinion_record", 1, verdict="stands", reason="").status_code == 200
    assert send(browser, "opinion_record", 1, verdict="stands", reason="Mended").status_code == 302
    page = get(browser, "case_review", 1)
    assert "Mended" in page and "It does not stand" not in page
    with acme:
        (given,) = opinions_of(case)
        assert (given.opinion.verdict, given.is_current, given.is_appointed) == ("stands", True, True)
        assert Opinion.objects.count() == 2
        restate_element(element_at(case, "G2"), revision=None, statement="Rates differ by a tenth", actor=acme.officer)
        assert not opinions_of(case)[0].is_current
        dismiss(case, member=acme.challenger, part=Part.CHALLENGER, actor=acme.officer)
        assert not opinions_of(case)[0].is_appointed
        with pytest.raises(Exception, match="Cannot update or delete"):
            Opinion.objects.update(verdict="stands")


def test_hostile_text_is_text(acme, case, sign_in):
    with acme:
        add_comment(case, body=HOSTILE, actor=acme.challenger)
        record_opinion(case, verdict="stands", reason=HOSTILE, actor=acme.challenger)
        answer_checklist(case, answers={"CL.1": ("no", HOSTILE)}, actor=acme.challenger)
    browser = sign_in(acme.challenger)
    for where in (("comment_list",), ("comment_detail", 1), ("case_review", 1)):
        page = get(browser, *where)
        assert "<script>alert(1)" not in page and "7|add:7" in page, where


def test_pages_ask_the_database_a_fixed_number_of_times(acme, case, sign_in):
    def asked(*where):
        with CaptureQueriesContext(connection) as queries:
            get(browser, *where)
        return [one["sql"] for one in queries if "SAVEPOINT" not in one["sql"] and "set_config" not in one["sql"]]

    with acme:
        thread = add_comment(case, body="Hm.", actor=acme.challenger)
        add_comment(case, body="Well.", parent=thread, actor=acme.owner)
        answer_checklist(case, answers={"CL.1": ("yes", "")}, actor=acme.challenger)
        record_opinion(case, verdict="stands", reason="So", actor=acme.challenger)
    browser = sign_in(acme.challenger)
    pages = (("comment_list",), ("comment_detail", 1), ("case_review", 1))
    for page in pages:
        asked(*page)
    few = [asked(*page) for page in pages]
    with acme:
        for place in range(30):
            add_comment(case, body=f"Remark {place}", element=element_at(case, "G2"), actor=acme.challenger)
            add_comment(case, body=f"Answer {place}", parent=thread, actor=acme.owner)
        answer_checklist(case, answers={prompt.key: ("yes", "") for prompt in PROMPTS}, actor=acme.challenger)
    browser = sign_in(acme.challenger)
    many = [asked(*page) for page in pages]
    for before, after in zip(few, many, strict=True):
        # The review needs the whole structure of the argument for its hash: five queries that no other page beside it needs.
        assert len(after) == len(before) <= 14, "\n".join(sql[:60] + sql[sql.find(" FROM ") :][:90] for sql in after)
