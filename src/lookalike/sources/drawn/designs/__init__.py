"""The designers of each category, by the kind of workshop they come from."""
