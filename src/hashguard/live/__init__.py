"""A list that changes while it is searched."""
