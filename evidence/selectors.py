"""What the page of one piece of evidence shows."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from aims.pages.badges import Badge, named_badge
from evidence.listing import REVIEW_BADGES, freshness_of
from evidence.models import EvidenceFile, EvidenceItem, EvidenceVersion, FileText
from evidence.reading import REASONS
from evidence.storage import Integrity, integrity_of
from evidence.strip import Stretch, Strip, draw

INTEGRITY_BADGES = {
    Integrity.WHOLE: ("good", "shield-check"),
    Integrity.SIZE_MATCHES: ("info", "circle-check"),
    Integrity.CHANGED: ("bad", "alert-octagon"),
    Integrity.MISSING: ("bad", "unlink"),
}

# The rows of the texts without the texts themselves.
FILES_WITH_TEXT_STATE = Prefetch(
    "files",
    EvidenceFile.objects.prefetch_related(Prefetch("texts", FileText.objects.without_text())),
)


def text_of(file: EvidenceFile) -> FileText | None:
    """How far the reading of a file's text is; None for a file whose type is not read."""
    rows = (
        file.texts.all() if "texts" in getattr(file, "_prefetched_objects_cache", {}) else (file.texts.without_text())
    )
    return next(iter(rows), None)


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file and what is known of its content now."""

    file: EvidenceFile
    integrity: Integrity
    text: FileText | None

    @property
    def why_unreadable(self) -> str:
        """Why search cannot find it by its text, and what to do; empty when it can, or will."""
        return str(REASONS.get(self.text.failure, "")) if self.text else ""

    @property
    def badge(self) -> SafeString:
        words = {
            Integrity.WHOLE: _("Hash matches"),
            Integrity.SIZE_MATCHES: _("Size matches; hashed on download"),
            Integrity.CHANGED: _("Changed since it was recorded"),
            Integrity.MISSING: _("Missing from the storage"),
        }
        tone, icon = INTEGRITY_BADGES[self.integrity]
        return Badge(words[self.integrity], tone, icon).__html__()


@dataclass(frozen=True, slots=True)
class ShownVersion:
    """A version with its badges and files, as of an instant."""

    version: EvidenceVersion
    freshness: SafeString
    review: SafeString
    is_current: bool
    files: list[ShownFile]

    @property
    def has_broken_file(self) -> bool:
        return any(file.integrity.is_broken for file in self.files)


@dataclass(frozen=True, slots=True)
class EvidencePage:
    """One piece of evidence, evaluated now."""

    item: EvidenceItem
    freshness: SafeString
    current: ShownVersion | None
    versions: list[ShownVersion]
    strip: Strip | None
    now: datetime

    @property
    def needs_review(self) -> bool:
        return self.current is not None and self.current.version.review == EvidenceVersion.Review.PENDING

    @property
    def has_broken_file(self) -> bool:
        return any(not each.version.is_intact or each.has_broken_file for each in self.versions)

    @property
    def found_broken(self) -> list[EvidenceVersion]:
        """Versions with a file that was just seen to be broken, and of which nobody knows yet."""
        return [each.version for each in self.versions if each.has_broken_file and each.version.is_intact]


def find_item(number: int) -> EvidenceItem:
    """The item with what its page needs; DoesNotExist when there is none."""
    return EvidenceItem.objects.select_related("owner", "system", "current", "superseded_by").get(number=number)


def evidence_page(item: EvidenceItem, now: datetime) -> EvidencePage:
    """Everything that the page shows; files of the current version are hashed if small, older ones told by size."""
    found = item.versions.select_related("system_version", "submitted_by", "reviewed_by").prefetch_related(
        FILES_WITH_TEXT_STATE
    )
    versions = [shown(version, item, now) for version in found]
    current = next((version for version in versions if version.is_current), None)
    return EvidencePage(item, freshness_of(item, now).__html__(), current, versions, strip_of(versions, now), now)


def shown(version: EvidenceVersion, item: EvidenceItem, now: datetime) -> ShownVersion:
    files = [ShownFile(file, integrity_of(file), text_of(file)) for file in version.files.all()]
    return ShownVersion(
        version=version,
        freshness=named_badge("freshness", version.freshness(now).state.value).__html__(),
        review=REVIEW_BADGES[version.review].__html__(),
        is_current=version.pk == item.current_id,
        files=files,
    )


def strip_of(versions: list[ShownVersion], now: datetime) -> Strip | None:
    return draw(
        [
            Stretch(
                f"v{each.version.ordinal}",
                each.version.collected_at,
                each.version.valid_until,
                each.version.grace_until,
                each.version.is_usable,
            )
            for each in versions
        ],
        now,
    )
