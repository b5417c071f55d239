"""`./run manage change_email OLD NEW`: another address for an account, after the operator has made sure of it."""

from typing import Any

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction

from aims.tenancy.models import User


class Command(BaseCommand):
    help = "Change the e-mail address that a person signs in with."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("old")
        parser.add_argument("new")

    @transaction.atomic
    def handle(self, *args: Any, old: str, new: str, **options: Any) -> None:
        try:
            validate_email(new)
        except ValidationError as problem:
            raise CommandError(f"{new}: {' '.join(problem.messages)}") from None
        user = User.objects.select_for_update().filter(email__iexact=old).first()
        if user is None:
            raise CommandError(f"There is no account for {old}.")
        if User.objects.filter(email__iexact=new).exclude(pk=user.pk).exists():
            raise CommandError(f"{new} belongs to another account.")
        user.email = new.lower()
        user.save(update_fields=["email"])
        EmailAddress.objects.filter(user=user).delete()
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        self.stdout.write(f"{old} signs in as {user.email} from now on.")
