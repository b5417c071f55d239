"""Documents of 5,000 elements: hashing one, telling two apart and drawing what differs, against parsing the JSON of one."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from aims.site.bench.measuring import best_of, line
from aims.site.bench.standings import grown
from cases.differences import difference
from cases.documents import sha256_of
from cases.drawing import Figure, draw
from cases.drawn_differences import as_drawn

SAID = {
    "declaration": "asserted", "declaration_reason": "", "category": "outcome", "owner": None, "cites": None,
    "cites_module": None, "combine": "all", "combine_k": None, "combine_reason": "", "is_undeveloped": False,
    "is_uninstantiated": False, "is_public": False, "is_supported_by_contract": False, "review_by": None,
}  # fmt: skip


def gid(name: str) -> str:
    return str(uuid5(NAMESPACE_OID, name))


def document(size: int) -> dict[str, Any]:
    """The argument that the standing is measured on, as a baseline would freeze it."""
    elements, links, _below = grown(size)
    module = gid("M1")
    return {
        "format": "aims-case",
        "version": 1,
        "case": {"gid": gid("case"), "title": "Measured", "purpose": "Measuring", "scope_text": "", "system": gid("s"),
                 "review_by": None},
        "modules": [{"gid": module, "key": "M1", "title": "Measured", "is_contract": False, "is_default": True}],
        "elements": [
            {"gid": gid(str(one.id)), "module": module, "key": str(one.id), "kind": str(one.kind.value),
             "statement": f"What {one.id} states, in a sentence of the usual length for a claim", **SAID}
            for one in elements
        ],
        "links": [
            {"gid": gid(f"{one.source}-{one.target}"), "kind": "supported_by", "source": gid(str(one.source)),
             "target": gid(str(one.target)), "ordinal": place, "is_exact": False, "exact_reason": ""}
            for place, one in enumerate(links)
        ],
        "metrics": [],
        "conditions": [],
        "bindings": [],
    }  # fmt: skip


def measure(size: int = 5000, rounds: int = 15) -> Iterator[str]:
    """Yields the lines. Every tenth statement differs, and every fiftieth element is another one with the links of the old."""
    before = document(size)
    after = deepcopy(before)
    renamed: dict[str, str] = {}
    for place, said in enumerate(after["elements"]):
        if place % 10 == 0:
            said["statement"] += "!"
        if place % 50 == 1:
            old, said["gid"] = said["gid"], gid(f"new {place}")
            renamed[old] = said["gid"]
    for said in after["links"]:
        if said["source"] in renamed or said["target"] in renamed:
            said["gid"] = gid(f"new {said['gid']}")
            said["source"] = renamed.get(said["source"], said["source"])
            said["target"] = renamed.get(said["target"], said["target"])
    text = json.dumps(before)
    compared, hashed, baseline = best_of(
        rounds, lambda: difference(before, after), lambda: sha256_of(before), lambda: json.loads(text)
    )
    yield line(f"difference_{size}", compared, baseline)
    yield line(f"document_hash_{size}", hashed, baseline)

    def drawn() -> list[Figure]:
        argument, changes = as_drawn(before, after, difference(before, after))
        return draw(argument, changes=changes)

    every, baseline = best_of(3, drawn, lambda: json.loads(text))
    yield line(f"difference_drawn_{size}", every, baseline)
