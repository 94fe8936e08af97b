"""Every message of the configuration, word for word: this is what people read at two in the morning."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from agents.settings import ConfigError, load_settings

ONE_BRAND = "brands: {biznet: {name: Biznet, aliases: [biznet]}}"
KEY = {"SIAGA_PSEUDONYM_KEY": "0123456789abcdef"}
CASES = yaml.safe_load(Path(__file__).with_name("settings_errors.yml").read_text())


@pytest.fixture
def complaints(tmp_path, monkeypatch):
    """Return the lines that a configuration leads to."""
    monkeypatch.chdir(tmp_path)

    def run(env=None, **files):
        Path("config").mkdir()
        for name, text in ({"brands": ONE_BRAND} | files).items():
            Path(f"config/{name}.yml").write_bytes(text if isinstance(text, bytes) else text.encode())
        with pytest.raises(ConfigError) as caught:
            load_settings("config", KEY | (env or {}))
        return str(caught.value).splitlines()

    return run


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["says"][0][:60])
def test_message(complaints, case):
    assert complaints(**{key: value for key, value in case.items() if key != "says"}) == case["says"]


def test_bytes_that_are_no_text(complaints):
    assert complaints(brands=b"brands:\n  a: {name: \xff}\n") == [
        "config/brands.yml: line 2: not UTF-8: got byte 0xff; expected UTF-8; save it as UTF-8"
    ]


def test_control_characters(complaints):
    assert complaints(brands='brands: {a: {name: "\x01"}}') == [
        "config/brands.yml: not YAML: got bytes that are no text (control characters are not allowed); "
        "expected `key: value` lines; correct it"
    ]


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(ConfigError) as caught:
        load_settings(tmp_path / "x", {})
    assert str(caught.value) == (
        f"{tmp_path}/x: no such folder: got no files; expected brands.yml in it; use --config or SIAGA_CONFIG"
    )


def test_a_folder_without_brands(tmp_path):
    with pytest.raises(ConfigError) as caught:
        load_settings(tmp_path, {})
    assert str(caught.value) == (
        f"{tmp_path}/brands.yml: no such file: got no brands; expected 1 or more; "
        "copy the one that comes with siaga"
    )


def test_a_file_that_is_a_folder(tmp_path):
    (tmp_path / "brands.yml").mkdir()
    with pytest.raises(ConfigError) as caught:
        load_settings(tmp_path, {})
    assert str(caught.value) == (
        f"{tmp_path}/brands.yml: cannot be read: got Is a directory; expected a readable file; "
        "mend its access"
    )


def test_an_address_that_may_hold_a_token_is_not_shown(complaints):
    said = complaints(alerts="receivers: [{name: a, type: webhook, url: 'hook.example/t0ken'}]")
    assert "t0ken" not in str(said)


@pytest.mark.parametrize(
    ("files", "env", "warning"),
    [
        (
            {"brands": "brands: {a: {name: A, aliases: [jago]}, b: {name: B, aliases: [bee, JAGO]}}"},
            {},
            "config/brands.yml: brands.b.aliases[1]: alias of two brands: got 'JAGO', which a has too; "
            "expected one brand; leave it if such posts are about both, else remove one",
        ),
        (
            {"brands": "brands: {a: {name: A, aliases: [café, Cafe]}}"},
            {},
            "config/brands.yml: brands.a.aliases[1]: alias listed twice: got 'Cafe' again; "
            "expected each once; remove one",
        ),
        (
            {"brands": "brands: {a: {name: A, aliases: [jago], exclude: [Jago]}}"},
            {},
            "config/brands.yml: brands.a.exclude: excludes its own alias: got 'jago' in both lists; "
            "expected longer exclusions; remove it from one of the two",
        ),
        (
            {"alerts": "receivers: [{name: ops, type: webhook, url: 'https://me:pw@h/'}]"},
            {},
            "config/alerts.yml: receivers[0].url: password in the file: got one inside the address; "
            "expected none; use url_file or url_env",
        ),
        (
            {},
            {"SIAGA_SERVIC_WEB_PORT": "1"},
            "SIAGA_SERVIC_WEB_PORT: read by nobody: got a value; expected SIAGA_CONFIG, SIAGA_DEBUG, "
            "SIAGA_PSEUDONYM_KEY, SIAGA_PSEUDONYM_KEY_FILE or SIAGA_<FILE>_<PATH>; "
            "did you mean SIAGA_SERVICE_?",
        ),
    ],
)
def test_warnings(tmp_path, monkeypatch, files, env, warning):
    monkeypatch.chdir(tmp_path)
    Path("config").mkdir()
    alerts = "receivers: [{name: ops, type: webhook, url: 'http://h/'}]"
    for name, text in ({"brands": ONE_BRAND, "alerts": alerts} | files).items():
        Path(f"config/{name}.yml").write_text(text)
    assert [str(w) for w in load_settings("config", KEY | env).warnings] == [warning]
