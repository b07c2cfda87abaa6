"""Facts that travel through a browser and back without being readable or changeable on the way.

Encrypted and signed with keys made from SECRET_KEY, one for each purpose; keys made from
SECRET_KEY_FALLBACKS still open what they sealed.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class BrokenSealError(Exception):
    """What came back is too old, or is not what was sealed."""


def seal(content: Mapping[str, Any], *, purpose: str, now: datetime) -> str:
    """Close these facts for a journey through a browser."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return _keys(purpose).encrypt_at_time(text.encode(), int(now.timestamp())).decode()


def unseal(sealed: str, *, purpose: str, now: datetime, good_for: timedelta) -> dict[str, Any]:
    """The facts again. Raises BrokenSealError if the seal is broken or older than `good_for`."""
    try:
        text = _keys(purpose).decrypt_at_time(
            sealed.encode(errors="replace"), int(good_for.total_seconds()), int(now.timestamp())
        )
    except InvalidToken:
        raise BrokenSealError from None
    content: dict[str, Any] = json.loads(text)
    return content


def _keys(purpose: str) -> MultiFernet:
    """The first key seals; every key opens."""
    return MultiFernet(
        [_key(secret, purpose) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    )


def _key(secret: str, purpose: str) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"seal {purpose}".encode())
    return Fernet(urlsafe_b64encode(derived.derive(secret.encode())))
