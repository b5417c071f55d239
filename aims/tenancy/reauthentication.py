"""Proving anew who one is, in the middle of a session, before an act that a person answers for with their name."""

from enum import StrEnum
from typing import Any

import structlog
from allauth.core.internal import ratelimit
from allauth.mfa.models import Authenticator
from django.http import HttpRequest
from django.utils.translation import gettext as _

from aims.rules import RuleBroken

log = structlog.get_logger(__name__)


class Proof(StrEnum):
    PASSWORD = "password"  # noqa: S105 (a kind of proof)
    PASSWORD_AND_CODE = "password_and_code"  # noqa: S105


def asks_for_code(user: Any) -> bool:
    """Whether the account has a second factor that can be typed: an authenticator app."""
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()


def prove_identity(user: Any, *, password: str, code: str = "") -> Proof:
    """Check the password, and the code where the account has an authenticator app; RuleBroken says what is wrong.

    Each try counts against the same limit as proving oneself in the account's settings, so that a session left open is no
    place to guess passwords. A recovery code counts as a code, and is used up by it.
    """
    if not is_within_limit(user):
        raise RuleBroken(_("That were too many tries. Wait a minute and try again."), field="password")
    if not user.is_active or not user.check_password(password):
        log.warning("identity_not_proved", user=str(user.pk), by="password")
        raise RuleBroken(_("That is not your password. Nothing was signed."), field="password")
    if not asks_for_code(user):
        return Proof.PASSWORD
    if not is_code_of(user, code.replace(" ", "")):
        log.warning("identity_not_proved", user=str(user.pk), by="code")
        raise RuleBroken(_("Give the present code of your authenticator app, or a recovery code."), field="code")
    return Proof.PASSWORD_AND_CODE


def is_code_of(user: Any, code: str) -> bool:
    kinds = [Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES]
    own = Authenticator.objects.filter(user=user, type__in=kinds)
    return bool(code) and any(one.wrap().validate_code(code) for one in own)


def is_within_limit(user: Any) -> bool:
    """Count one try. The limit is by person, so the request that allauth asks for says nothing."""
    request = HttpRequest()
    request.method = "POST"
    return ratelimit.consume(request, app="allauth.account", action="reauthenticate", user=user) is not None
