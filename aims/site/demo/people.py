"""The people of the demo; the same six roles in both organisations and one auditor from outside."""

from dataclasses import dataclass

from aims.tenancy.models import User
from aims.tenancy.permissions import Role


@dataclass(frozen=True)
class Person:
    """Somebody in both organisations; `email` holds `{slug}`."""

    key: str
    email: str
    name: str
    job_title: str
    role: str


PEOPLE = [
    Person("officer", "officer@{slug}.example", "Ines Officer", "Head of AI governance", Role.GOVERNANCE_OFFICER),
    Person("owner", "owner@{slug}.example", "Omar Owner", "Product lead", Role.SYSTEM_OWNER),
    Person("contributor", "contributor@{slug}.example", "Cleo Contributor", "Data scientist", Role.CONTRIBUTOR),
    Person("challenger", "challenger@{slug}.example", "Chidi Challenger", "Model risk reviewer", Role.CHALLENGER),
    Person("executive", "executive@{slug}.example", "Eva Executive", "Chief risk officer", Role.EXECUTIVE),
    Person(
        "internal_auditor", "internal-auditor@{slug}.example", "Ivo Auditor", "Internal audit", Role.INTERNAL_AUDITOR
    ),
    Person("observer", "observer@{slug}.example", "Odile Observer", "Works council", Role.OBSERVER),
    Person("certifier", "certifier@assessor.example", "Carla Certifier", "Lead auditor", Role.CERTIFICATION_AUDITOR),
]


def account(email: str, name: str, password: str | None) -> User:
    """The account with this address, made when it is not there; without a password nobody can sign in to it."""
    existing = User.objects.filter(email=email).first()
    return existing or User.objects.create_user(email, password, name=name)
