"""What differs between two documents: a pure function, and the words for it."""

from copy import deepcopy
from itertools import combinations
from random import Random

from cases.differences import Kind, difference


def document(elements=(), links=(), **parts):
    return {
        "case": {"gid": "c", "title": "Case", "purpose": "p", "scope_text": "", "system": "s", "review_by": None},
        "modules": [{"gid": "m1", "key": "M1", "title": "Case", "is_contract": False, "is_default": True}],
        "elements": [{"gid": gid, "module": "m1", "key": gid.upper(), "statement": gid} for gid in elements],
        "links": [
            {"gid": f"{source}-{target}", "kind": "supported_by", "source": source, "target": target, "ordinal": 0}
            for source, target in links
        ],
        "metrics": [],
        "conditions": [],
        "bindings": [],
        **parts,
    }


def told(before, after):
    return [(one.part, one.kind, one.gid) for one in difference(before, after).found]


def test_the_same_text_differs_in_nothing():
    one = document(["g1", "g2"], [("g1", "g2")])
    assert not difference(one, deepcopy(one))


def test_what_is_added_removed_and_changed_is_told_apart():
    before, after = document(["g1", "g2"]), document(["g1", "g3"])
    after["elements"][0]["statement"] = "other"
    assert told(before, after) == [
        ("elements", Kind.CHANGED, "g1"),
        ("elements", Kind.ADDED, "g3"),
        ("elements", Kind.REMOVED, "g2"),
    ]
    assert difference(before, after).found[0].fields == (("statement", "g1", "other"),)


def test_an_element_below_another_parent_has_moved():
    before = document(["g1", "g2", "g3"], [("g1", "g3"), ("g1", "g2")])
    after = document(["g1", "g2", "g3"], [("g2", "g3"), ("g1", "g2")])
    (one,) = difference(before, after).found
    assert (one.kind, one.element, one.fields) == (Kind.MOVED, "g3", (("source", "g1", "g2"),))


def test_a_step_that_keeps_its_link_has_moved_too():
    before = document(["g1", "g2", "g3"], [("g1", "g2"), ("g1", "g3")])
    after = deepcopy(before)
    after["links"][1] |= {"source": "g2", "kind": "in_context_of", "ordinal": 4}
    found = difference(before, after)
    assert [(one.kind, one.element, one.was("source")) for one in found.told] == [(Kind.MOVED, "g3", "g1")]
    assert found.marks() == {"g3": Kind.MOVED}


def in_order_of(names, *, gap=1):
    made = document(["g0", *names], [("g0", name) for name in names])
    for place, link in enumerate(made["links"]):
        link["ordinal"] = place * gap
    return made


def test_only_what_took_another_place_among_its_siblings_has_moved():
    before, after = in_order_of(["g1", "g2", "g3", "g4", "g5"]), in_order_of(["g5", "g1", "g2", "g3", "g4"])
    found = difference(before, after)
    assert [(one.kind, one.element) for one in found.told] == [(Kind.MOVED, "g5")]
    assert found.counts() == {Kind.ADDED: 0, Kind.REMOVED: 0, Kind.CHANGED: 0, Kind.MOVED: 1}
    assert len(found.found) == 5  # the others made room, which is kept but not told


def test_siblings_that_come_and_go_move_nobody():
    before, after = in_order_of(["g1", "g2", "g3"]), in_order_of(["g2", "g9", "g3"], gap=2)
    told_ = {(one.part, one.kind, one.gid) for one in difference(before, after).told}
    assert told_ == {
        ("elements", Kind.REMOVED, "g1"), ("elements", Kind.ADDED, "g9"),
        ("links", Kind.REMOVED, "g0-g1"), ("links", Kind.ADDED, "g0-g9"),
    }  # fmt: skip
    assert not difference(in_order_of(["g1", "g2"]), in_order_of(["g1", "g2"], gap=3))


def test_as_few_siblings_as_possible_have_moved():
    for seed in range(200):
        names = [f"g{number}" for number in range(1, 8)]
        shuffled = Random(seed).sample(names, len(names))
        moved = [one.element for one in difference(in_order_of(names), in_order_of(shuffled)).told]
        rest = [name for name in shuffled if name not in moved]
        assert rest == sorted(rest)
        longest = max(
            len(some) for size in range(1, 8) for some in combinations(shuffled, size) if list(some) == sorted(some)
        )
        assert len(rest) == longest


def test_an_element_in_another_module_has_moved_unless_it_says_something_else_too():
    before = document(["g1"])
    before["modules"].append({"gid": "m2", "key": "M2", "title": "Other", "is_contract": False, "is_default": False})
    after = deepcopy(before)
    after["elements"][0] |= {"module": "m2", "key": "G9"}
    assert difference(before, after).marks() == {"g1": Kind.MOVED}
    after["elements"][0]["statement"] = "other"
    assert difference(before, after).marks() == {"g1": Kind.CHANGED}


def test_a_link_that_came_marks_neither_end():
    before, after = document(["g1", "g2"]), document(["g1", "g2"], [("g1", "g2")])
    assert difference(before, after).marks() == {}


def test_what_hangs_on_an_element_marks_it():
    before = document(["g1", "g2"])
    metric = {"gid": "x", "element": "g2", "key": "rate", "threshold": 0.9}
    after = document(["g1", "g2"], metrics=[metric])
    assert difference(before, after).marks() == {"g2": Kind.CHANGED}


def test_the_case_itself_can_differ():
    before, after = document(), document()
    after["case"]["purpose"] = "q"
    (one,) = difference(before, after).found
    assert (one.part, one.element, one.fields) == ("case", None, (("purpose", "p", "q"),))


def applied(before, found):
    """The later document, made from the earlier one and what differs."""
    made = deepcopy(before)
    for one in found:
        if one.part == "case":
            made["case"] = one.after
            continue
        rows = {row["gid"]: row for row in made[one.part]}
        if one.kind is Kind.MOVED:
            rows.pop(one.before["gid"])
        if one.after is None:
            rows.pop(one.gid)
        else:
            rows[one.gid] = one.after
        made[one.part] = list(rows.values())
    return made


def content(document):
    parts = ("modules", "elements", "links", "metrics", "conditions", "bindings")
    return {part: sorted(document[part], key=lambda row: row["gid"]) for part in parts}


def test_nothing_that_differs_is_left_out():
    for seed in range(200):
        random = Random(seed)
        names = [f"g{number}" for number in range(12)]

        def some(names=names, random=random):
            elements = random.sample(names, random.randint(1, 12))
            pairs = [(a, b) for a in elements for b in elements if a < b]
            made = document(sorted(elements), random.sample(pairs, min(len(pairs), random.randint(0, 8))))
            for row in made["elements"]:
                row["statement"] += random.choice(["", "!", "?"])
            return made

        before, after = some(), some()
        assert content(applied(before, difference(before, after).found)) == content(after)
        back = difference(after, before).counts()
        there = difference(before, after).counts()
        assert there[Kind.ADDED] == back[Kind.REMOVED]
        assert there[Kind.CHANGED] == back[Kind.CHANGED]
