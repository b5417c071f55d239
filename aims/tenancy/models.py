"""Organisations, the people in them, and what lets them in: members, invitations, tokens, engagements."""

import hashlib
from functools import cached_property
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionAbstract, UserObjectPermissionAbstract, UserObjectPermissionBase

from aims.tenancy.append_only import append_only
from aims.tenancy.ids import uuid7
from aims.tenancy.owned import OrganisationOwned, Record, Reference
from aims.tenancy.permissions import READ_ONLY_ROLES, Role, permissions_of
from aims.tenancy.querysets import EngagementQuerySet, InvitationQuerySet, MemberQuerySet, TokenQuerySet

ATTEND = "attend_engagement"
"""The object permission that opens the door of an engagement."""

__all__ = ["OrganisationOwned", "Record", "Reference"]


class UserManager(BaseUserManager["User"]):
    """Accounts are known by their e-mail address, compared without case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email__iexact=email)


class User(AbstractBaseUser, PermissionsMixin):
    """One account of one person, for all organisations that they belong to. Deactivated, never deleted."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)

    objects = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = []  # noqa: RUF012

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="tenancy_user_email_lower_uniq")]

    def __str__(self) -> str:
        return self.name or self.email


class Organisation(models.Model):
    """A tenant: the organisation whose AI management system this is."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(_("short name in addresses"), unique=True, max_length=63)
    name = models.CharField(_("name"), max_length=200)
    is_active = models.BooleanField(default=True)
    # From which hour of the day the members' digests are made, in the time of the installation; null: never.
    digest_hour = models.PositiveSmallIntegerField(_("hour of the daily digest"), null=True, default=7, db_default=7)
    digest_planned_on = models.DateField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Member(OrganisationOwned):
    """A person in an organisation, with roles. The only kind of actor that there is. Deactivated, never deleted."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    display_name = models.CharField(_("name"), max_length=150)
    job_title = models.CharField(_("job title"), max_length=150, blank=True)
    unit = models.CharField(_("unit"), max_length=150, blank=True)
    roles = ArrayField(models.CharField(max_length=40, choices=Role), verbose_name=_("roles"), default=list)
    is_active = models.BooleanField(_("active"), default=True)
    wants_digest = models.BooleanField(_("daily digest by e-mail"), default=True, db_default=True)
    deactivated_at = models.DateTimeField(null=True, editable=False)
    revision = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = MemberQuerySet.as_manager()

    class Meta:
        ordering = ["display_name", "id"]
        constraints = [models.UniqueConstraint(fields=["organisation", "user"], name="tenancy_member_user_uniq")]

    def __str__(self) -> str:
        return self.display_name

    @cached_property
    def permissions(self) -> frozenset[str]:
        """Names of all that this member's roles allow."""
        return permissions_of(self.roles)

    def may(self, permission: str) -> bool:
        """Whether the roles allow it; the record may still say no."""
        return permission in self.permissions

    @property
    def is_read_only(self) -> bool:
        """Whether every role only reads, so that the database refuses writes for this member."""
        return all(role in READ_ONLY_ROLES for role in self.roles)

    @property
    def is_certification_auditor(self) -> bool:
        """Whether this member comes from outside and needs an open engagement to enter."""
        return Role.CERTIFICATION_AUDITOR in self.roles

    @property
    def role_names(self) -> list[str]:
        """The roles in words."""
        return [str(Role(role).label) for role in self.roles if role in Role.values]


class Engagement(Record):
    """A certification auditor's time-boxed door into this organisation (ISO/IEC 17021-1).

    Whoever holds the object permission `attend_engagement` comes in by it. A limited one covers the AI systems that are
    named for it (`inventory.EngagementSystem`), none until then; any other covers the whole organisation.
    """

    title = models.CharField(_("title"), max_length=200)
    member = Reference(Member, verbose_name=_("lead auditor"), related_name="engagements")
    body = models.CharField(_("certification body"), max_length=200, blank=True)
    starts_on = models.DateField(_("opens on"))
    ends_on = models.DateField(_("closes on"))
    period_from = models.DateField(_("audited period from"))
    period_to = models.DateField(_("audited period to"))
    is_limited = models.BooleanField(_("covers some AI systems only"), default=False)
    ended_at = models.DateTimeField(_("ended early"), null=True, editable=False)

    objects = EngagementQuerySet.as_manager()

    class Meta:
        ordering = ["-ends_on"]
        permissions = [(ATTEND, "Can enter by the engagement")]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        """Whether the auditor may enter today."""
        return self.ended_at is None and self.starts_on <= timezone.localdate() <= self.ends_on


class EngagementGrant(OrganisationOwned, UserObjectPermissionBase):
    """Who enters by an engagement: guardian's grants on it, few, with a real key."""

    content_object = Reference(Engagement, on_delete=models.CASCADE, related_name="grants")

    class Meta(UserObjectPermissionBase.Meta):
        unique_together = []
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "user", "permission", "content_object"], name="tenancy_engagementgrant_uniq"
            )
        ]


class Invitation(OrganisationOwned):
    """An invitation by e-mail; the link's secret is kept only as a digest."""

    email = models.EmailField(_("e-mail address"))
    display_name = models.CharField(_("name"), max_length=150)
    roles = ArrayField(models.CharField(max_length=40, choices=Role), verbose_name=_("roles"))
    digest = models.CharField(max_length=64, editable=False)
    invited_by = Reference(Member, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(_("open until"))
    mailed_at = models.DateTimeField(_("e-mailed"), null=True)
    accepted_at = models.DateTimeField(_("accepted"), null=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "digest"], name="tenancy_invitation_digest_uniq")
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def is_open(self) -> bool:
        """Whether its link still works."""
        return self.accepted_at is None and self.withdrawn_at is None and self.expires_at > timezone.now()


def digest_of(secret: str) -> str:
    """SHA-256 of a high-entropy secret, which needs no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Token(OrganisationOwned):
    """An API token of a member: shown once, kept as a digest; its scope can only narrow what the member may do."""

    member = Reference(Member, related_name="tokens")
    name = models.CharField(_("name"), max_length=100)
    prefix = models.CharField(max_length=12, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    scopes = ArrayField(models.CharField(max_length=60), verbose_name=_("scopes"), default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"))
    last_used_at = models.DateTimeField(_("last used"), null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = TokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint(fields=["organisation", "digest"], name="tenancy_token_digest_uniq")]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def is_usable(self) -> bool:
        """Whether it still opens the API, as far as the token itself goes."""
        return self.revoked_at is None and self.expires_at > timezone.now()

    def allows(self, permission: str) -> bool:
        """Whether the scopes cover a permission: `read` is every view, download and export, `write` is everything."""
        verb = permission.rpartition(".")[2]
        if "write" in self.scopes or permission in self.scopes:
            return True
        return "read" in self.scopes and verb in {"view", "download", "export", "own"}


class Counter(OrganisationOwned):
    """The last number given to a kind of record in an organisation."""

    kind = models.CharField(max_length=60)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "kind"], name="tenancy_counter_kind_uniq")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.last}"


class Submission(OrganisationOwned):
    """A write already carried out under a key: sent twice, it answers the same and does nothing again."""

    member = Reference(Member, related_name="+")
    key = models.CharField(max_length=100)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    location = models.CharField(max_length=500, blank=True)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "member", "key"], name="tenancy_submission_key_uniq")
        ]

    def __str__(self) -> str:
        return self.key


@append_only
class AccessLog(OrganisationOwned):
    """What a certification auditor opened or downloaded, and when."""

    member = Reference(Member, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    method = models.CharField(max_length=10)
    path = models.CharField(max_length=500)
    status = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class ObjectGrant(OrganisationOwned, UserObjectPermissionAbstract):
    """Guardian's table for grants on anything, with an organisation. Rooms keep tables of their own with real keys."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)

    class Meta(UserObjectPermissionAbstract.Meta):
        abstract = False
        unique_together = []
        indexes = []
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "user", "permission", "object_pk"], name="tenancy_objectgrant_uniq"
            )
        ]


class GroupObjectGrant(OrganisationOwned, GroupObjectPermissionAbstract):
    """Guardian asks for a table of group grants too; nothing here grants to groups."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)

    class Meta(GroupObjectPermissionAbstract.Meta):
        abstract = False
        unique_together = []
        indexes = []
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "group", "permission", "object_pk"], name="tenancy_groupobjectgrant_uniq"
            )
        ]
