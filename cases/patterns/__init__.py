"""Templates of arguments: what they ask, and the argument that the answers make of them. Data and pure functions."""

from cases.patterns.answering import Fault, Person, checked
from cases.patterns.instantiating import AnswersRefused, instantiate, skeleton
from cases.patterns.library import pattern_called, patterns
from cases.patterns.model import Pattern, Question

__all__ = [
    "AnswersRefused",
    "Fault",
    "Pattern",
    "Person",
    "Question",
    "checked",
    "instantiate",
    "pattern_called",
    "patterns",
    "skeleton",
]
