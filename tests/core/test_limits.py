from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.test import RequestFactory

from core.limits import address_of, network_of, within_limit, within_limit_for_all

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def a_request(address="192.0.2.7", **headers):
    return RequestFactory().get("/", REMOTE_ADDR=address, headers=headers)


def test_an_address_has_so_many_tries_a_minute_and_others_have_their_own():
    tries = [within_limit("send", a_request(), per_minute=2, now=NOON) for _try in range(3)]

    assert tries == [True, True, False]
    assert within_limit("send", a_request("192.0.2.8"), per_minute=2, now=NOON)
    assert within_limit("look", a_request(), per_minute=2, now=NOON)
    assert within_limit("send", a_request(), per_minute=2, now=NOON + timedelta(minutes=1))


def test_everybody_together_has_so_many_tries_an_hour():
    late = NOON + timedelta(minutes=59)
    tries = [within_limit_for_all("send", per_hour=2, now=moment) for moment in (NOON, late, late)]

    assert tries == [True, True, False]
    assert within_limit_for_all("look", per_hour=2, now=late)
    assert within_limit_for_all("send", per_hour=2, now=NOON + timedelta(hours=1))


@pytest.mark.parametrize(
    ("address", "counted_as"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::"),
        ("2001:db8:1:3:aaaa::1", "2001:db8:1:3::"),
        ("nonsense", "nonsense"),
    ],
)
def test_a_household_with_a_block_of_long_addresses_is_one(address, counted_as):
    assert network_of(address) == counted_as


def test_hopping_from_one_long_address_to_the_next_gives_no_more_tries():
    tries = [
        within_limit("send", a_request(f"2001:db8::{number}"), per_minute=2, now=NOON)
        for number in range(3)
    ]

    assert tries == [True, True, False]


def test_no_address_is_in_the_cache():
    within_limit("send", a_request(), per_minute=2, now=NOON)

    redis = cache._cache.get_client()
    held = list(redis.scan_iter("*limits*"))
    kept = b" ".join([*held, *(redis.get(key) for key in held)])
    assert len(held) == 2  # today's salt and one count
    assert b"192.0.2.7" not in kept


def test_nobody_is_refused_while_redis_is_away(settings):
    settings.CACHES = {
        "default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    }

    tries = [within_limit("send", a_request(), per_minute=1, now=NOON) for _try in range(3)]

    assert tries == [True, True, True]


@pytest.mark.parametrize(
    ("proxies", "told", "believed"),
    [
        (0, "203.0.113.9", "192.0.2.7"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        (2, "203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (2, "10.0.0.1", "192.0.2.7"),
    ],
)
def test_only_trusted_proxies_are_believed_about_the_address(settings, proxies, told, believed):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies

    assert address_of(a_request(**{"X-Forwarded-For": told})) == believed
