"""Measurements against hand-written baselines, in the same run, as ratios: never a timed test."""
