"""Secrets: read from a file or from an environment variable, never from YAML, never shown."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from agents.settings.kinds import Secret

MIN_KEY_BYTES, MAX_KEY_BYTES = 16, 64  # BLAKE2b takes no longer key
KEY, KEY_FILE = "SIAGA_PSEUDONYM_KEY", "SIAGA_PSEUDONYM_KEY_FILE"


def from_file(path: Path) -> Secret:
    """Return the first line of a file, without the white space around it.

    Raises
    ------
    ValueError
        When the file cannot be read or is empty.
    """
    try:
        lines = path.read_text("utf-8-sig").strip().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        what = error.strerror if isinstance(error, OSError) else "no text"
        raise ValueError(f"no secret: got {path} ({what}); expected a readable file; create it") from None
    if not lines:
        raise ValueError(
            f"no secret: got {path} (empty); expected the secret on its first line; write it there"
        )
    return Secret(lines[0].strip())


def from_variable(name: str, env: Mapping[str, str]) -> Secret:
    """Return the value of an environment variable.

    Raises
    ------
    ValueError
        When it is not set or empty.
    """
    if not env.get(name, "").strip():
        raise ValueError(f"no secret: got no variable {name}; expected it in the environment; set it")
    return Secret(env[name].strip())


def pseudonym_key(env: Mapping[str, str], folder: Path) -> Secret | None:
    """Return the key of the authors' pseudonyms, None where nobody set one.

    Raises
    ------
    ValueError
        When it is set twice, cannot be read, or is too short or too long.
    """
    text, path = env.get(KEY), env.get(KEY_FILE)
    if text and path:
        raise ValueError(f"two keys: got {KEY} and {KEY_FILE}; expected one of them; unset the other")
    if not text and not path:
        return None
    key = from_variable(KEY, env) if text else from_file(folder / str(path))
    length = len(key.reveal().encode())
    if not MIN_KEY_BYTES <= length <= MAX_KEY_BYTES:
        raise ValueError(
            f"key too {'short' if length < MIN_KEY_BYTES else 'long'}: got {length} bytes; "
            f"expected {MIN_KEY_BYTES} to {MAX_KEY_BYTES}; make one with `openssl rand -hex 32`"
        )
    return key
