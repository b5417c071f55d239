"""What to put into the parameters of addresses, so that the walk meets real records."""

from typing import Any

from aims.tenancy.ids import uuid7
from aims.tenancy.models import Invitation, Member, Token
from aims.tenancy.scope import organisation_scope
from audits.models import ChecklistItem
from cases.evaluation import assess
from cases.models import AssuranceCase, Element, EvidenceBinding, Link
from cases.selectors import figures_of
from evidence.models import EvidenceFile
from inventory.models import SystemVersion
from risks.models import ControlEvidence
from tests.isolation.addresses import Address


def file_of_evidence(address: Address) -> Any:
    """A file of the first piece of evidence; without one, an identifier that no file has."""
    first = EvidenceFile.objects.filter(version__item__number=1).values_list("pk", flat=True).first()
    return first or uuid7()


def evidence_of_control(address: Address) -> Any:
    """The number of a piece of evidence of the first control that has one; without one, the first piece."""
    linked = ControlEvidence.objects.filter(control__number=1).values_list("item__number", flat=True)
    return linked.first() or 1


def place_of(address: Address) -> Any:
    """The first version or input; of a checklist the first requirement that it holds."""
    if "/checklist/" not in address.route:
        return 1
    return ChecklistItem.objects.filter(audit__number=1).values_list("ordinal", flat=True).first() or 1


def a_version(address: Address) -> Any:
    """A version of the first system; without one, an identifier that none has."""
    return SystemVersion.objects.filter(system__number=1).values_list("pk", flat=True).first() or uuid7()


def a_member(address: Address) -> Any:
    """The first governance officer."""
    return Member.objects.holding("governance_officer").earliest("created_at").pk


def an_invitation(address: Address) -> Any:
    """The last invitation; without one, an identifier that none has."""
    return Invitation.objects.values_list("pk", flat=True).first() or uuid7()


def a_token(address: Address) -> Any:
    """The last API token; without one, an identifier that none has."""
    return Token.objects.values_list("pk", flat=True).first() or uuid7()


def a_link(address: Address) -> Any:
    """A line of the first case's argument."""
    return Link.objects.filter(case__number=1).values_list("pk", flat=True).first() or uuid7()


def a_binding(address: Address) -> Any:
    """A condition of the first case."""
    return EvidenceBinding.objects.filter(element__case__number=1).values_list("pk", flat=True).first() or uuid7()


def a_key(address: Address) -> Any:
    """The first element of the first case; of its drawing, the first figure."""
    if "/figures/" in address.route:
        return figures_of(assess(AssuranceCase.objects.get(number=1)))[0].key
    return Element.objects.filter(case__number=1).order_by("key").values_list("key", flat=True)[0]


# Numbers count per organisation from 1, so record 1 of every kind exists in both demo organisations.
VALUES: dict[str, Any] = {
    "number": 1,
    "ordinal": place_of,
    "file": file_of_evidence,
    "item": evidence_of_control,
    "kind": "tenancy.member",
    "record": a_member,
    "version_id": a_version,
    "member": a_member,
    "invitation": an_invitation,
    "secret": "nobody-was-invited-with-this",
    "token": a_token,
    "link_id": a_link,
    "binding_id": a_binding,
    "key": a_key,
    "part": "challenger",
    "module": "M1",
    "pattern": "P5",
    "group": "CL",
    "format": "gsn2x",
    "tier": "T2",
    "clause": "6.1",
    "requirement": "4.1-r01",
}


def value_of(address: Address, name: str, slug: str, world: Any) -> Any:
    """The value for one parameter of one address in one organisation; looked up once, because the records stay."""
    value = VALUES[name]
    if not callable(value):
        return value
    known = vars(world).setdefault("values", {})
    if (address.route, name, slug) not in known:
        with organisation_scope(getattr(world, slug)):
            known[address.route, name, slug] = value(address)
    return known[address.route, name, slug]
