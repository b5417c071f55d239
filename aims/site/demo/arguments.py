"""An argument that somebody drafted as text and handed in, waiting to be confirmed: what bringing one in looks like."""

from typing import Final

from aims.tenancy.models import Member
from cases.actions.exchange import upload_argument
from cases.exchange.source import Source
from inventory.models import AISystem

# As people write them: a strategy rests on evidence, a report is named by its address, a doubt is noted beside the claim.
TEXT: Final = """\
# Drafted in the workshop of {system}
- Claim G1: {system} can be relied on after the next release
  - Context C1: The groups of users that the register names (scope.pdf)
  - Strategy S1: Argue over what the release changes
    - Claim G2: The new model is at least as good for every group
      - Evidence Sn1: Comparison of both models (https://example.org/comparison.pdf)
      - Relation: {{iscounter}}
        - Claim CG1: The comparison leaves out the smallest group {{iscounter}}
    - Claim G3: Nobody loses a way to contest a result {{undeveloped}}
    - Evidence Sn2: Release notes (https://example.org/release-notes.html)
"""


def hand_in_argument(systems: dict[str, AISystem], officer: Member) -> None:
    """For the second system of the organisation, as an officer would."""
    system = list(systems.values())[1]
    content = TEXT.format(system=system.name).encode()
    upload_argument(sources=[Source("next-release.ltac", content)], system=system, actor=officer)
