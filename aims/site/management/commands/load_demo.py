"""`./run manage load_demo`: two invented organisations, with sign-ins for every role."""

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from aims.site.demo.loading import load_demo

DEFAULT_PASSWORD = "demo-please-change"  # noqa: S105 (said in the README; AIMS_DEMO_PASSWORD replaces it)


class Command(BaseCommand):
    help = "Load the demo's two organisations; what is there already stays."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--password", default=os.environ.get("AIMS_DEMO_PASSWORD", DEFAULT_PASSWORD))

    def handle(self, *, password: str, verbosity: int, **options: Any) -> None:
        load_demo(password, self.stdout.write if verbosity else lambda text: None)
