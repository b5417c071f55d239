"""What differs between two documents: a pure function, and the words for it."""

from copy import deepcopy
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


def test_another_place_among_siblings_is_a_change_of_order_only():
    before, after = document(["g1", "g2"], [("g1", "g2")]), document(["g1", "g2"], [("g1", "g2")])
    after["links"][0]["ordinal"] = 3
    (one,) = difference(before, after).found
    assert (one.kind, one.fields) == (Kind.CHANGED, (("ordinal", 0, 3),))


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
