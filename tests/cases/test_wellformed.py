"""Each rule of a well-formed argument has an argument that breaks it, and a sound one breaks none."""

import pytest

from cases.wellformed import Edge, Level, Node, blocking, problems_of


def node(key, kind="goal", **fields):
    fields.setdefault("statement", "One plain statement")
    return Node(id=key, key=key, kind=kind, **fields)


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


def rules(nodes, links):
    return {(problem.rule, problem.level.value, problem.key) for problem in problems_of(nodes, links)}


def test_a_sound_argument_breaks_no_rule():
    assert rules(*sound()) == set()


BROKEN = [
    ([node("G1"), Node(id="x", key="G1", kind="goal")], [], ("WF-S01", "B", "G1")),
    ([node("X1", "wish")], [], ("WF-S02", "B", "X1")),
    ([node("S1", "goal")], [], ("WF-S02", "W", "S1")),
    ([node("G1"), node("C1", "context")], edges(("G1", "C1")), ("WF-S03", "B", "G1")),
    ([node("S1", "strategy"), node("Sn1", "solution")], edges(("S1", "Sn1")), ("WF-S03", "B", "S1")),
    ([node("S1", "strategy"), node("S2", "strategy")], edges(("S1", "S2")), ("WF-S03", "B", "S1")),
    ([node("G1"), node("G2")], edges(("G1", "G2"), kind="in_context_of"), ("WF-S04", "B", "G1")),
    (
        [node("Sn1", "solution"), node("C1", "context")],
        edges(("Sn1", "C1"), kind="in_context_of"),
        ("WF-S04", "B", "Sn1"),
    ),
    ([node("G1")], edges(("G1", "G1")), ("WF-S05", "B", "G1")),
    ([node("G1")], edges(("G1", "G9")), ("WF-S05", "B", "G1")),
    ([node("G1"), node("G2")], edges(("G1", "G2"), ("G1", "G2")), ("WF-S06", "B", "G1")),
    ([node("G1"), node("G2")], edges(("G1", "G2"), ("G2", "G1")), ("WF-S07", "B", "G1")),
    ([node("Sn1", "solution"), node("G1")], edges(("Sn1", "G1")), ("WF-S11", "B", "Sn1")),
    ([node("G1", combine="any")], [], ("WF-S17", "B", "G1")),
    ([node("G1", combine="at_least", combine_reason="Why", combine_k=0)], [], ("WF-S17", "B", "G1")),
    ([node("G1", combine="at_least", combine_reason="Why", combine_k=2)], [], ("WF-S17", "S", "G1")),
    ([node("G1"), node("G2")], edges(("G1", "G2"), is_exact=True), ("WF-S17", "B", "G1")),
    ([], [], ("WF-S08", "S", "")),
    ([node("G1"), node("G2")], [], ("WF-S08", "S", "G2")),
    ([node("G1"), node("C1", "context")], [], ("WF-S09", "S", "C1")),
    ([node("G1")], [], ("WF-S10", "S", "G1")),
    ([node("G1", is_undeveloped=True), node("G2")], edges(("G1", "G2")), ("WF-S10", "S", "G1")),
    ([node("G1"), node("S1", "strategy", is_undeveloped=True)], edges(("G1", "S1")), ("WF-S12", "S", "S1")),
    ([node("G1"), node("G2"), node("G3")], edges(("G1", "G2"), ("G1", "G3")), ("WF-S13", "W", "G1")),
    ([node("G1"), node("G2"), node("Sn1", "solution")], edges(("G1", "G2"), ("G1", "Sn1")), ("WF-S14", "S", "G1")),
    ([node("G1", statement="word " * 41)], [], ("WF-C02", "W", "G1")),
    ([node("G1", statement="The system is Safe")], [], ("WF-C03", "W", "G1")),
    ([node("G1"), node("Sn1", "solution")], edges(("G1", "Sn1")), ("WF-C07", "S", "G1")),
    ([node("G1")], [], ("WF-C08", "W", "G1")),
    ([node("Sn1", "solution")], [], ("WF-E06", "S", "Sn1")),
    ([node("Sn1", "solution", bindings=1, unexplained_bindings=1)], [], ("WF-E06", "S", "Sn1")),
    ([node("A1", "assumption")], [], ("WF-K05", "W", "A1")),
]


@pytest.mark.parametrize(
    ("nodes", "links", "expected"), BROKEN, ids=lambda value: value[0] if isinstance(value, tuple) else ""
)
def test_a_broken_rule_is_named(nodes, links, expected):
    assert expected in rules(nodes, links)
    assert (expected in {(p.rule, p.level.value, p.key) for p in blocking(nodes, links)}) == (expected[1] == "B")


def test_a_sentence_fills_all_its_places():
    for nodes, links, _ in BROKEN:
        for problem in problems_of(nodes, links):
            words = dict(problem.words)
            assert "%(" not in problem.message % words
            assert "%(" not in problem.remedy % words


def test_what_blocks_comes_first():
    nodes, links = sound()
    levels = [
        problem.level for problem in problems_of([*nodes, node("Sn2", "solution")], [*links, *edges(("Sn1", "G1"))])
    ]
    assert levels[0] is Level.BLOCKS
    assert levels == sorted(levels, key=[Level.BLOCKS, Level.SUBMISSION, Level.WARNS].index)


def test_a_long_cycle_shows_its_way():
    nodes = [node(f"G{n}") for n in range(3000)]
    links = edges(*((f"G{n}", f"G{(n + 1) % 3000}") for n in range(3000)))
    (problem,) = [problem for problem in blocking(nodes, links) if problem.rule == "WF-S07"]
    assert dict(problem.words)["path"].startswith("G0 → G1 → ")
