"""What a log line may carry."""

import logging
import re

A_SECRET = re.compile(r"/[A-Za-z0-9_-]{40,}(?=[/\s]|$)")
"""A part of an address as long as the secrets in people's own links; identifiers are shorter."""


def without_secrets(text: str) -> str:
    return A_SECRET.sub("/…", text)


class WithoutSecrets(logging.Filter):
    """Django writes the address of every refused request: the secret of a link never stays in it."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                without_secrets(argument) if isinstance(argument, str) else argument
                for argument in record.args
            )
        return True
