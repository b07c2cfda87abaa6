"""How often one address, or everybody together, may do one thing; nobody's address is kept.

The cache holds a count under a hash of the address; the salt of the hash is made anew each day and
lives in the cache alone. While Redis is away nothing is counted and nothing is refused.
"""

import hmac
import secrets
from contextlib import suppress
from datetime import datetime
from ipaddress import IPv6Address, ip_network

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

HOUR = 60 * 60
DAY = 24 * HOUR


def within_limit(purpose: str, request: HttpRequest, *, per_minute: int, now: datetime) -> bool:
    """Count one try, and say whether this address is still within its limit for this minute."""
    salt = cache.get_or_set(f"limits-salt-{now:%Y-%m-%d}", lambda: secrets.token_hex(16), DAY)
    who = hmac.digest(str(salt).encode(), network_of(address_of(request)).encode(), "sha256").hex()
    return _tries(f"limits-{purpose}-{now:%H%M}-{who}", 120) <= per_minute


def within_limit_for_all(purpose: str, *, per_hour: int, now: datetime) -> bool:
    """Count one try, and say whether everybody together is within the limit of this hour."""
    return _tries(f"limits-{purpose}-all-{now:%Y-%m-%d-%H}", 2 * HOUR) <= per_hour


def _tries(key: str, seconds: int) -> int:
    cache.add(key, 0, seconds)
    try:
        return int(cache.incr(key))
    except ValueError:  # the key ran out between the two calls
        return 0


def address_of(request: HttpRequest) -> str:
    """The address of the browser, as told by the proxies we trust, if there are any."""
    trusted = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    told = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    if trusted and len(told) >= trusted:
        return told[-trusted]
    return str(request.META.get("REMOTE_ADDR", ""))


def network_of(address: str) -> str:
    """The address, or of a long one (IPv6) the block that one household or library is given whole."""
    with suppress(ValueError):
        return str(ip_network(f"{IPv6Address(address)}/64", strict=False).network_address)
    return address
