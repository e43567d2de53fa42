"""Tests of Sendoff; `python -m tests` runs them all, see __main__.py."""
