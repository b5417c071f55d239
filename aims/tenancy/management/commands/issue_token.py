"""`./run manage issue_token ORG EMAIL --scope read`: prints the token, and nothing else, on standard output."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from aims.rules import RuleBroken
from aims.tenancy.actions import issue_token
from aims.tenancy.management.asking import member_with, organisation_named
from aims.tenancy.scope import working_in


class Command(BaseCommand):
    help = "Issue an API token for a member; it is shown once and kept nowhere."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organisation", help="short name, as in /o/<short name>/")
        parser.add_argument("email", help="address of the member whose permissions the token has")
        parser.add_argument(
            "--scope", action="append", dest="scopes", help="read, write or a permission such as risks.add; repeatable"
        )
        parser.add_argument("--days", type=int, default=90, help="days until it expires (default 90)")
        parser.add_argument("--name", default="command line", help="what will use it")

    def handle(
        self, *args: Any, organisation: str, email: str, scopes: list[str] | None, days: int, name: str, **options: Any
    ) -> None:
        with working_in(organisation_named(organisation)):
            try:
                _token, secret = issue_token(
                    member_with(email), name=name, scopes=scopes or ["read"], days=days, actor=None
                )
            except RuleBroken as rule:
                raise CommandError(rule.message) from None
        self.stdout.write(secret)
