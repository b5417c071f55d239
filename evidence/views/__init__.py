"""The pages of the evidence library."""
