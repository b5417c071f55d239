"""Finding evidence by what its files say.

`@@` cannot use an index under row-level security, because it is not leakproof. So one function, which filters by the
organisation itself, answers with the ids of evidence whose files hold the words, and nothing else; the rows and the
snippets are then read as everything is, under the policies and only of evidence whose files the member may download.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Q, UUIDField
from django.db.models.expressions import RawSQL
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from aims.tenancy.models import Member
from evidence.confidentiality import readable_by
from evidence.models import EvidenceItem

START, END = "\ue000", "\ue001"
"""What the database sets around a hit; `reading.tidy` leaves neither in any text."""
BEFORE, AROUND = 120, 600

# Around the first place where the first word stands, so that a long text is not marked up whole.
SNIPPETS: Final = """
with wanted as (select evidence_words(%(text)s) as query),
hits as (
  select distinct on (t.item_id) t.item_id, t.id, v.ordinal, f.name
  from evidence_filetext t
  join evidence_evidencefile f on f.organisation_id = t.organisation_id and f.id = t.file_id
  join evidence_evidenceversion v on v.organisation_id = f.organisation_id and v.id = f.version_id
  cross join wanted
  where t.item_id = any(%(items)s) and t.words @@ wanted.query
  order by t.item_id, v.ordinal desc, f.name, t.id
)
select h.item_id, h.ordinal, h.name,
  ts_headline('simple',
    replace(substr(t.text, greatest(1, strpos(lower(t.text), lower(%(first)s)) - %(before)s), %(around)s), '<', '< '),
    wanted.query, %(options)s)
from hits h join evidence_filetext t on t.id = h.id cross join wanted
"""


@dataclass(frozen=True, slots=True)
class Snippet:
    """Where the words stand: the version, the file, and the text around them with the hits between START and END."""

    version: int
    file_name: str
    text: str

    @property
    def plain(self) -> str:
        """For the API and for files."""
        return self.text.replace(START, "").replace(END, "")

    def __html__(self) -> SafeString:
        """Escaped, the hits marked."""
        # SECURITY: escaped as a whole first; only then do the two marks, which no text holds, become elements.
        escaped = conditional_escape(self.text)
        marked = escaped.replace(START, "<mark>").replace(END, "</mark>")
        where = _("%(file)s, version %(version)d") % {"file": self.file_name, "version": self.version}
        return format_html(
            '<span class="snippet">… {} … <span class="quiet">({})</span></span>',
            mark_safe(marked),  # noqa: S308 (escaped above)
            where,
        )


def said_in_files(text: str, member: Member) -> Q:
    """Evidence whose files say these words, as a condition over items; only what the member may read."""
    if not member.may("evidence.download") or not text.strip():
        return Q(pk__in=[])
    found = RawSQL("select search_evidence_texts(%s)", [text], output_field=UUIDField())  # noqa: S611 (a parameter)
    readable = EvidenceItem.objects.filter(readable_by(member)).values("pk")
    return Q(pk__in=found) & Q(pk__in=readable)


def snippets_of(items: Iterable[Any], text: str, member: Member) -> dict[UUID, Snippet]:
    """The place of the hit in each of these items, for those that the member may read and whose files say the words."""
    ids = [item.pk for item in items]
    if not ids or not text.strip() or not member.may("evidence.download"):
        return {}
    # Asked again, whatever the caller filtered by: a snippet is the content of the file.
    allowed = list(EvidenceItem.objects.filter(readable_by(member), pk__in=ids).values_list("pk", flat=True))
    said: dict[str, Any] = {
        "text": text,
        "first": text.split()[0],
        "items": allowed,
        "before": BEFORE,
        "around": AROUND,
        "options": f"StartSel={START}, StopSel={END}, MaxWords=30, MinWords=15, MaxFragments=0",
    }
    if not allowed:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(SNIPPETS, said)
        return {
            item: Snippet(version, name, " ".join(place.split())) for item, version, name, place in cursor.fetchall()
        }
