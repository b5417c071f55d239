"""The argument for readers: Markdown with an outline and a table of evidence, and the evidence alone as a table. Pure."""

import re
from typing import Final

from cases.drafts import ArgumentDraft
from cases.exchange.writing import Written, legs_of, losses_of, tops_of

LOST: Final = ("exact", "contract", "metrics", "conditions")
SPECIAL: Final = re.compile(r"([\\`*_{}\[\]()#+!|<>~&$^=-])")
HEADINGS: Final = ("Element", "Statement", "Evidence", "Kind", "Address", "Where in it", "What it shows", "Collected",
                   "Valid until", "Standing")  # fmt: skip
KINDS: Final = {"goal": "Goal", "strategy": "Strategy", "solution": "Solution", "context": "Context",
                "assumption": "Assumption", "justification": "Justification", "module_ref": "Module",
                "contract_ref": "Contract"}  # fmt: skip


def write_markdown(draft: ArgumentDraft) -> Written:
    """An outline in author order; an element that stands in several places is written out at the first."""
    by_id = {element.id: element for element in draft.elements}
    legs = legs_of(draft)
    lines = [f"# {escaped(draft.title or 'Assurance case')}", ""]
    if draft.purpose:
        lines += [f"Purpose: {escaped(draft.purpose)}", ""]
    if draft.scope_text:
        lines += [escaped(draft.scope_text), ""]
    if draft.exported_at:
        lines += [f"As of {draft.exported_at}.", ""]
    lines += ["## Argument", ""]
    shown: set[str] = set()
    for top in tops_of(draft):
        waiting = [(top.id, 0)]
        while waiting:
            id, depth = waiting.pop()
            element = by_id[id]
            kind = KINDS.get(element.kind) or f"Away {element.kind.removeprefix('away_')}"
            kind = f"Counter {kind.lower()}" if element.is_counter else kind
            marks = [name for name, is_so in (("undeveloped", element.is_undeveloped),
                     ("uninstantiated", element.is_uninstantiated), ("public", element.is_public),
                     ("template text", bool(element.pattern))) if is_so]  # fmt: skip
            marks += [element.extras["standing"]] if "standing" in element.extras else []
            marks += [element.declaration] if element.declaration != "asserted" else []
            marks += [element.category] if element.category else []
            marks += [f"owner {escaped(element.owner)}"] if element.owner else []
            needs = {"any": "needs any one", "at_least": f"needs at least {element.combine_k}"}.get(element.combine)
            marks += [f"{needs}: {escaped(element.combine_reason)}"] if needs else []
            tail = f" *({'; '.join(marks)})*" if marks else ""
            said = escaped(" ".join(element.statement.split()))
            address = escaped(draft.address_of(element))
            if id in shown:
                lines.append(f"{'  ' * depth}- **{address}** (above)")
                continue
            shown.add(id)
            lines.append(f"{'  ' * depth}- {kind} **{address}**: {said}{tail}")
            waiting += [(link.target, depth + 1) for link in reversed(legs[id])]
    if draft.challenges:
        lines += ["", "## Challenges", ""]
        for challenge in draft.challenges:
            about = draft.address_of(by_id[challenge.target])
            step = f" → {draft.address_of(by_id[challenge.target_below])}" if challenge.target_below else ""
            said = escaped(" ".join(challenge.statement.split()))
            lines.append(f"- {escaped(about + step)} ({challenge.severity}, {challenge.state}): {said}")
    rows = evidence_rows(draft)
    if rows:
        lines += ["", "## Evidence", "", f"| {' | '.join(HEADINGS)} |", f"|{' --- |' * len(HEADINGS)}"]
        lines += [f"| {' | '.join(escaped(' '.join(cell.split())) for cell in row)} |" for row in rows]
    return Written([("argument.md", "\n".join(lines) + "\n")], losses_of(draft, LOST))


def escaped(text: str) -> str:
    """Text in which nothing is Markdown or HTML."""
    text = re.sub(r"^(\s*\d+)([.)])", r"\1\\\2", text, flags=re.M)
    return SPECIAL.sub(r"\\\1", text)


def evidence_rows(draft: ArgumentDraft) -> list[list[str]]:
    """A row for each piece of evidence and what rests on it; what has none yet, with an empty one."""
    bound: dict[str, list] = {}
    for binding in draft.bindings:
        bound.setdefault(binding.element, []).append(binding)
    rows = []
    for element in draft.elements:
        standing = element.extras.get("standing", "")
        if element.id not in bound and element.kind == "solution":
            rows.append([draft.address_of(element), element.statement, "", "", "", "", "", "", "", standing])
        for binding in bound.get(element.id, ()):
            rule = {name: str(value or "") for name, value in binding.rule.items()}
            places = [rule.get(name, "") for name in ("locator", "relevance", "collected_at", "valid_until")]
            rows.append(
                [
                    draft.address_of(element),
                    element.statement,
                    binding.title,
                    rule.get("kind", ""),
                    binding.address,
                    *places,
                    standing,
                ]
            )
    return rows
