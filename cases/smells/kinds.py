"""What smells, why it does, and what one would expect instead: the texts that people read beside the records.

A smell is no rule: nothing is refused and no standing moves. It is a question that stays until the records answer it, or a
person does, with a reason that everybody can read. The thought follows Leveson (2011) and Kelly (2008) on safety cases that are
written to convince rather than to find out, and the Nimrod Review (Haddon-Cave, 2009) on paper that nobody had opened.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db import models
from django.utils.translation import gettext_lazy as _


class SmellKind(models.TextChoices):
    """The smells; the value is stored."""

    BEFORE_AUDIT = "before_audit", _("All evidence was collected in the week before an audit")
    OLDER_THAN_VERSION = "older_than_version", _("Evidence is older than the version in operation")
    NOT_FROM_PRODUCTION = "not_from_production", _("A claim about operation rests on training or test data")
    APPROVED_UNSEEN = "approved_unseen", _("Something was approved within seconds, or without being opened")
    UNCHALLENGED = "unchallenged", _("Nobody challenged it")
    UNMEASURED = "unmeasured", _("Claims without a metric and without a condition")
    ONLY_PROCESS = "only_process", _("Every claim is about how the system was made, none about what it does")
    COMMON_CAUSE = "common_cause", _("One piece of evidence carries many claims")
    SILENT_MONITOR = "silent_monitor", _("A monitor that never alarmed and was never tested")
    PRODUCER_DISAGREES = "producer_disagrees", _("A producer judges its readings otherwise than the claim does")
    NOTHING_FOUND = "nothing_found", _("Nothing was found wrong anywhere in a year")


@dataclass(frozen=True, slots=True)
class Why:
    """Why a kind of record is looked at twice, and what would answer the question."""

    reason: Any
    remedy: Any


WHY: Final[Mapping[SmellKind, Why]] = {
    SmellKind.BEFORE_AUDIT: Why(
        _(
            "Evidence that is gathered because the auditor comes shows that the organisation can gather it, not that the "
            "system was watched in the months between."
        ),
        _("Let each piece be collected when it comes due; the calendar of expiries says when."),
    ),
    SmellKind.OLDER_THAN_VERSION: Why(
        _("It was collected before the version that is in operation went live, so it cannot have observed it."),
        _("Collect it again on the version in operation, or say why that version behaves the same."),
    ),
    SmellKind.NOT_FROM_PRODUCTION: Why(
        _("Data of training, validation and test was chosen; what arrives in operation was not."),
        _("Add evidence from shadow operation or production, or narrow the claim to what was tested."),
    ),
    SmellKind.APPROVED_UNSEEN: Why(
        _(
            "A verdict after a few seconds, or on a file that was never opened, says that somebody agreed, not that somebody looked."
        ),
        _("Look at it again with open files and record the verdict anew, or say how it was looked at elsewhere."),
    ),
    SmellKind.UNCHALLENGED: Why(
        _("An argument in which nobody found anything to doubt was read by people who agree, or not read."),
        _("Ask a challenger from elsewhere, or name what was attacked in vain."),
    ),
    SmellKind.UNMEASURED: Why(
        _("Nothing that happens could make such a claim fall, so it says nothing about what happens."),
        _("Give each claim a metric with a threshold, or the condition under which it stops holding."),
    ),
    SmellKind.ONLY_PROCESS: Why(
        _("A careful process can still make a system that does harm. What counts is what the system does."),
        _("Add claims about outcomes, oversight or control, and measure them."),
    ),
    SmellKind.COMMON_CAUSE: Why(
        _("If that one piece is wrong, all of these claims fall at once; they look independent and are not."),
        _("Add evidence of another origin for the claims that matter most."),
    ),
    SmellKind.SILENT_MONITOR: Why(
        _(
            "A monitor that never says anything is either a sign of good health or broken, and from outside both look the same."
        ),
        _("Trip it on purpose and record that it came true, or lower its threshold until it speaks now and then."),
    ),
    SmellKind.PRODUCER_DISAGREES: Why(
        _(
            "Two rules are at work: whoever watches the producer sees another verdict than this case, and one of both does not "
            "measure what the claim says."
        ),
        _("Bring the rule of the producer and that of the metric together, or say why they differ."),
    ),
    SmellKind.NOTHING_FOUND: Why(
        _(
            "Over a year and several cases no evidence was rejected, no doubt raised, no condition came true and no audit found "
            "anything. Real systems and real reviews are not like that."
        ),
        _("Ask people from outside to look, and make it safe to report what they find."),
    ),
}
