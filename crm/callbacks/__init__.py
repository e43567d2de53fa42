"""Calls that were promised to customers: made once, shown to whoever may make them, and closed by a person."""
