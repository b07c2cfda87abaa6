"""Secrets in links: 256 bits of chance in the address, and only their hash in the table."""

import hashlib
import secrets


def new_secret() -> str:
    """43 letters, digits, hyphens and underscores: long enough for logs to leave it out."""
    return secrets.token_urlsafe(32)


def hash_of(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
