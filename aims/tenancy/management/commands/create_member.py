"""`./run manage create_member ORG EMAIL --role governance_officer`: the first officer of an organisation."""

import sys
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse

from aims.rules import RuleBroken
from aims.tenancy.actions import add_member
from aims.tenancy.management.asking import organisation_named
from aims.tenancy.models import User
from aims.tenancy.permissions import Role
from aims.tenancy.scope import working_in


class Command(BaseCommand):
    help = "Make an account, if the address has none, and a member of an organisation."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organisation", help="short name, as in /o/<short name>/")
        parser.add_argument("email")
        parser.add_argument("--name", default="", help="name of the person (default: the address)")
        parser.add_argument(
            "--role",
            action="append",
            dest="roles",
            choices=Role.values,
            help="repeatable; default: governance_officer",
        )
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password of a new account from standard input"
        )

    @transaction.atomic
    def handle(
        self,
        *args: Any,
        organisation: str,
        email: str,
        name: str,
        roles: list[str] | None,
        password_stdin: bool,
        **options: Any,
    ) -> None:
        found = organisation_named(organisation)
        try:
            validate_email(email)
            user = User.objects.filter(email__iexact=email).first()
            is_new = user is None
            if user is None:
                user = make_account(email, name, sys.stdin.readline().rstrip("\n") if password_stdin else None)
            with working_in(found):
                member = add_member(
                    found,
                    user=user,
                    display_name=(name or email)[:150],
                    roles=roles or [Role.GOVERNANCE_OFFICER],
                    actor=None,
                )
        except RuleBroken as rule:
            raise CommandError(rule.message) from None
        except ValidationError as problem:
            raise CommandError(" ".join(problem.messages)) from None
        self.stdout.write(f"{user.email} is a member of {found.name}: {', '.join(member.role_names)}")
        if is_new and not password_stdin:
            self.stdout.write(f"They choose a password at {settings.BASE_URL}{reverse('account_reset_password')}")


def make_account(email: str, name: str, password: str | None) -> User:
    """An account whose address the operator vouches for; without a password it is set by the link for forgotten ones."""
    if password is not None:
        validate_password(password, User(email=email, name=name))
    user = User.objects.create_user(email, password, name=name[:150])
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user
