"""Measure against hand-written baselines: `./run bench [--only lists] [--rows 1000000]`."""

import platform
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from aims.site.bench import cases, exchange, lists, packs, readings, seeding, standings, sweeps, texts
from aims.site.organisations import open_organisation
from aims.tenancy.models import Organisation, User

SECTIONS = ("standing", "lists", "sweep", "pack", "readings", "cases", "exchange")


class Command(BaseCommand):
    help = "Seed a large installation and measure ours against hand-written baselines, as ratios."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--only", choices=SECTIONS, action="append", help="only this part (may be repeated)")
        parser.add_argument("--rows", type=int, default=1_000_000, help="risks, and evidence items, in all")
        parser.add_argument("--organisations", type=int, default=1000)
        parser.add_argument("--due", type=int, default=cases.DUE, help="due cases, among as many and ten times as many")
        parser.add_argument("--readings", type=int, default=readings.ROWS, help="readings sent in calls of 10,000")

    def handle(self, **options: Any) -> None:
        wanted = options["only"] or list(SECTIONS)
        if {"lists", "sweep", "pack"} & set(wanted) and options["rows"] < 200_000:
            raise CommandError("--rows must be 200,000 at least: one organisation alone has 100,000")
        self.stdout.write(
            f"machine: {platform.machine()}, Python {platform.python_version()}, {timezone.now():%Y-%m-%d}"
        )
        if "standing" in wanted:
            self.say(standings.measure())
            self.say(texts.measure())
        if {"lists", "sweep", "pack"} & set(wanted):
            user = self.seeded(options)
            parts: dict[str, Callable[[], Iterator[str]]] = {
                "lists": lambda: lists.measure(user, measured_organisations()),
                "pack": lambda: packs.measure(user, seeding.PACKED_SLUG),
                "sweep": lambda: sweeps.measure(options["rows"]),
            }
            for name, part in parts.items():
                if name in wanted:
                    self.say(part())

        if "readings" in wanted:
            if Organisation.objects.exclude(slug__startswith="bench-").exists():
                raise CommandError("the database is not empty: bench empties the table of readings")
            self.say(readings.measure(open_organisation(name="Readings", slug="bench-readings"), options["readings"]))
        if "cases" in wanted:
            self.say(cases.measure(options["organisations"], options["due"]))
        if "exchange" in wanted:
            self.say(exchange.measure(open_organisation(name="Exchange", slug="bench-exchange")))

    def say(self, lines: Iterator[str]) -> None:
        for text in lines:
            self.stdout.write(text)
            self.stdout.flush()

    def seeded(self, options: dict[str, Any]) -> User:
        """Seed an empty database; the one account that may enter every organisation."""
        if Organisation.objects.exists():
            raise CommandError("the database is not empty: bench fills one of its own")
        user = User.objects.create_user("bench@aims.example", None)
        other = User.objects.create_user("others@aims.example", None)
        took = seeding.seed(str(user.pk), str(other.pk), organisations=options["organisations"], rows=options["rows"])
        told = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in took.items() if seconds >= 0.5)
        self.stdout.write(f"seeded {options['organisations']} organisations, {options['rows']} risks and items: {told}")
        return user


def measured_organisations() -> dict[str, tuple[str, str]]:
    """The medium and the large organisation: size -> (slug, id)."""
    large, medium = Organisation.objects.filter(slug__startswith="bench-").order_by("slug")[:2]
    return {"1k": (medium.slug, str(medium.pk)), "100k": (large.slug, str(large.pk))}
