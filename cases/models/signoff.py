"""Sign-offs: an owner's “I stand behind this”, bound to the hash of one baseline, with what the person saw."""

from datetime import datetime

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from aims.tenancy.owned import Record, Reference
from aims.trail.history import tracked
from cases.models.argument import AssuranceCase
from cases.models.baselines import Baseline


class SignOffQuerySet(models.QuerySet["SignOff"]):
    def standing(self, at: datetime) -> "SignOffQuerySet":
        """Those that had not lapsed by an instant; whether they had run out, their limit says."""
        return self.filter(models.Q(lapsed_at__isnull=True) | models.Q(lapsed_at__gt=at), signed_at__lte=at)

    def for_list(self) -> "SignOffQuerySet":
        """With what a row of a list shows."""
        return self.select_related("case__system", "member", "baseline").defer(
            "baseline__document", "baseline__reviews", "case__system__details", "case__system__screening"
        )


@tracked(exclude=["remind_at"])
class SignOff(Record):
    """What was signed, by whom and when never changes; that it lapsed is added once."""

    class Role(models.TextChoices):
        ACCOUNTABLE_OWNER = "accountable_owner", _("Accountable owner")

    class Proof(models.TextChoices):
        # How the person proved who they are at the moment of signing.
        PASSWORD = "password", _("Password")  # noqa: S105 (a kind of proof)
        PASSWORD_AND_CODE = "password_and_code", _("Password and second factor")

    class Lapse(models.TextChoices):
        EXPIRED = "expired", _("It expired")
        BASELINE = "baseline", _("Another baseline took the place of the one signed")
        PERSON = "person", _("The person who signed was deactivated")
        OWNER = "owner", _("Somebody else became accountable owner")
        RENEWED = "renewed", _("It was signed anew")
        WITHDRAWN = "withdrawn", _("The case was withdrawn")

    case = Reference(AssuranceCase, related_name="sign_offs")
    baseline = Reference(Baseline, related_name="sign_offs")
    member = Reference("tenancy.Member", verbose_name=_("signed by"), related_name="+")
    role = models.CharField(_("as"), max_length=30, choices=Role, default=Role.ACCOUNTABLE_OWNER)
    statement = models.TextField(_("what was declared"), max_length=5000)
    baseline_sha256 = models.CharField(_("hash of the baseline"), max_length=64)
    # How the case and each of its elements stood then, by address.
    standings = models.JSONField(default=dict)
    # All that was signed, as canonical JSON; `sha256` is over it, and the certificate prints both.
    content = models.JSONField(default=dict)
    sha256 = models.CharField("SHA-256", max_length=64)
    proof = models.CharField(_("proved by"), max_length=20, choices=Proof, default=Proof.PASSWORD)
    signed_at = models.DateTimeField(_("signed"))
    expires_at = models.DateTimeField(_("valid until"))
    remind_at = models.DateTimeField(null=True, editable=False)
    lapsed_at = models.DateTimeField(_("lapsed"), null=True, editable=False)
    lapsed_reason = models.CharField(_("why it lapsed"), max_length=20, choices=Lapse, blank=True, editable=False)

    objects = SignOffQuerySet.as_manager()
    within = "case"

    class Meta:
        ordering = ["-signed_at", "-number"]
        indexes = [
            models.Index(fields=["organisation", "case", "baseline", "-signed_at"], name="cases_signoff_newest_ix"),
            models.Index(
                fields=["remind_at"], condition=models.Q(remind_at__isnull=False), name="cases_signoff_remind_ix"
            ),
        ]
        triggers = [
            # SECURITY: what somebody signed is not for anybody to change, whatever the code above does.
            pgtrigger.ReadOnly(
                name="signed_for_good",
                exclude=["remind_at", "lapsed_at", "lapsed_reason", "revision", "updated_at"],
            ),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="lapses_once", operation=pgtrigger.Update, condition=pgtrigger.Q(old__lapsed_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return _("Sign-off %d") % self.number
