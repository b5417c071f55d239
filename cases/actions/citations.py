"""What an away element or a reference to a module may cite, and who is told when what they cite changes."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from cases.argument import CITED_KINDS, CITING, Kind
from cases.citing import cases_citing, is_reliable, name_of_cited, names_of, way_back
from cases.following import mark_due
from cases.models import ArgumentModule, AssuranceCase, Element


@dataclass(frozen=True, slots=True)
class Cited:
    """What is cited, checked and locked; `circle` names the way back to the citing case where there is one."""

    element: Element | None = None
    module: ArgumentModule | None = None
    circle: str = ""

    @property
    def statement(self) -> str:
        if self.module is not None:
            return self.module.title
        return self.element.statement if self.element else ""

    @property
    def name(self) -> str:
        return name_of_cited(self.element) if self.element else str(self.module or "")


def cited_by(
    case: AssuranceCase,
    home: ArgumentModule,
    kind: str,
    element: Element | None,
    module: ArgumentModule | None,
) -> Cited:
    """What a new element of this kind may cite; kinds that cite nothing keep nothing of what was sent."""
    if kind not in CITING:
        return Cited()
    if kind in (Kind.MODULE_REF, Kind.CONTRACT_REF):
        return cited_module(case, home, kind, module)
    if element is None:
        raise RuleBroken(_("Choose the public element that it cites."), field="cites")
    rows = Element.objects.select_related("case", "module").select_for_update(of=("self",), no_key=True)
    row = rows.get(pk=element.pk)
    if row.kind != CITED_KINDS[Kind(kind)]:
        words = {"kind": Element.Kind(CITED_KINDS[Kind(kind)]).label, "cited": row.address}
        raise RuleBroken(_("%(cited)s is no %(kind)s. Choose one, or another kind of element.") % words, field="cites")
    if not is_reliable(row):
        raise RuleBroken(
            _("%s is not public, or not in force any more. Ask its authors to make it public, or cite another.")
            % row.address,
            field="cites",
        )
    if row.module_id == home.pk:
        raise RuleBroken(_("%s belongs to this module. Link it instead of citing it.") % row.address, field="cites")
    return Cited(element=row, circle=circle_to(case, row.case))


def cited_module(case: AssuranceCase, home: ArgumentModule, kind: str, module: ArgumentModule | None) -> Cited:
    if module is None:
        raise RuleBroken(_("Choose the module that it refers to."), field="cites_module")
    row = ArgumentModule.objects.select_related("case").get(pk=module.pk)
    if row.pk == home.pk:
        raise RuleBroken(_("%s cannot refer to itself. Choose another module.") % row.key, field="cites_module")
    if row.is_contract != (kind == Kind.CONTRACT_REF):
        said = _(
            "A contract reference refers to a contract module, a module reference to any other. Choose one of those."
        )
        raise RuleBroken(said, field="cites_module")
    if row.case.status == AssuranceCase.Status.WITHDRAWN:
        raise RuleBroken(_("Case %d is withdrawn. Choose another module.") % row.case.number, field="cites_module")
    return Cited(module=row, circle=circle_to(case, row.case))


def circle_to(case: AssuranceCase, cited: AssuranceCase) -> str:
    if cited.pk == case.pk:
        return ""
    way = way_back(case, cited.pk)
    return names_of([case.number, *way]) if way else ""


def tell_citing(case: AssuranceCase) -> None:
    """What is public here has changed: the cases that cite it are looked at again."""
    mark_due(cases_citing(cases=[case.pk]))
