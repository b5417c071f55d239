"""An argument of five thousand elements from a file: reading it against the bare parser, and bringing it in as a case."""

import json
from collections.abc import Iterator
from typing import Any, Final

import yaml

from aims.site.bench.measuring import best_of, line, once
from aims.tenancy.actions import add_member
from aims.tenancy.models import Organisation, User
from aims.tenancy.permissions import Role
from aims.tenancy.scope import working_in
from cases.actions.exchange import apply_import, upload_argument
from cases.drafts import ArgumentDraft, DraftElement, DraftLink
from cases.exchange import formats
from cases.exchange.source import Source
from cases.exchange.writers import WRITERS
from inventory.actions import register_system

ELEMENTS: Final = 5_000
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def large_argument(size: int = ELEMENTS) -> ArgumentDraft:
    """A claim on top, strategies below it, and below each ten claims with two pieces of evidence."""
    draft = ArgumentDraft(title="Large")
    keys: dict[str, int] = {}

    def add(kind: str, prefix: str, above: str = "") -> str:
        keys[prefix] = keys.get(prefix, 0) + 1
        key = f"{prefix}{keys[prefix]}"
        statement = f"What {key} states about the system, in a sentence of a usual length for such claims"
        draft.elements.append(DraftElement(id=key, key=key, kind=kind, statement=statement))
        if above:
            draft.links.append(DraftLink(source=above, target=key))
        return key

    top = add("goal", "G")
    while len(draft.elements) < size:
        strategy = add("strategy", "S", top)
        for _claim in range(10):
            claim = add("goal", "G", strategy)
            for _evidence in range(2):
                add("solution", "Sn", claim)
    return draft


def measure(organisation: Organisation) -> Iterator[str]:
    """Yields the lines."""
    draft = large_argument()
    bare: dict[str, Any] = {"gsn2x": lambda text: yaml.load(text, Loader=Loader), "tea": json.loads}  # noqa: S506 (safe loader)
    for format, parse in bare.items():
        text = WRITERS[format].write(draft).files[0][1]
        source = Source("large", text.encode())
        ours, baseline = best_of(3, lambda: formats.read([source], format), lambda: parse(text))  # noqa: B023 (called at once)
        yield line(f"read_{len(draft.elements)}_elements_of_{format}_against_bare_parser", ours, baseline)
    content = WRITERS["gsn2x"].write(draft).files[0][1].encode()
    with working_in(organisation):
        user = User.objects.create_user("exchange@bench.example", None)
        roles = [Role.GOVERNANCE_OFFICER]
        officer = add_member(organisation, user=user, display_name="Officer", roles=roles, actor=None)
        system = register_system(name="Large", purpose="Large", actor=officer)
        kept = []
        looked = once(
            lambda: kept.append(upload_argument(sources=[Source("a", content)], system=system, actor=officer))
        )
        about = {"title": "Large", "purpose": "Large", "accountable_owner": officer}
        brought = once(lambda: apply_import(kept[0], actor=officer, **about))
    yield line(f"bring_in_{len(draft.elements)}_elements_against_looking_at_them", brought, looked, unit="s")
