import socket
import time

import pytest
from django.core.cache import caches


@pytest.fixture
def silent_redis(settings):
    """A server that takes connections and never answers."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        settings.CACHES = {
            "default": {
                **settings.CACHES["default"],
                "LOCATION": f"redis://127.0.0.1:{silent.getsockname()[1]}/0",
                "OPTIONS": {"socket_connect_timeout": 0.3, "socket_timeout": 0.3},
            }
        }
        yield


def test_a_redis_that_never_answers_is_waited_for_once(silent_redis, caplog):
    cache = caches["default"]

    started = time.monotonic()
    answers = [cache.get("a"), cache.get("b", "nothing"), cache.add("a", 1), cache.incr("a")]
    took = time.monotonic() - started

    assert answers == [None, "nothing", True, 1]
    assert took < 1
    assert caplog.messages == ["Redis is away: the cache answers as empty."]


def test_clearing_the_cache_leaves_what_else_lives_in_redis_alone():
    cache = caches["default"]
    redis = cache._cache.get_client(write=True)
    cache.set("a", 1)
    redis.set("somebody-else", "kept", ex=60)

    cache.clear()

    assert (cache.get("a"), redis.get("somebody-else")) == (None, b"kept")
