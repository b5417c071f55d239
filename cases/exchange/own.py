"""Our own JSON: an export (`cases/schema/aims-case-export-1.json`), or the bare document that a baseline freezes. Pure.

Identities are new in the case that it comes into; keys stay. What the file refers to outside of itself is found by what it
is called: people by their address, indicators by name, evidence by its identity, when it is in the same library.
"""

from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import Any, Final

from cases.argument import CITING
from cases.cells import Dimension
from cases.drafts import (
    TEMPLATE,
    ArgumentDraft,
    DraftBinding,
    DraftChallenge,
    DraftCondition,
    DraftElement,
    DraftLink,
    DraftMetric,
    DraftModule,
    DraftRefused,
)
from cases.exchange.source import Source, json_of, plain, refuse
from cases.exchange.writing import cut_citations
from cases.outline import PREFIXES, gettext_noop
from cases.scale import Standing

DOCUMENT: Final = "aims-case"
EXPORT: Final = "aims-case-export"
TEXTS: Final = ("declaration", "declaration_reason", "category", "combine", "combine_reason")
MARKS: Final = ("is_undeveloped", "is_uninstantiated", "is_public", "is_supported_by_contract")
METRIC: Final = ("comparator", "threshold", "threshold_high", "guard_band", "unit", "is_crossed", "dimension_rule",
                 "dimension_reason", "window_days", "min_n", "confidence_level", "decision_rule", "environment_required",
                 "max_age_days", "grace_days", "is_leading")  # fmt: skip
CONDITION: Final = ("type", "statement", "detector", "config", "threshold", "every_hours", "max_silence_hours",
                    "clear_after", "actions", "respond_within_hours")  # fmt: skip
BINDING: Final = ("locator", "relevance", "environment_required")


def is_own(data: Any) -> bool:
    return isinstance(data, dict) and data.get("format") in (DOCUMENT, EXPORT)


def read(sources: Sequence[Source]) -> ArgumentDraft:
    """The argument of one file. Raises DraftRefused where it is none, or of a later version."""
    data = json_of(sources[0])
    if not is_own(data) or data.get("version") != 1:
        message = gettext_noop("%(file)s is no export of this product that this version can read.")
        raise refuse(
            "",
            message,
            gettext_noop("Export the case again from an installation of this version."),
            file=sources[0].name,
        )
    document = data.get("document") if data["format"] == EXPORT else data
    try:
        return Reader(data, document).read()
    except DraftRefused:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        message = gettext_noop("%(file)s is not as its schema says: %(problem)s.")
        remedy = gettext_noop("Export it again, or mend it by the schema.")
        problem = f"{type(error).__name__} {str(error)[:100]}"
        raise refuse("", message, remedy, file=sources[0].name, problem=problem) from None


class Reader:
    def __init__(self, data: dict[str, Any], document: Any) -> None:
        if not is_own(document):
            message = gettext_noop("There is no document in it.")
            raise refuse("document", message, gettext_noop("Export the case again."))
        self.data = data
        self.document = with_counter_argument(document, data.get("counter_argument") or {})
        names = data.get("names") or {}
        self.owners, self.indicators, self.evidence = (
            names.get(one) or {} for one in ("owners", "indicators", "evidence")
        )
        self.counter = set(data.get("counter_elements") or ())

    def read(self) -> ArgumentDraft:
        case = self.document["case"]
        draft = ArgumentDraft(
            title=text(case["title"]), purpose=text(case["purpose"]), scope_text=text(case["scope_text"])
        )
        keys = {text(row["gid"]): text(row["key"]) for row in self.document["modules"]}
        modules = sorted(self.document["modules"], key=lambda row: not row["is_default"])
        draft.modules = [
            DraftModule(key=text(row["key"]), title=text(row["title"]), is_contract=row["is_contract"] is True)
            for row in modules
        ]
        for n, row in enumerate(self.document["elements"]):
            draft.elements.append(self.element(row, keys, f"elements[{n}]"))
        for element in draft.elements:
            mark_as_template_text(element, (self.data.get("template_text") or {}).get(element.id) or {})
        for n, row in enumerate(sorted(self.document["links"], key=lambda row: row["ordinal"])):
            draft.links.append(
                DraftLink(
                    source=text(row["source"]),
                    target=text(row["target"]),
                    kind=text(row["kind"]),
                    is_exact=row["is_exact"] is True,
                    exact_reason=text(row["exact_reason"]),
                    place=f"links[{n}]",
                )
            )
        self.read_metrics(draft)
        self.read_conditions(draft)
        self.read_bindings(draft)
        self.read_challenges(draft)
        named = {element.id for element in draft.elements if self.document_owner.get(element.id) and not element.owner}
        if named:
            message = gettext_noop("%(count)s claims have an owner whom the file does not name.")
            draft.lost("", message, count=len(named))
        elsewhere = [one for one in draft.elements if one.kind in CITING and not (one.cites or one.cites_module)]
        cut_citations(draft)
        for element in elsewhere:
            message = gettext_noop("%(element)s is a %(kind)s here; cite the other case anew.")
            draft.repaired(element.place, message, element=element.key, kind=element.kind)
        return draft

    @cached_property
    def document_owner(self) -> dict[str, Any]:
        return {text(row["gid"]): row["owner"] for row in self.document["elements"]}

    def element(self, row: dict[str, Any], keys: dict[str, str], place: str) -> DraftElement:
        gid, kind = text(row["gid"]), text(row["kind"])
        if kind not in PREFIXES:
            message = gettext_noop("%(element)s is of the unknown kind “%(kind)s”.")
            remedy = gettext_noop("Export it again, or mend it there.")
            raise refuse(place, message, remedy, element=text(row["key"]), kind=kind)
        made = DraftElement(
            id=gid,
            key=text(row["key"]),
            kind=kind,
            statement=text(row["statement"]),
            module=keys[row["module"]],
            place=place,
            is_counter=gid in self.counter,
            owner=plain(self.owners.get(gid)),
            cites=text(row["cites"]) if row["cites"] in self.document_owner else "",
            cites_module=keys.get(row["cites_module"] or "", ""),
            combine_k=whole(row["combine_k"]),
            review_by=date.fromisoformat(row["review_by"]) if row["review_by"] else None,
        )
        for name in TEXTS:
            setattr(made, name, text(row[name]))
        for name in MARKS:
            setattr(made, name, row[name] is True)
        return made

    def read_metrics(self, draft: ArgumentDraft) -> None:
        for n, row in enumerate(self.document["metrics"]):
            name = plain(self.indicators.get(row["indicator"]))
            if not name:
                message = gettext_noop("The metric %(key)s is left out: the file does not name its indicator.")
                draft.lost(f"metrics[{n}]", message, key=text(row["key"]))
                continue
            rule = {field: row[field] for field in METRIC}
            rule["dimensions"] = [Dimension.of(one) for one in row["dimensions"]]
            metric = DraftMetric(element=text(row["element"]), indicator=name, rule=rule, place=f"metrics[{n}]")
            draft.metrics.append(metric)

    def read_conditions(self, draft: ArgumentDraft) -> None:
        addresses = {element.id: element.key for element in draft.elements}
        for n, row in enumerate(self.document["conditions"]):
            place = f"conditions[{n}]"
            about = addresses.get(row["element"] or "", "–")
            if row["not_applicable_reason"]:
                message = gettext_noop("That “%(type)s” does not apply is left out; declare it anew, with your reason.")
                draft.lost(place, message, type=text(row["type"]))
            elif row["detector"] not in ("manual_attestation", "calendar", "incident_link", "evidence_age"):
                # The others name a metric, a register entry or a token of the installation that the file comes from.
                message = gettext_noop(
                    "A condition of %(element)s is left out, because its detector watches something of its old home: %(statement)s"
                )
                draft.lost(place, message, element=about, statement=text(row["statement"])[:200])
            else:
                rule = {field: row[field] for field in CONDITION} | {"effect": int(Standing[row["effect"].upper()])}
                draft.conditions.append(DraftCondition(element=text(row["element"] or ""), rule=rule, place=place))

    def read_bindings(self, draft: ArgumentDraft) -> None:
        for n, row in enumerate(self.document["bindings"]):
            known = self.evidence.get(row["item"]) or {}
            rule: dict[str, Any] = {name: text(row[name]) for name in BINDING}
            for name in ("environment_policy", "version_policy"):
                rule[name] = int(Standing[row[name].upper()])
            rule["follow_latest"] = row.get("follow_latest") is True
            draft.bindings.append(
                DraftBinding(
                    element=text(row["element"]),
                    version=plain(known.get("version")),
                    title=plain(known.get("title")) or text(row["item"]),
                    address=plain(known.get("address")),
                    rule=rule,
                    place=f"bindings[{n}]",
                )
            )

    def read_challenges(self, draft: ArgumentDraft) -> None:
        names = {element.id: element.key for element in draft.elements}
        for n, row in enumerate(self.data.get("challenges") or ()):
            place, state = f"challenges[{n}]", text(row["state"])
            if state not in ("open", "sustained"):
                message = gettext_noop(
                    "A challenge of %(element)s was settled (%(state)s) there; it is open here until somebody decides."
                )
                draft.repaired(place, message, element=names.get(row["target"], "–"), state=state)
                state = "open"
            counter = text(row["counter_element"] or "")
            if counter and counter not in names:
                message = gettext_noop("What argues a challenge of %(element)s is not in the file.")
                draft.lost(place, message, element=names.get(row["target"], "–"))
                counter = ""
            draft.challenges.append(
                DraftChallenge(
                    target=text(row["target"]),
                    target_below=text(row["step_to"] or ""),
                    attack=one_of(row["attack"], ("rebut", "undercut", "undermine")),
                    severity=one_of(row["severity"], ("minor", "major", "blocking")),
                    state=state,
                    statement=text(row["statement"]),
                    counter=counter,
                    place=place,
                )
            )


def with_counter_argument(document: dict[str, Any], counter: dict[str, Any]) -> dict[str, Any]:
    """The document with what argues against the case, which it leaves out itself."""
    parts = ("elements", "links", "metrics", "bindings")
    return document | {part: [*document[part], *(counter.get(part) or ())] for part in parts}


def mark_as_template_text(element: DraftElement, said: dict[str, Any]) -> None:
    """What nobody had adopted there is template text here; a mark that names no template is none."""
    template, key = plain(said.get("template")), plain(said.get("key"))
    if TEMPLATE.match(template):
        element.pattern, element.pattern_key = template, key[:40]


def text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{str(value)[:40]} is no text")
    return value


def whole(value: Any) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 10_000:
        raise ValueError(f"{str(value)[:40]} is no number of legs")
    return value


def one_of(value: Any, known: tuple[str, ...]) -> str:
    if value not in known:
        raise ValueError(f"{str(value)[:40]} is none of {', '.join(known)}")
    return str(value)
