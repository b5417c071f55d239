"""Each rule of a well-formed argument, with an argument that breaks it and one just like it that does not."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from cases import wellformed
from cases.outline import About, Doubt, Edge, Evidence, Level, Metric, Node, Watch
from cases.tier_rules import DEFAULTS
from cases.wellformed import blocking, problems_of
from cases.wellformed_conditions import NAMED_CHANGES

TODAY = date(2026, 11, 21)
T2, T3 = About(tier="T2"), About(tier="T3")


def node(key, kind="goal", **fields):
    fields.setdefault("statement", "One plain statement")
    return Node(id=key, key=key, kind=kind, **fields)


def goal(**fields):
    return node("G1", **fields)


def edges(*pairs, **fields):
    return [Edge(source=source, target=target, **fields) for source, target in pairs]


def sound():
    nodes = [
        node("G1"),
        node("S1", "strategy"),
        node("G2", has_owner=True),
        node("Sn1", "solution", bindings=1),
        node("C1", "context"),
        node("A1", "assumption", has_review_date=True),
    ]
    links = edges(("G1", "S1"), ("S1", "G2"), ("G2", "Sn1"))
    return nodes, [*links, *edges(("G1", "C1"), ("S1", "A1"), kind="in_context_of")]


def rules(nodes, links, about=None):
    return {(problem.rule, problem.level.value, problem.key) for problem in problems_of(nodes, links, about)}


def test_a_sound_argument_breaks_no_rule():
    assert rules(*sound()) == set()


def leaf(**fields):
    """A claim that rests on one solution."""
    return [goal(**fields), node("Sn1", "solution", bindings=1)], edges(("G1", "Sn1"))


def watched(tier="T2", **fields):
    """A case of this tier with two conditions of G1, one of them about time."""
    other = Watch(key="G1", number=4, change="time_elapsed", is_time=True)
    return About(tier=tier, watches=(Watch(**{"key": "G1", "number": 3, "change": "model_update", **fields}), other))


def asking(**policy):
    """The same, in an organisation that asks so much."""
    return replace(watched(), policy=replace(DEFAULTS["T0"], **policy))


def outcome(environment):
    """A claim about an outcome, with evidence from there."""
    nodes, links = rests_on(environment=environment)
    return [replace(nodes[0], category="outcome"), *nodes[1:]], links


def every_change():
    """A T3 case in which each kind of change that must be named is watched for, one declared not to apply."""
    watches = [Watch(key="G1", change=change) for change in NAMED_CHANGES[1:]]
    return About(tier="T3", watches=(*watches, Watch(change=NAMED_CHANGES[0], is_ruled_out=True)))


def rests_on(**evidence):
    """A claim whose one solution rests on evidence like this."""
    found = Evidence(item="e", name="Report", **evidence)
    return [goal(), node("Sn1", "solution", bindings=1, evidence=(found,))], edges(("G1", "Sn1"))


def measured(**fields):
    whole = {"name": "Ratio", "threshold": 0.9, "unit": "ratio", "min_n": 30}
    return [goal(metrics=(Metric(**{**whole, **fields}),))], []


def away(kind="away_goal", **fields):
    return node("AG1", kind, **{"cites": "x", "cited_kind": kind.removeprefix("away_"), "is_cited_public": True,
                               "is_cited_in_force": True, **fields})  # fmt: skip


def modules(back):
    """M1 cites M2; `back` lets M2 cite M1 as well."""
    first = node("G1", module="M1", is_public=True)
    second = node("M2:G1", module="M2", is_public=True)
    one = node("AG1", "away_goal", module="M1", cites="M2:G1", cites_module="M2", cited_kind="goal",
               is_cited_public=True, is_cited_in_force=True)  # fmt: skip
    other = replace(one, id="M2:AG1", key="M2:AG1", module="M2", cites="G1", cites_module="M1")
    return [first, second, one, *([other] if back else [])], []


def contract(**fields):
    """A goal of M1 that a contract in M3 carries, with a goal of M2."""
    carried = node("G1", module="M1", **{"is_public": True, "is_supported_by_contract": True, **fields})
    provider = node("M2:G1", module="M2", is_public=True)
    consumer = node("M3:AG1", "away_goal", module="M3", is_in_contract=True, cites="G1", cites_module="M1",
                    cited_kind="goal", is_cited_public=True, is_cited_in_force=True)  # fmt: skip
    second = replace(consumer, id="M3:AG2", key="M3:AG2", cites="M2:G1", cites_module="M2")
    return [carried, provider, consumer, second], edges(("M3:AG1", "M3:AG2"))


def shared(claims):
    """So many claims on one piece of evidence."""
    found = Evidence(item="e", name="Report")
    nodes = [node(f"G{n}") for n in range(claims)]
    return [*nodes, node("Sn1", "solution", bindings=1, evidence=(found,))], edges(*((one.id, "Sn1") for one in nodes))


def with_context(nodes, kind="context"):
    """The first of them in a context."""
    return [*nodes, node("C1", kind)], edges((nodes[0].id, "C1"), kind="in_context_of")


def cited_within(argument):
    """The same argument, in which its claim rests on one of another case."""
    nodes, links = argument
    return [*nodes, away(is_cited_elsewhere=True)], [*links, *edges(("G1", "AG1"))]


def doubted(attack, *, legs=1, **fields):
    """A claim on so many solutions, and a challenge of it or of its step."""
    below = [node(f"Sn{n}", "solution", bindings=1) for n in range(legs)]
    told = {"key": "G1", "number": 7, "attack": attack, "state": "open", "is_step": False, "is_argued": False, **fields}
    return [goal(), *below], edges(*(("G1", one.id) for one in below)), About(doubts=(Doubt(**told),))


PAIR = [goal(), node("G2")]
TABLE = [
    # rule, level, element, broken, sound; each an argument (elements, links) and, where it matters, the case
    ("WF-S01", "B", "G1", ([goal(), Node(id="x", key="G1", kind="goal")], []), (PAIR, [])),
    ("WF-S02", "B", "X1", ([node("X1", "wish")], []), ([node("X1")], [])),
    ("WF-S02", "W", "S1", ([node("S1")], []), ([node("S1", "strategy")], [])),
    ("WF-S02", "W", "M2:S1", ([node("M2:S1", module="M2")], []), ([node("M2:G1", module="M2")], [])),
    ("WF-S03", "B", "G1", ([goal(), node("C1", "context")], edges(("G1", "C1"))), leaf()),
    ("WF-S03", "B", "S1", ([node("S1", "strategy"), node("Sn1", "solution")], edges(("S1", "Sn1"))),
     ([node("S1", "strategy"), goal()], edges(("S1", "G1")))),
    ("WF-S03", "B", "S1", ([node("S1", "strategy"), node("MR1", "module_ref")], edges(("S1", "MR1"))),
     ([goal(), node("MR1", "module_ref")], edges(("G1", "MR1")))),
    ("WF-S03", "B", "S1", ([node("S1", "strategy"), node("S2", "strategy")], edges(("S1", "S2"))),
     ([node("S1", "strategy"), away()], edges(("S1", "AG1")))),
    ("WF-S04", "B", "G1", (PAIR, edges(("G1", "G2"), kind="in_context_of")),
     ([goal(), away()], edges(("G1", "AG1"), kind="in_context_of"))),
    ("WF-S04", "B", "Sn1", ([node("Sn1", "solution"), node("C1", "context")],
     edges(("Sn1", "C1"), kind="in_context_of")), with_context([node("S1", "strategy")])),
    ("WF-S05", "B", "G1", ([goal()], edges(("G1", "G1"))), (PAIR, edges(("G1", "G2")))),
    ("WF-S05", "B", "G1", ([goal()], edges(("G1", "G9"))), (PAIR, edges(("G1", "G2")))),
    ("WF-S05", "B", "G1", ([goal(module="M1"), node("M2:G1", module="M2")], edges(("G1", "M2:G1"))),
     ([goal(module="M1"), node("G2", module="M1")], edges(("G1", "G2")))),
    ("WF-S06", "B", "G1", (PAIR, edges(("G1", "G2"), ("G1", "G2"))), (PAIR, edges(("G1", "G2")))),
    ("WF-S07", "B", "G1", (PAIR, edges(("G1", "G2"), ("G2", "G1"))), (PAIR, edges(("G1", "G2")))),
    ("WF-S07", "B", "G1", ([goal(), away(cites="G1")], edges(("G1", "AG1"))), ([goal(), away()], edges(("G1", "AG1")))),
    ("WF-S08", "S", "", ([], []), ([goal()], [])),
    ("WF-S08", "S", "G2", (PAIR, []), (PAIR, edges(("G1", "G2")))),
    ("WF-S09", "S", "C1", ([goal(), node("C1", "context")], []), with_context([goal()])),
    ("WF-S10", "S", "G1", ([goal()], []), ([goal(is_undeveloped=True)], [])),
    ("WF-S10", "S", "G1", ([goal(is_undeveloped=True), node("G2")], edges(("G1", "G2"))), leaf()),
    ("WF-S11", "B", "Sn1", ([node("Sn1", "solution"), goal()], edges(("Sn1", "G1"))), leaf()),
    ("WF-S12", "S", "S1", ([goal(), node("S1", "strategy", is_undeveloped=True)], edges(("G1", "S1"))),
     ([node("S1", "strategy"), goal()], edges(("S1", "G1")))),
    ("WF-S13", "W", "G1", ([*PAIR, node("G3")], edges(("G1", "G2"), ("G1", "G3"))), (PAIR, edges(("G1", "G2")))),
    ("WF-S13", "S", "G1", ([*PAIR, node("G3")], edges(("G1", "G2"), ("G1", "G3")), T2), (PAIR, edges(("G1", "G2")), T2)),
    ("WF-S14", "W", "G1", ([*PAIR, node("Sn1", "solution")], edges(("G1", "G2"), ("G1", "Sn1"))), leaf()),
    ("WF-S14", "S", "G1", ([*PAIR, node("ASn1", "away_solution")], edges(("G1", "G2"), ("G1", "ASn1")), T2),
     (PAIR, edges(("G1", "G2")), T2)),
    ("WF-S15", "S", "G1", ([goal(is_undeveloped=True)], []), leaf()),
    ("WF-S15", "S", "G1", (*with_context([goal(is_undeveloped=True)]), T2),
     (*with_context([goal(is_undeveloped=True)], "justification"), T2)),
    ("WF-S15", "W", "G1", (*with_context([goal(is_undeveloped=True)], "justification"), T2), (*leaf(), T2)),
    ("WF-S15", "S", "G1", (*with_context([goal(is_undeveloped=True)], "justification"), T3), (*leaf(), T3)),
    ("WF-S16", "S", "G1", ([goal(statement="The {system} is right")], []), ([goal()], [])),
    ("WF-S16", "S", "C1", ([node("C1", "context", is_uninstantiated=True)], []), ([node("C1", "context")], [])),
    ("WF-S17", "B", "G1", ([goal(combine="any")], []), ([goal(combine="any", combine_reason="Why")], [])),
    ("WF-S17", "B", "G1", ([goal(combine="at_least", combine_reason="Why", combine_k=0)], []),
     ([*PAIR], edges(("G1", "G2")))),
    ("WF-S17", "S", "G1", ([goal(combine="at_least", combine_reason="Why", combine_k=2)], []),
     ([goal(combine="at_least", combine_reason="Why", combine_k=1), node("G2")], edges(("G1", "G2")))),
    ("WF-S17", "B", "G1", (PAIR, edges(("G1", "G2"), is_exact=True)),
     (PAIR, edges(("G1", "G2"), is_exact=True, exact_reason="Why"))),
    ("WF-S17", "B", "G1", ([goal(declaration="axiomatic")], []),
     ([goal(declaration="axiomatic", declaration_reason="Why")], [])),
    ("WF-S18", "B", "G1", contract(is_undeveloped=True), contract()),
    ("WF-S18", "B", "G1", ([goal(is_supported_by_contract=True, is_in_contract=True)], []), contract()),
    ("WF-S18", "B", "G1", ([goal(is_supported_by_contract=True), node("G2")], edges(("G1", "G2"))), contract()),
    ("WF-S18", "B", "S1", ([node("S1", "strategy", is_supported_by_contract=True)], []), contract()),
    ("WF-M01", "B", "S1", ([node("S1", "strategy", is_public=True)], []), ([node("C1", "context", is_public=True)], [])),
    ("WF-M01", "S", "AG1", ([goal(), away(cites=None)], edges(("G1", "AG1"))), ([goal(), away()], edges(("G1", "AG1")))),
    ("WF-M01", "S", "AG1", ([away(is_cited_public=False)], []), ([away()], [])),
    ("WF-M01", "S", "AG1", ([away(cited_kind="solution")], []), ([away()], [])),
    ("WF-M02", "B", "AG1", ([away(), node("G2")], edges(("AG1", "G2"))),
     ([away(is_in_contract=True), node("G2", is_in_contract=True)], edges(("AG1", "G2")))),
    ("WF-M03", "B", "", modules(True), modules(False)),
    ("WF-M03", "B", "AG1", ([away(circle="Case 1 → Case 2 → Case 1")], []), ([away()], [])),
    ("WF-M04", "S", "AG1", ([away(is_cited_in_force=False)], []), ([away()], [])),
    ("WF-M04", "S", "AG1", ([away(is_cited_withdrawn=True)], []), ([away()], [])),
    ("WF-M04", "W", "G1", ([goal(), away(is_cited_elsewhere=True)], edges(("G1", "AG1"))),
     cited_within(with_context([goal()], "justification"))),
    ("WF-D01", "B", "G1", ([goal(), node("CG1", is_counter=True)], edges(("G1", "CG1"))), (PAIR, edges(("G1", "G2")))),
    ("WF-D01", "B", "CC1", ([node("CC1", "context", is_counter=True, is_challenging=True)], []),
     ([node("CG1", is_counter=True, is_challenging=True)], [])),
    ("WF-D03", "S", "G1", doubted("undercut", legs=2), doubted("undercut", legs=2, is_step=True)),
    ("WF-D05", "S", "G1", doubted("rebut", state="sustained"), doubted("rebut", state="sustained", is_argued=True)),
    ("WF-D08", "W", "G1", doubted("undermine"), doubted("rebut")),
    ("WF-D08", "W", "G1", doubted("undercut"), doubted("undercut", is_step=True)),
    ("WF-M05", "B", "", ([], [], About(modules=("M1", "M1"))), ([], [], About(modules=("M1", "M2")))),
    ("WF-D04", "B", "G1", ([goal(declaration="defeated")], []), ([goal(declaration="needsSupport")], [])),
    ("WF-C01", "W", "G1", ([goal(statement="Scores are right and reviewers can see why")], []),
     ([goal(statement="Scores and reasons are right")], [])),
    ("WF-C01", "W", "G1", ([goal(statement="It is right. Nobody is hurt.")], []), ([goal(statement="It is right.")], [])),
    ("WF-C01", "W", "G1", ([goal(statement="Is it right?")], []), ([goal(statement="It is right")], [])),
    ("WF-C01", "W", "Sn1", ([node("Sn1", "solution", statement="The test shows parity")], []),
     ([node("Sn1", "solution", statement="Parity test of the quarter")], [])),
    ("WF-C02", "W", "G1", ([goal(statement="word " * 41)], []), ([goal(statement="word " * 40)], [])),
    ("WF-C02", "W", "G1", ([goal(statement="Scores are right because people look")], []), ([goal()], [])),
    ("WF-C03", "W", "G1", ([goal(statement="The system is Safe")], []), with_context([goal(statement="It is safe here")])),
    ("WF-C03", "S", "G1", (*leaf(statement="The system is fair"), T2),
     (*leaf(statement="The system is fair", metrics=measured()[0][0].metrics), T2)),
    ("WF-C04", "S", "G1", (*leaf(), T2), (*leaf(metrics=measured()[0][0].metrics), T2)),
    ("WF-C05", "B", "G1", measured(threshold=float("nan")), measured()),
    ("WF-C05", "B", "G1", measured(unit=""), measured()),
    ("WF-C05", "B", "G1", measured(comparator="between", threshold_high=0.1),
     measured(comparator="between", threshold_high=1.1)),
    ("WF-C06", "S", "G1", measured(has_dimensions=True, min_n=None), measured(has_dimensions=True)),
    ("WF-C06", "S", "G1", measured(groups_without_reading=("sex: female",)), measured()),
    ("WF-C07", "S", "G1", leaf(), leaf(has_owner=True)),
    ("WF-C07", "W", "G1", leaf(statement="The model is certified"), leaf(statement="The model refuses")),
    ("WF-C08", "W", "G1", ([goal()], []), with_context([goal()])),
    ("WF-C08", "W", "G1", (*with_context([goal()]), About(system="Scoring")),
     (*with_context([goal(statement="Credit scoring is right")]), About(system="Scoring"))),
    ("WF-E01", "B", "Sn1", rests_on(is_collected_later=True), rests_on()),
    ("WF-E01", "B", "Sn1", rests_on(is_validity_positive=False), rests_on()),
    ("WF-E02", "S", "Sn1", rests_on(is_expired=True), rests_on()),
    ("WF-E02", "S", "Sn1", rests_on(is_validity_too_long=True), rests_on()),
    ("WF-E03", "B", "Sn1", rests_on(is_page_without_hash=True), rests_on()),
    ("WF-E04", "S", "Sn1", rests_on(is_from_weaker_environment=True), rests_on()),
    ("WF-E05", "S", "Sn1", rests_on(is_of_other_version=True),
     rests_on(is_of_other_version=True, is_mismatch_reasoned=True)),
    ("WF-E06", "S", "Sn1", ([node("Sn1", "solution")], []), ([node("Sn1", "solution", bindings=1)], [])),
    ("WF-E06", "S", "Sn1", ([node("Sn1", "solution", bindings=1, unexplained_bindings=1)], []),
     ([node("Sn1", "solution", bindings=1)], [])),
    ("WF-E06", "S", "Sn1", rests_on(is_accepted=False), rests_on()),
    ("WF-E06", "S", "Sn1", rests_on(is_accepted_by_submitter=True), rests_on()),
    ("WF-E07", "S", "G1", (*rests_on(kind="expert_judgement"), T2), (*rests_on(kind="test_report"), T2)),
    ("WF-E08", "W", "Sn1", shared(6), shared(5)),
    ("WF-K01", "S", "G1", (*leaf(), watched(key="")), (*leaf(), watched())),
    ("WF-K01", "S", "G1", (*leaf(), watched(is_time=True)), (*leaf(), watched())),
    ("WF-K01", "S", "G1", (*leaf(), watched(is_ruled_out=True)), (*leaf(), watched())),
    ("WF-K01", "S", "G1", (*leaf(), asking(conditions_per_claim=3)), (*leaf(), asking(conditions_per_claim=2))),
    ("WF-K01", "S", "", (*leaf(), asking(conditions_per_case=3)), (*leaf(), asking(conditions_per_case=2))),
    ("WF-C04", "S", "", (*leaf(), About(tier="T1")), (*leaf(metrics=measured()[0][0].metrics), About(tier="T1"))),
    ("WF-C08", "S", "G1", ([goal()], [], About(tier="T1")), (*with_context([goal()]), About(tier="T1"))),
    ("WF-E02", "S", "Sn1", (*rests_on(age_days=93), T3), (*rests_on(age_days=92), T3)),
    ("WF-E02", "S", "Sn1", (*rests_on(age_days=8, is_series=True), T3), (*rests_on(age_days=7, is_series=True), T3)),
    ("WF-E04", "S", "G1", (*outcome("shadow"), T3), (*outcome("production"), T3)),
    ("WF-E04", "S", "G1", (*outcome(""), T2), (*outcome("shadow"), T2)),
    ("WF-K02", "S", "", (*leaf(), watched(tier="T3")), (*leaf(), every_change())),
    ("WF-K04", "S", "G1", (*leaf(), watched(is_answered=False)), (*leaf(), watched())),
    ("WF-K06", "S", "G1", (*leaf(), watched(has_reported=False)), (*leaf(), watched())),
    ("WF-K05", "W", "A1", ([node("A1", "assumption")], [], watched()), ([node("A1", "assumption")], [], watched(key="A1"))),
    ("WF-K05", "W", "A1", ([node("A1", "assumption")], []), ([node("A1", "assumption", has_review_date=True)], [])),
    ("WF-G01", "B", "", ([], [], About(has_owner=False)), ([], [])),
    ("WF-G05", "S", "", ([], [], About(today=TODAY)), ([], [], About(today=TODAY, review_by=TODAY))),
    ("WF-G05", "S", "", ([], [], replace(T3, today=TODAY, review_by=date(2027, 3, 1))),
     ([], [], replace(T3, today=TODAY, review_by=date(2027, 2, 1)))),
    ("WF-G06", "W", "G1", (PAIR, edges(("G1", "G2"), is_suspect=True)), (PAIR, edges(("G1", "G2")))),
]  # fmt: skip
IDS = [f"{row[0]}-{number}" for number, row in enumerate(TABLE)]


@pytest.mark.parametrize(("rule", "level", "key", "broken", "whole"), TABLE, ids=IDS)
def test_a_broken_rule_is_named_and_a_kept_one_is_not(rule, level, key, broken, whole):
    assert (rule, level, key) in rules(*broken)
    assert not [one for one in rules(*whole) if one[:2] == (rule, level)]


ON_OTHER_SAVES = {"WF-M05", "WF-C05", "WF-E01", "WF-E03", "WF-G01"}  # of a module, a metric, evidence, the case


@pytest.mark.parametrize(("rule", "level", "key", "broken", "whole"), TABLE, ids=IDS)
def test_only_what_blocks_stops_saving(rule, level, key, broken, whole):
    stops = (rule, key) in {(problem.rule, problem.key) for problem in blocking(*broken[:2])}
    assert stops == (level == "B" and rule not in ON_OTHER_SAVES)


def test_a_sentence_fills_all_its_places():
    for row in TABLE:
        for problem in problems_of(*row[3]):
            words = dict(problem.words)
            assert "%(" not in problem.message % words
            assert "%(" not in problem.remedy % words


def test_a_contract_closes_no_circle():
    assert not [problem for problem in blocking(*contract()) if problem.rule in ("WF-M03", "WF-S07")]


def test_what_blocks_comes_first():
    nodes, links = sound()
    levels = [
        problem.level for problem in problems_of([*nodes, node("Sn2", "solution")], [*links, *edges(("Sn1", "G1"))])
    ]
    assert levels[0] is Level.BLOCKS
    assert levels == sorted(levels, key=[Level.BLOCKS, Level.SUBMISSION, Level.WARNS].index)


SOURCES = Path(wellformed.__file__).parent
LISTED = {
    rule: {level for level in re.findall(r"\b[BSW]\b", levels)}
    for rule, levels in re.findall(
        r"^\| (WF-\w\d\d) \| ([^|]+) \|", (SOURCES.parent / "docs/users/rules.md").read_text(), re.M
    )
}


def test_the_list_for_users_names_every_rule_with_its_levels():
    told = {rule for file in SOURCES.rglob("*.py") for rule in re.findall(r"WF-[A-Z]\d\d", file.read_text())}
    assert told == set(LISTED)
    for rule, level, *_rest in TABLE:
        assert level in LISTED[rule], rule


def test_a_long_cycle_shows_its_way():
    nodes = [node(f"G{n}") for n in range(3000)]
    links = edges(*((f"G{n}", f"G{(n + 1) % 3000}") for n in range(3000)))
    (problem,) = [problem for problem in blocking(nodes, links) if problem.rule == "WF-S07"]
    assert dict(problem.words)["path"].startswith("G0 → G1 → ")
