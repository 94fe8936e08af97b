"""Environment variables in place of values in a file: `SIAGA_<FILE>_<PATH>`.

The path is that in the file, upper case, with `_` between its parts and for `-`: ``web.port`` of
`service.yml` is ``SIAGA_SERVICE_WEB_PORT``. A list is written with commas; a receiver is found by its name
(``SIAGA_ALERTS_RECEIVERS_OPS_TIMEOUT=5s``). An empty variable counts as not set.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin

import msgspec
from msgspec import Struct

from agents.settings.conform import bare, fields_of
from agents.settings.kinds import Duration
from agents.settings.problem import Problem, advice, listed

OWN = ("SIAGA_CONFIG", "SIAGA_DEBUG", "SIAGA_PSEUDONYM_KEY", "SIAGA_PSEUDONYM_KEY_FILE")
_ELSEWHERE = ("SIAGA_FAUST_",)  # settings of Faust itself
Steps = tuple[str | int, ...]


class Override(Struct, frozen=True):
    """A variable that sets one value of one file."""

    variable: str
    steps: Steps

    @property
    def path(self) -> str:
        """The path of the value as messages write it."""
        text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.steps)
        return text.lstrip(".")


def override(
    tree: dict[Any, Any], file: str, kind: type[Struct], env: Mapping[str, str]
) -> tuple[list[Override], list[Problem]]:
    """Put the variables of one file into its tree.

    Parameters
    ----------
    tree
        What the YAML file holds; changed in place.
    file
        The file's name without its ending, such as ``service``.
    kind
        The Struct that the tree is to become.
    env
        The environment.

    Returns
    -------
    tuple
        Which variable set what, and the variables that mean nothing.
    """
    prefix = f"SIAGA_{file.upper()}_"
    done: list[Override] = []
    problems: list[Problem] = []
    for variable, text in sorted(env.items()):
        if not variable.startswith(prefix) or not text:
            continue
        found = next(_targets(variable.removeprefix(prefix), kind, tree, ()), None)
        if found is None:
            todo = advice(variable, [prefix + name for name in _names(kind)], "unset it or correct it")
            text = f"sets nothing: got no such key; expected {prefix} and a path in {file}.yml; {todo}"
            problems.append(Problem(variable, "", text))
            continue
        steps, leaf = found
        if _put(tree, steps, _parsed(text, leaf)):
            done.append(Override(variable, steps))
    return done, problems


def readable(env: Mapping[str, str]) -> tuple[dict[str, str], list[Problem]]:
    """Return the variables that are text, and what is wrong with those of siaga that are not.

    Python keeps bytes of the environment that are not UTF-8 as lone surrogates.
    """
    good = {name: text for name, text in env.items() if _is_text(text)}
    return good, [
        Problem(name, "", "not UTF-8: got other bytes; expected UTF-8; set it anew in a UTF-8 locale")
        for name in sorted(env.keys() - good.keys())
        if name.startswith("SIAGA_")
    ]


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def unknown(env: Mapping[str, str], files: tuple[str, ...]) -> list[Problem]:
    """Return a warning for each SIAGA_ variable that nobody reads: a typing error, most likely."""
    known = [*OWN, *_ELSEWHERE, *(f"SIAGA_{file.upper()}_" for file in files)]
    stray = [name for name in sorted(env) if name.startswith("SIAGA_") and not name.startswith(tuple(known))]
    wanted = f"expected {listed([*OWN, 'SIAGA_<FILE>_<PATH>'])}"
    return [
        Problem(
            name,
            "",
            f"read by nobody: got a value; {wanted}; {advice(name, known, 'unset it or correct it')}",
        )
        for name in stray
    ]


def _targets(rest: str, kind: Any, tree: Any, steps: Steps) -> Iterator[tuple[Steps, Any]]:
    """Yield the paths that the rest of a variable's name may mean, longest key first."""
    plain = bare(kind)
    if not rest:
        if not (isinstance(plain, type) and issubclass(plain, Struct)) and get_origin(plain) is not dict:
            yield steps, kind
        return
    for name, step, child, value in sorted(_children(plain, tree), key=lambda it: -len(it[0])):
        if rest == name or rest.startswith(name + "_"):
            yield from _targets(rest[len(name) + 1 :], child, value, (*steps, step))


def _children(plain: Any, tree: Any) -> Iterator[tuple[str, str | int, Any, Any]]:
    if isinstance(plain, type) and issubclass(plain, Struct):
        for field, child in fields_of(plain).items():
            yield _word(field), field, child, tree.get(field) if isinstance(tree, dict) else None
    elif get_origin(plain) is dict and isinstance(tree, dict):
        for key, value in tree.items():
            yield _word(str(key)), key, get_args(plain)[1], value
    elif get_origin(plain) is tuple and isinstance(tree, list):
        for i, value in enumerate(tree):
            if isinstance(value, dict) and isinstance(value.get("name"), str):
                yield _word(value["name"]), i, get_args(plain)[0], value


def _names(kind: Any, before: str = "") -> Iterator[str]:
    """Yield every variable's rest that a Struct knows without looking at a tree."""
    plain = bare(kind)
    if isinstance(plain, type) and issubclass(plain, Struct):
        for field, child in fields_of(plain).items():
            yield from _names(child, f"{before}_{_word(field)}" if before else _word(field))
    else:
        yield before


def _word(key: str) -> str:
    return key.upper().replace("-", "_").replace(".", "_")


def _parsed(text: str, kind: Any) -> Any:
    """Return a variable's text as the YAML value that it stands for; what is wrong is found later."""
    plain = bare(kind)
    if get_origin(plain) is tuple:
        return [part.strip() for part in text.split(",") if part.strip()]
    if plain is Duration or plain is str:
        return text
    try:
        return msgspec.convert(text, plain, strict=False)
    except msgspec.ValidationError:
        return text


def _put(tree: Any, steps: Steps, value: Any) -> bool:
    *before, last = steps
    for step in before:
        if isinstance(step, str) and isinstance(tree, dict):
            if tree.get(step) is None:
                tree[step] = {}
            tree = tree[step]
        elif isinstance(step, int) and isinstance(tree, list):
            tree = tree[step]
    if not isinstance(tree, dict):
        return False  # the file is wrong there, and says so
    tree[last] = value
    return True
