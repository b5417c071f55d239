"""Assurance smells: what tells an argument that is kept up from one that is performed (README, "Smells")."""
