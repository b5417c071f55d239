"""The fields of an AI system that an import can fill, and the words by which their columns are recognised."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

STAGES = ("planned", "development", "verification", "operation", "retired")
IMPACTS = ("rights", "safety", "both", "high", "neither", "unknown")
TIERS = ("T0", "T1", "T2", "T3", "TX")


@dataclass(frozen=True, slots=True)
class Field:
    """A target field. `hints` are (pattern on the tidied header, confidence), the first match counts."""

    key: str
    label: str
    kind: str  # text, stage, date, boolean, email, impact, tier
    hints: tuple[tuple[re.Pattern[str], float], ...]
    limit: int = 500
    required: bool = False
    is_unique: bool = False

    def header_score(self, tidied: str) -> float:
        """How well a tidied header names this field; long questions count a little less than plain names."""
        for pattern, confidence in self.hints:
            if pattern.search(tidied):
                return confidence * max(0.8, 1 - 0.01 * max(0, tidied.count(" ") - 4))
        return 0.0


@lru_cache(maxsize=4096)
def tidy_header(header: str) -> str:
    """Lower case, no accents, no punctuation, camelCase and snake_case taken apart: what the patterns look at."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", header)
    plain = "".join(c for c in unicodedata.normalize("NFKD", apart) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^0-9a-z]+", " ", plain.casefold()).split())


def _hints(*pairs: tuple[str, float]) -> tuple[tuple[re.Pattern[str], float], ...]:
    return tuple((re.compile(pattern), confidence) for pattern, confidence in pairs)


_SYSTEM = r"(ai |ml )?(system|use case|model|application|app|product|solution|project|tool|asset|algorithm)"
_ORGANISATION = r"(agency|organi[sz]ation|company|legal entity|ministry|institution|authority|tenant)"
_UNIT = r"(bureau|business unit|department|division|directorate|team|office|unit|branch|subsidiary|section|site)"

FIELDS: tuple[Field, ...] = (
    Field(
        "name",
        "Name",
        "text",
        _hints(
            (rf"^{_SYSTEM} (name|title)$", 0.95),
            (r"^(name|title)$", 0.9),
            (rf"\b(name|title) of (the |your )?{_SYSTEM}\b", 0.85),
            (rf"^{_SYSTEM}$", 0.75),
        ),
        required=True,
    ),
    Field(
        "external_key",
        "External key",
        "text",
        _hints(
            (
                (
                    r"^(external|unique|record|inventory|asset|system|ai system|use case|source|register) "
                    r"(id|identifier|key|ref|reference|number|no|nr)$"
                ),
                0.95,
            ),
            (
                r"^(use case|system|ai system) (inventory )?(id|identifier|number)$",
                0.95,
            ),
            (r"^(id|key|ref|reference|identifier|uuid|number|no|nr)$", 0.8),
        ),
        limit=200,
        is_unique=True,
    ),
    Field(
        "organisation",
        "Organisation",
        "text",
        _hints(
            (
                rf"^{_ORGANISATION} (abbreviation|abbr|code|acronym|short name|slug|id)$",
                0.95,
            ),
            (rf"^{_ORGANISATION}( name)?$", 0.85),
        ),
        limit=200,
    ),
    Field(
        "organisation_name",
        "Organisation's full name",
        "text",
        _hints((rf"^{_ORGANISATION}( name)?$", 0.8)),
        200,
    ),
    Field(
        "business_unit",
        "Business unit",
        "text",
        _hints(
            (rf"^{_UNIT}( name)?$", 0.9),
            (rf"^(responsible|owning|lead) {_UNIT}$", 0.85),
        ),
        limit=300,
    ),
    Field(
        "purpose",
        "Purpose",
        "text",
        _hints(
            (r"^(intended )?(purpose|use)$", 0.95),
            (r"\bpurpose\b", 0.85),
            (rf"^({_SYSTEM} )?(description|summary)$", 0.75),
            (r"^(what it does|what does it do|use|goal|objective)$", 0.7),
        ),
        limit=20_000,
    ),
    Field(
        "outputs",
        "Outputs",
        "text",
        _hints((r"\boutputs?\b", 0.9), (r"^(results|produces)$", 0.6)),
        20_000,
    ),
    Field(
        "stage",
        "Stage",
        "stage",
        _hints(
            (
                r"\b(stage of development|development stage|life ?cycle (stage|phase|status)|deployment status)\b",
                0.95,
            ),
            (
                r"^(stage|phase|status|state|life ?cycle|current (stage|status|phase))$",
                0.85,
            ),
            (rf"^{_SYSTEM} (stage|phase|status)$", 0.85),
        ),
    ),
    Field(
        "topic",
        "Topic",
        "text",
        _hints(
            (r"^other\b", 0.0),
            (r"\btopic( area)?\b", 0.9),
            (r"^(domain|subject|category|use case type)$", 0.7),
        ),
        limit=200,
    ),
    Field(
        "owner_email",
        "Owner's e-mail",
        "email",
        _hints(
            (r"\b(owner|contact|responsible|steward|accountable)\b.*\be ?mail\b", 0.95),
            (r"^e ?mail( address)?$", 0.75),
            (r"^(owner|contact|responsible|steward)( person)?$", 0.7),
        ),
        limit=254,
    ),
    Field(
        "owner_name",
        "Owner's name",
        "text",
        _hints(
            (
                rf"^((business|product|accountable|risk|{_SYSTEM}) )?owner( name)?$",
                0.85,
            ),
            (
                r"^(responsible|accountable|contact)( person| party| name)?( name)?$",
                0.8,
            ),
        ),
        limit=200,
    ),
    Field(
        "supplier",
        "Supplier",
        "text",
        _hints(
            (
                r"^((ai )?(system|model|software|third party) )?(supplier|vendor|manufacturer|provider)s?( name)?$",
                0.9,
            ),
            (
                r"\b(supplier|vendor)s?( s)? name\b|\bname of (the )?(supplier|vendor|provider)\b",
                0.85,
            ),
        ),
        limit=200,
    ),
    Field(
        "developed_by",
        "Developed by",
        "text",
        _hints(
            (r"\bin house\b", 0.9),
            (r"^(developed by|developer|built by|make or buy|sourcing)$", 0.8),
        ),
    ),
    Field(
        "contract",
        "Contract reference",
        "text",
        _hints(
            (r"\b(procurement instrument|piid|purchase order)\b", 0.9),
            (r"^contract( (number|no|id|reference|ref))?s?$", 0.85),
        ),
    ),
    Field(
        "impact",
        "Impact on rights or safety",
        "impact",
        _hints(
            (r"\b(rights|safety) impacting\b.*\b(both|neither|safety)\b", 0.95),
            (r"^(rights|safety) (or (rights|safety) )?impacting$", 0.85),
            (
                r"^(is )?(the )?(ai )?(use case )?high impact$|^impact( level| classification)?$",
                0.8,
            ),
        ),
    ),
    Field(
        "tier",
        "Tier",
        "tier",
        _hints(
            (r"^(aims |risk |ai )?tier$", 0.95),
            (r"^(ai )?risk (class|classification|level|category)$", 0.7),
        ),
    ),
    Field(
        "uses_personal_data",
        "Uses personal data",
        "boolean",
        _hints(
            (
                r"\b(pii|personally identifiable|personal data|personal information)\b",
                0.9,
            )
        ),
    ),
    Field(
        "is_public_facing",
        "Reaches the public",
        "boolean",
        _hints(
            (r"\b(disseminate|shown|available|provide[sd]?) .*\bto the public\b", 0.95),
            (r"\b(public|customer|citizen|external|externally) facing\b", 0.8),
        ),
    ),
    Field(
        "acts_without_review",
        "Acts without a person's review",
        "boolean",
        _hints(
            (
                r"\bwithout (direct )?(human|a person s?|manual) (involvement|intervention|review|oversight)\b",
                0.9,
            ),
            (r"^(fully )?(autonomous|automated( decision| decisions)?)$", 0.75),
        ),
    ),
    Field(
        "version",
        "Current version",
        "text",
        _hints((r"^((current|model|system|software) )?version$", 0.9)),
        100,
    ),
    Field(
        "started_on",
        "Started on",
        "date",
        _hints(
            (
                r"^(date (initiated|started)|(initiation|start|started) (date|on)|project start)$",
                0.95,
            ),
            (r"\bdate\b.*\b(initiated|initiation|started)\b", 0.85),
            (r"^(started|initiated|begin date|start)$", 0.7),
        ),
    ),
    Field(
        "development_on",
        "Development began on",
        "date",
        _hints(
            (r"\bdate\b.*\b(acquisition|development)\b", 0.9),
            (r"^(development|acquisition) (start|began|date)( date| on)?$", 0.85),
        ),
    ),
    Field(
        "implemented_on",
        "Implemented on",
        "date",
        _hints(
            (r"^(date )?(implemented|deployed|launched)( on| date)?$", 0.95),
            (
                (
                    r"\b(go live|live since|in (use|production|operation) since|(deployment|launch|operational) date|"
                    r"implementation date|implemented on)\b"
                ),
                0.9,
            ),
            (r"\bdate\b.*\b(implemented|deployed|live|launched|operational)\b", 0.85),
        ),
    ),
    Field(
        "retired_on",
        "Retired on",
        "date",
        _hints(
            (
                r"^(date )?(retired|decommissioned|retirement|decommissioning)( on| date)?$",
                0.95,
            ),
            (
                r"\bdate\b.*\b(retired|decommissioned|end of life)\b|^(end|sunset|end of life) date$",
                0.85,
            ),
        ),
    ),
)

BY_KEY = {field.key: field for field in FIELDS}
