"""Talking with customers: one conversation for each number, from the first answer on."""
