"""`./run manage create_organisation SLUG NAME`: a new, empty organisation."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from aims.rules import RuleBroken
from aims.tenancy.actions import create_organisation

LONGEST_SLUG, LONGEST_NAME = 63, 200


class Command(BaseCommand):
    help = "Create an organisation; give it a first governance officer with create_member."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="short name for addresses: letters, digits and hyphens")
        parser.add_argument("name", help="name as people see it")

    def handle(self, *args: Any, slug: str, name: str, **options: Any) -> None:
        if not name.strip() or len(name) > LONGEST_NAME or len(slug) > LONGEST_SLUG:
            raise CommandError(f"The short name has 1 to {LONGEST_SLUG} characters, the name 1 to {LONGEST_NAME}.")
        try:
            organisation = create_organisation(name=name, slug=slug)
        except RuleBroken as rule:
            raise CommandError(rule.message) from None
        except ValidationError as problem:
            raise CommandError(f"slug: {' '.join(problem.messages)}") from None
        self.stdout.write(f"Created {organisation.name} at /o/{organisation.slug}/")
