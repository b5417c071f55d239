"""`./run demo --check`: drive the whole loop once and say what happened; exit 1 with the reason when something does not hold."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from aims.rules import RuleBroken
from aims.site.demo.checking import Check, CheckFailed


class Command(BaseCommand):
    help = "Drive the loop once: import, link, evidence, sweep, standing, pack, trail. Needs a running worker."

    def handle(self, **options: Any) -> None:
        try:
            Check(self.stdout.write).run()
        except (CheckFailed, RuleBroken) as failed:
            raise CommandError(str(failed)) from None
        self.stdout.write(self.style.SUCCESS("The loop works."))
