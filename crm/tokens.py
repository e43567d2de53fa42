"""Secrets that a browser keeps for us: 256 random bits there, and only their hash here."""

import hashlib
import secrets


def new_token() -> str:
    """A fresh secret; whoever holds it is who it was given to."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is stored of a secret. A plain hash is enough for 256 random bits, which nobody can try through."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
