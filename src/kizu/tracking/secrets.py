"""Hiding secrets from everything that is recorded."""

import re
from collections.abc import Mapping
from itertools import pairwise

MASK = "***"

_WORDS = frozenset(
    {"password", "passwords", "passwd", "passphrase", "secret", "secrets", "credential",
     "credentials", "apikey"}
)  # fmt: skip
_PAIRS = frozenset({("api", "key"), ("access", "key"), ("private", "key"), ("secret", "key")})

_CAMEL_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_ASSIGNMENT = re.compile(r"(?P<key>[\w.\-]+)(?P<sign>=|:\s*)(?P<value>[^\s,;&]+)")
_OPTION = re.compile(r"(?P<key>--[\w\-]+)(?P<sign>\s+)(?P<value>[^\s]+)")
_URL_USER = re.compile(r"(?P<scheme>\b[a-z][a-z0-9+.\-]*://)[^/@\s]+@", re.IGNORECASE)


def is_secret(key: str, value: object) -> bool:
    """Tell from a parameter's dotted name whether its value is a secret.

    ``token`` is a word of language models as well (``max_tokens: 128``, ``class_token: true``):
    it marks a secret only as the last word of a name and over a text.
    """
    words = re.split(r"[^a-z0-9]+", _CAMEL_HUMP.sub("_", key).lower())
    if _WORDS.intersection(words) or _PAIRS.intersection(pairwise(words)):
        return True
    return words[-1] == "token" and isinstance(value, str)


def mask(parameters: Mapping[str, object]) -> dict[str, object]:
    """Return flat parameters with the secrets' values hidden."""
    return {key: MASK if is_secret(key, value) else value for key, value in parameters.items()}


def redact(text: str) -> str:
    """Hide secrets in free text: ``password=…``, ``--api-key …``, ``https://user:…@host``."""
    text = _URL_USER.sub(rf"\g<scheme>{MASK}@", text)
    for pattern in (_ASSIGNMENT, _OPTION):
        text = pattern.sub(_redact_assignment, text)
    return text


def _redact_assignment(match: re.Match[str]) -> str:
    key, sign, value = match.group("key", "sign", "value")
    return f"{key}{sign}{MASK}" if is_secret(key, value) else match[0]
