"""Bringing a register of AI systems in from any CSV or Excel file.

Three steps, all pure: `parse` turns bytes into records with the row numbers that a person sees in a spreadsheet,
`guess_mapping` proposes which column fills which field (a person confirms), `plan` turns records into typed rows with
a stable key each. Nothing here touches the database: an action takes the plan and applies it.
"""

from .fields import FIELDS, STAGES, Field
from .mapping import Mapping, MappingError, guess_mapping
from .planning import DuplicateGroup, ImportPlan, Row, plan
from .reading import ImportRefused, Limits, ParsedFile, Record, parse
from .values import Problem

__all__ = [
    "FIELDS",
    "STAGES",
    "DuplicateGroup",
    "Field",
    "ImportPlan",
    "ImportRefused",
    "Limits",
    "Mapping",
    "MappingError",
    "ParsedFile",
    "Problem",
    "Record",
    "Row",
    "guess_mapping",
    "parse",
    "plan",
]
