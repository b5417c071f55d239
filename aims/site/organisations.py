"""Opening an organisation: what each room needs to be there from the first day."""

from django.db import transaction

from aims.tenancy.actions import create_organisation
from aims.tenancy.models import Organisation
from aims.tenancy.scope import working_in
from risks.actions import adopt_annex_a


@transaction.atomic
def open_organisation(*, name: str, slug: str) -> Organisation:
    """A new organisation with the 38 controls of Annex A to decide on. Raises RuleBroken when the short name is taken."""
    organisation = create_organisation(name=name, slug=slug)
    with working_in(organisation):
        adopt_annex_a(organisation, actor=None)
    return organisation
