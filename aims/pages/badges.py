"""Badges: a status is always text, icon and colour together, so that none of the three carries it alone."""

from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from aims.pages.icons import draw_icon

TONES = ("good", "warn", "bad", "info", "neutral", "open")


@dataclass(frozen=True, slots=True)
class Badge:
    """What a list cell or a page may return to show a status; `str()` gives the words for an export."""

    label: object
    tone: str = "neutral"
    icon: str = "circle"

    def __str__(self) -> str:
        return str(self.label)

    @property
    def html(self) -> SafeString:
        """For templates, which would print the words alone: `{{ status.html }}`."""
        return self.__html__()

    def __html__(self) -> SafeString:
        tone = self.tone if self.tone in TONES else "neutral"
        return format_html(
            '<span class="status status-{}">{}<span>{}</span></span>',
            tone,
            draw_icon(self.icon, size=14),
            self.label,
        )


STANDINGS = {
    "holds": Badge(_("Holds"), "good", "shield-check"),
    "weakened": Badge(_("Weakened"), "warn", "alert-triangle"),
    "undeveloped": Badge(_("Undeveloped"), "open", "circle-dashed"),
    "unsupported": Badge(_("Unsupported"), "neutral", "unlink"),
    "defeated": Badge(_("Defeated"), "bad", "circle-x"),
}
TIERS = {
    "t0": Badge(_("T0 everyday"), "neutral", "leaf"),
    "t1": Badge(_("T1 low"), "info", "circle-minus"),
    "t2": Badge(_("T2 consequential"), "warn", "scale"),
    "t3": Badge(_("T3 high"), "bad", "alert-octagon"),
    "tx": Badge(_("TX prohibited"), "bad", "ban"),
}
FRESHNESS = {
    "fresh": Badge(_("Fresh"), "good", "circle-check"),
    "ageing": Badge(_("Ageing"), "warn", "hourglass"),
    "grace": Badge(_("In grace"), "warn", "clock-exclamation"),
    "stale": Badge(_("Stale"), "bad", "hourglass-empty"),
    "never_expires": Badge(_("Never expires"), "neutral", "infinity"),
    "not_yet": Badge(_("Not yet current"), "info", "calendar-due"),
}
VOCABULARIES = {"standing": STANDINGS, "tier": TIERS, "freshness": FRESHNESS}


def named_badge(vocabulary: str, value: object) -> Badge:
    """The badge of a known word; an unknown or missing one is shown as itself, never hidden."""
    if value is None or value == "":
        return Badge(_("Unknown"), "neutral", "help-circle")
    key = str(getattr(value, "value", value)).strip().lower().replace("-", "_").replace(" ", "_")
    return VOCABULARIES[vocabulary].get(key) or Badge(str(value), "neutral", "help-circle")
