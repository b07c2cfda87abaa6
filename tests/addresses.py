"""Every address of the portal, read from the URL map itself."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver


def every_address() -> dict[str, set[str]]:
    """Each URL name (with its namespace) and the names of the arguments it takes."""
    return dict(_walk(get_resolver().url_patterns, ""))


def _walk(patterns: list[URLPattern | URLResolver], space: str) -> Iterator[tuple[str, set[str]]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            for name, arguments in _walk(pattern.url_patterns, inner):
                yield name, arguments | set(pattern.pattern.converters)
        elif pattern.name:
            yield f"{space}{pattern.name}", set(pattern.pattern.converters)
        else:
            yield f"{space}unnamed {pattern.pattern}", set(pattern.pattern.converters)
