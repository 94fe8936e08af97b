from __future__ import annotations

from pathlib import Path
from typing import get_origin

import msgspec
import pytest

from agents.settings import ConfigError, Secret, load_settings
from agents.settings.conform import bare, fields_of
from agents.settings.detector import DetectorEntry, IncidentEntry, ShareEntry
from agents.settings.kinds import Duration
from agents.settings.load import FILES, folder_of
from agents.settings.secrets import from_file
from agents.settings.service import ServiceFile
from detector.brand import Brand
from detector.budget import operating_point
from detector.detector_settings import DetectorSettings, ShareSettings
from detector.incident import IncidentSettings
from detector.severity import Severity

ROOT = Path(__file__).parents[3]
ONE_BRAND = "brands: {biznet: {name: Biznet, aliases: [biznet]}}"
KEY = {"SIAGA_PSEUDONYM_KEY": "0123456789abcdef"}


@pytest.fixture
def load(tmp_path, monkeypatch):
    """Return the settings of files given as text, from a folder that messages call `config`."""
    monkeypatch.chdir(tmp_path)

    def run(env=None, **files):
        Path("config").mkdir(exist_ok=True)
        for name, text in {"brands": ONE_BRAND, **files}.items():
            content = text if isinstance(text, bytes) else text.encode()
            Path(f"config/{name}.yml").write_bytes(content)
        return load_settings("config", KEY if env is None else KEY | env)

    return run


@pytest.fixture
def errors(load):
    def run(env=None, **files):
        with pytest.raises(ConfigError) as caught:
            load(env, **files)
        return str(caught.value).splitlines()

    return run


def test_the_shipped_configuration_is_right():
    settings = load_settings(ROOT / "config", KEY)
    assert [brand.key for brand in settings.brands] == ["kunang-fiber", "camar-air"]
    assert [str(w).partition("alerts.yml: ")[2] for w in settings.warnings] == [
        "receivers: nobody is told of incidents: got no receiver; expected 1 or more; add one"
    ]


def test_the_shipped_configuration_shows_the_defaults(load):
    shipped = load_settings(ROOT / "config", KEY)
    bare_one = load()
    assert (shipped.detector, shipped.service) == (bare_one.detector, bare_one.service)


@pytest.mark.parametrize("file", FILES)
def test_what_the_comments_show_is_right_too(load, file):
    """A reader who takes the hash away must not meet an error."""
    lines = (ROOT / f"config/{file}.yml").read_text().splitlines()
    if file == "alerts":
        lines = [line for line in lines if line != "receivers: []"]
        start = lines.index("# receivers:")
        lines = [line[2:] for line in lines[start:] if "secret never stands" not in line]
        lines = [line.replace("# token_env", "# ") for line in lines]
    files = {file: "\n".join(lines)}
    if file == "alerts":
        files["brands"] = (ROOT / "config/brands.yml").read_text()
        secrets = {"PAGERDUTY_KEY": "k", "CHAT_URL": "json://localhost"}
        receivers = load(secrets, **files).receivers
        assert receivers[0].rule.brands == {"kunang-fiber"}
        assert [one.type for one in receivers] == ["webhook", "alertmanager", "pagerduty", "apprise"]
    else:
        load(**files)


def test_defaults_of_the_core_and_of_the_files_are_the_same(load):
    settings = load()
    assert settings.detector_settings == DetectorSettings()
    assert settings.share_settings == ShareSettings()
    assert settings.incident_settings == IncidentSettings()


@pytest.mark.parametrize(
    ("entry", "core", "elsewhere"),
    [
        (DetectorEntry, DetectorSettings, {"lateness"}),
        (ShareEntry, ShareSettings, {"prior_share", "prior_authors"}),
        (IncidentEntry, IncidentSettings, set()),
    ],
)
def test_every_setting_of_the_core_can_be_configured(entry, core, elsewhere):
    def plain(name):
        return name.removesuffix("_min").removesuffix("_days")

    assert set(map(plain, core.__struct_fields__)) - elsewhere == set(entry.__struct_fields__)


def test_values_reach_the_core(load):
    settings = load(
        detector="""
allowed_lateness: 90s
scorer: vader
start: latest
detector: {window: 30m, reference: 7d, min_count: 9, tail_p: 0.001}
incident: {mute: 2h, escalate_ratio: 3}
""",
        brands="brands: {a: {name: A, aliases: [alfa, alpha], exclude: [alfa romeo]}}",
    )
    assert settings.brands == (Brand("a", "A", ("alfa", "alpha"), ("alfa romeo",)),)
    assert settings.detector.allowed_lateness == 90_000
    core = settings.detector_settings
    assert (core.window_min, core.lateness_min, core.reference_days) == (30, 2, 7)
    assert (core.min_count, core.tail_p) == (9, 0.001)
    assert (settings.incident_settings.mute_min, settings.incident_settings.escalate_ratio) == (120, 3.0)
    assert (settings.detector.scorer, settings.detector.start) == ("vader", "latest")


def test_the_budget_sets_what_is_not_given(load):
    core = load(detector="{alerts_per_brand_week: 0.1, detector: {tail_p: 0.01}}")
    point = operating_point(0.1)
    assert core.detector_settings.rank_p == point.rank_p
    assert core.detector_settings.tail_p == 0.01
    assert core.share_settings.p == point.share_p


def test_receivers(load):
    settings = load(
        {"HOOK": "https://hook.example/t/123", "TOKEN": "s3cret"},
        alerts="""
receivers:
  - {name: ops, type: webhook, url: "http://localhost:8080/siaga"}
  - {name: crisis, type: webhook, url_env: HOOK, token_env: TOKEN, brands: [biznet], min_severity: critical,
     timeout: 2500ms, max_age: 0s, language: id, zone: Asia/Jakarta}
""",
    )
    ops, crisis = settings.receivers
    assert (ops.name, ops.type, ops.url.reveal(), ops.timeout_s) == (
        "ops",
        "webhook",
        "http://localhost:8080/siaga",
        10.0,
    )
    assert (ops.headers(), ops.rule.min_severity, ops.rule.brands) == ({}, Severity.WARNING, frozenset())
    assert crisis.url.reveal() == "https://hook.example/t/123"
    assert crisis.headers() == {"Authorization": "Bearer s3cret"}
    assert (crisis.rule.receiver, crisis.rule.language, crisis.rule.max_age_ms) == ("crisis", "id", 0)
    assert (ops.rule.zone, crisis.rule.zone) == ("UTC", "Asia/Jakarta")
    assert (crisis.rule.min_severity, crisis.rule.brands) == (Severity.CRITICAL, {"biznet"})
    assert crisis.timeout_s == 2.5
    assert "s3cret" not in repr(settings)
    assert "hook.example" not in repr(settings)


def test_topics_and_group_carry_the_prefix(load):
    service = load(service="{app_id: live, topics: {prefix: eu-, names: {posts: raw}}}").service
    assert (service.topic("posts"), service.topic("posts_rejected")) == ("eu-raw", "eu-posts-rejected")
    assert (service.group, service.state_topic) == ("eu-live", "eu-live-state-changelog")


def test_kafka_log_in(load, tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config/pw").write_text("hunter2\n")
    (tmp_path / "config/ca.pem").write_text("-")
    settings = load(
        service="""
kafka:
  security: {protocol: sasl_ssl, mechanism: scram-sha-512, username: u, password_file: pw, ca_file: ca.pem}
"""
    )
    assert settings.kafka_password == Secret("hunter2")
    assert "hunter2" not in repr(settings)
    assert settings.file_of("ca.pem") == Path("config/ca.pem")


def test_empty_keys_are_as_good_as_none(load):
    settings = load(
        brands="brands:\n  a:\n    name: A\n    aliases: [a1]\n    exclude:\n", detector="detector:\n"
    )
    assert settings.brands[0].exclude == ()


def test_the_environment_wins(load):
    settings = load(
        {
            "SIAGA_SERVICE_KAFKA_BROKERS": "k1:9092, k2:9092",
            "SIAGA_SERVICE_WEB_PORT": "8000",
            "SIAGA_SERVICE_KAFKA_SESSION_TIMEOUT": "30s",
            "SIAGA_SERVICE_TOPICS_NAMES_POSTS_REJECTED": "bad",
            "SIAGA_DETECTOR_INCIDENT_ESCALATE_RATIO": "4.5",
            "SIAGA_BRANDS_BRANDS_MY_BRAND_ALIASES": "x1,x2",
            "SIAGA_ALERTS_RECEIVERS_THE_OPS_TIMEOUT": "5s",
            "SIAGA_SERVICE_LOG_LEVEL": "",
        },
        brands="brands: {my-brand: {name: My, aliases: [my]}}",
        alerts="receivers: [{name: the-ops, type: webhook, url: 'http://h/'}]",
        service="{web: {port: 7000}, log: {level: debug}}",
    )
    assert settings.service.kafka.brokers == ("k1:9092", "k2:9092")
    assert settings.service.web.port == 8000
    assert settings.service.kafka.session_timeout == 30_000
    assert settings.service.topic("posts_rejected") == "bad"
    assert settings.incident_settings.escalate_ratio == 4.5
    assert settings.brands[0].aliases == ("x1", "x2")
    assert settings.receivers[0].timeout_s == 5.0
    assert settings.service.log.level == "debug"
    assert "SIAGA_SERVICE_WEB_PORT" in settings.overrides


def test_a_variable_that_is_no_text_is_said_and_not_shown(load):
    """Python gives bytes that are not UTF-8 as lone surrogates."""
    with pytest.raises(ConfigError) as caught:
        load({"SIAGA_PSEUDONYM_KEY": "geheim\udcff", "SIAGA_SERVICE_DATA_DIR": "\udc80", "OTHER": "\udcfe"})
    assert [str(problem) for problem in caught.value.problems] == [
        f"{name}: not UTF-8: got other bytes; expected UTF-8; set it anew in a UTF-8 locale"
        for name in ("SIAGA_PSEUDONYM_KEY", "SIAGA_SERVICE_DATA_DIR")
    ]


def test_the_folder_comes_from_the_option_then_the_environment():
    assert folder_of("a", {"SIAGA_CONFIG": "b"}) == "a"
    assert folder_of(None, {"SIAGA_CONFIG": "b"}) == "b"
    assert folder_of(None, {}) == "config"


def test_settings_cannot_change(load):
    with pytest.raises(AttributeError):
        load().folder = "x"


def test_no_key_for_pseudonyms_is_a_warning(tmp_path):
    (tmp_path / "brands.yml").write_text(ONE_BRAND)
    (tmp_path / "alerts.yml").write_text("receivers: [{name: a, type: webhook, url: 'http://h/'}]")
    settings = load_settings(tmp_path, {})
    assert settings.pseudonym_key is None
    assert list(map(str, settings.warnings)) == [
        "SIAGA_PSEUDONYM_KEY: no key for pseudonyms: got none; expected 16 to 64 characters, or who knows an "
        "author's name finds that author in the topics; set it to the output of `openssl rand -hex 32`"
    ]


def test_a_key_for_pseudonyms_from_a_file(tmp_path):
    (tmp_path / "brands.yml").write_text(ONE_BRAND)
    (tmp_path / "key").write_text("f" * 64 + "\n")
    assert load_settings(tmp_path, {"SIAGA_PSEUDONYM_KEY_FILE": "key"}).pseudonym_key == Secret("f" * 64)


def test_ten_thousand_brands_load_quickly(load):
    brands = "".join(f"  b{i}: {{name: B {i}, aliases: [word{i}]}}\n" for i in range(10_000))
    assert len(load(brands="brands:\n" + brands).brands) == 10_000


def leaves(kind, path=()):
    for field, child in fields_of(kind).items():
        plain = bare(child)
        if isinstance(plain, type) and issubclass(plain, msgspec.Struct):
            yield from leaves(plain, (*path, field))
        else:
            yield (*path, field), plain


@pytest.mark.parametrize(
    ("path", "kind"), list(leaves(ServiceFile)), ids=lambda it: ".".join(it) if type(it) is tuple else ""
)
def test_every_key_of_the_service_can_come_from_the_environment(load, errors, path, kind):
    """A wrong text is refused under the variable's name, hence it was understood."""
    variable = "SIAGA_SERVICE_" + "_".join(path).upper()
    numbers = get_origin(kind) is tuple or kind in (int, Duration)
    assert errors({variable: "a b" if numbers else "x" * 5_000})[0].startswith(f"{variable}: ")


def test_a_secret_saved_with_a_byte_order_mark_is_the_secret(tmp_path):
    (tmp_path / "secret").write_bytes(b"\xef\xbb\xbfhttps://hooks.example.org/T0\r\n")
    assert from_file(tmp_path / "secret").reveal() == "https://hooks.example.org/T0"
