"""The collectors of the inputs of a management review, by the clause's letters: see `audits.inputs`."""

from audits.collectors import assurance, checking, circumstances, recommended

__all__ = ["assurance", "checking", "circumstances", "recommended"]
