"""Redis as a cache that the portal can live without."""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import ConnectionError, TimeoutError

logger = logging.getLogger(__name__)

LEFT_ALONE_FOR = 5.0
"""Seconds without a question after Redis did not answer one, so that a page waits for it once."""


class ForgivingRedisCache(RedisCache):
    """Answers as an empty cache while Redis is away, so that pages and bookings still work.

    Rate limits are then not counted; the warning in the log says so. Nothing that must be kept is
    ever kept only here.
    """

    _quiet_until = 0.0

    def _or_empty(self, act: Callable[[], Any], answer: Any) -> Any:
        if time.monotonic() < self._quiet_until:
            return answer
        try:
            return act()
        except (ConnectionError, TimeoutError):
            self._quiet_until = time.monotonic() + LEFT_ALONE_FOR
            logger.warning("Redis is away: the cache answers as empty.")
            return answer

    def add(self, *args: Any, **kwargs: Any) -> Any:
        return self._or_empty(lambda: super(ForgivingRedisCache, self).add(*args, **kwargs), True)

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        return self._or_empty(
            lambda: super(ForgivingRedisCache, self).get(key, default, version), default
        )

    def set(self, *args: Any, **kwargs: Any) -> Any:
        return self._or_empty(lambda: super(ForgivingRedisCache, self).set(*args, **kwargs), None)

    def touch(self, *args: Any, **kwargs: Any) -> Any:
        return self._or_empty(
            lambda: super(ForgivingRedisCache, self).touch(*args, **kwargs), False
        )

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        return self._or_empty(
            lambda: super(ForgivingRedisCache, self).delete(*args, **kwargs), False
        )

    def get_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._or_empty(
            lambda: super(ForgivingRedisCache, self).get_many(*args, **kwargs), {}
        )

    def has_key(self, *args: Any, **kwargs: Any) -> Any:
        return self._or_empty(
            lambda: super(ForgivingRedisCache, self).has_key(*args, **kwargs), False
        )

    def incr(self, key: Any, delta: int = 1, version: Any = None) -> Any:
        return self._or_empty(
            lambda: super(ForgivingRedisCache, self).incr(key, delta, version), delta
        )

    def clear(self) -> Any:
        """Forget what this cache holds. Django's own would empty all of Redis, the queue included."""
        return self._or_empty(self._forget_ours, False)

    def _forget_ours(self) -> bool:
        redis = self._cache.get_client(write=True)  # type: ignore[attr-defined]
        for key in redis.scan_iter(match=f"{self.key_prefix}:*", count=1000):
            redis.delete(key)
        return True
