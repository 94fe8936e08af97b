"""Whatever stands in the files and in the environment: settings, or problems with a place and advice."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.settings import ConfigError, Problem, load_settings
from agents.settings.conform import fields_of
from agents.settings.load import FILES
from agents.settings.service import ServiceFile

BRANDS = "brands: {biznet: {name: B, aliases: [biznet]}}"
WORDS = [
    *("brands", "name", "aliases", "exclude", "receivers", "type", "url", "webhook", "timeout", "kafka"),
    *("security", "protocol", "sasl_ssl", "topics", "partitions", "names", "detector", "incident", "mute"),
    *(
        "window",
        "5m",
        "90s",
        "biznet",
        "allowed_lateness",
        "http://h/",
        "localhost:9092",
        *fields_of(ServiceFile),
    ),
]
words = st.sampled_from(WORDS)
leaves = st.one_of(
    words,
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=5),
    st.dates(),
)
trees = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(words | st.integers(0, 3) | st.booleans() | st.none(), inner, max_size=4)
    ),
    max_leaves=20,
)


def load(files: dict[str, bytes], env: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "brands.yml").write_text(BRANDS)
        for name, data in files.items():
            (Path(folder) / f"{name}.yml").write_bytes(data)
        problems = problems_of(folder, env)
    for problem in problems:
        assert "; " in problem.text
        assert "\n" not in str(problem)


def problems_of(folder: str, env: dict[str, str]) -> tuple[Problem, ...]:
    try:
        return load_settings(folder, env).warnings
    except ConfigError as error:
        return error.problems or (Problem("", "", "no problem named"),)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(FILES), trees, max_size=4))
def test_any_tree(files):
    load({name: yaml.safe_dump(tree, allow_unicode=True).encode() for name, tree in files.items()}, {})


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(FILES),
    st.binary(max_size=60) | st.text(max_size=60).map(lambda t: t.encode("utf-8", "replace")),
)
def test_any_bytes(name, data):
    load({name: data}, {})


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(
        st.lists(
            st.sampled_from([w.upper() for w in [*FILES, *WORDS] if w.isidentifier()]), min_size=1, max_size=4
        ).map(lambda parts: "SIAGA_" + "_".join(parts)),
        st.sampled_from(["", "5", "5m", "a,b", "true", "x" * 300, "localhost:9092"]),
        max_size=4,
    )
)
def test_any_environment(env):
    load({}, env)


@pytest.mark.parametrize(
    "text",
    [
        "brands: &a {x: *a}",
        "&a [*a]",
        "receivers: &a [*a]",
        "brands: " + "[" * 3_000,
        "brands: " + "{a: " * 3_000,
        "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nbrands: [*c, *c]",
        "? [a]\n: 1",
        "? {a: 1}\n: 1",
        "<<: {a: 1}",
        "1.5: x",
        "%YAML 9.9\n---\na: 1",
        "!!set {a}",
        "!!binary aGk=",
        "brands: !x y",
        "\u2028",
    ],
    ids=lambda text: text[:20],
)
def test_strange_yaml(text):
    load({"brands": text.encode(), "alerts": text.encode()}, {})
