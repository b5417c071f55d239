"""Audit packs: what the records say at one moment, collected step by step and printed as one PDF."""
