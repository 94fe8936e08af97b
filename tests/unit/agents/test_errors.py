from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from subprocess import run

import pytest
from kafka import errors

from agents.errors import DataError, MismatchError, RefusedError, UnavailableError, explain, report
from agents.exit_codes import ExitCode
from agents.kafka_client import explained, options
from agents.settings import ConfigError, Problem, load_settings


@pytest.mark.parametrize(
    ("error", "lines", "code"),
    [
        (ConfigError([Problem("f", "k", "a"), Problem("V", "", "b")]), ["f: k: a", "V: b"], ExitCode.CONFIG),
        (DataError("bad\nfile"), ["bad file"], ExitCode.DATA),
        (UnavailableError("down"), ["down"], ExitCode.UNAVAILABLE),
        (RefusedError("no"), ["no"], ExitCode.NO_PERMISSION),
        (MismatchError("other"), ["other"], ExitCode.CONFIG),
        (KeyboardInterrupt(), [], ExitCode.INTERRUPTED),
        (
            PermissionError(13, "Permission denied", "/x"),
            ["no access to /x: got Permission denied; expected to be allowed; mend its permissions"],
            ExitCode.NO_PERMISSION,
        ),
        (
            FileNotFoundError(2, "No such file or directory", "/x"),
            ["/x: No such file or directory; correct the path"],
            ExitCode.DATA,
        ),
        (
            OSError(errno.ENOSPC, "No space left on device"),
            [
                "cannot write the output, or the temporary folder: got No space left on device; expected a "
                "disk with room; what is there is not complete; make room, or name another place (TMPDIR for "
                "the temporary folder)"
            ],
            ExitCode.DISK,
        ),
        (
            OSError(errno.EROFS, "Read-only file system", "/x"),
            [
                "cannot write the output /x: got Read-only file system; expected a disk that can be written; "
                "what is there is not complete; make room, or name another place (TMPDIR for the temporary "
                "folder)"
            ],
            ExitCode.NO_PERMISSION,
        ),
        (
            ZeroDivisionError("x"),
            ["fault of siaga: got ZeroDivisionError: x; please report it with what SIAGA_DEBUG=1 shows"],
            ExitCode.SOFTWARE,
        ),
    ],
    ids=lambda it: type(it).__name__,
)
def test_every_error_has_its_lines_and_its_code(error, lines, code):
    assert explain(error) == (lines, code)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_is_no_fault_of_siaga(unbuffered):
    with open("/dev/full", "wb") as full:
        ended = run(
            [sys.executable, "-m", "agents.command_line", "simulate", "--kind", "quiet", "--duration", "1d"],
            stdout=full, capture_output=False, stderr=-1, check=False,
            env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
        )  # fmt: skip
    assert ended.returncode == ExitCode.DISK
    (line,) = ended.stderr.decode().splitlines()
    assert line.startswith("siaga: cannot write the output")


def test_the_traceback_is_there_on_demand_only(capsys):
    report(ValueError("x"), {})
    assert "Traceback" not in capsys.readouterr().err
    report(ValueError("x"), {"SIAGA_DEBUG": "1"})
    assert "ValueError: x" in capsys.readouterr().err


@pytest.fixture
def settings(tmp_path):
    (tmp_path / "brands.yml").write_text("brands: {biznet: {name: B, aliases: [biznet]}}")
    (tmp_path / "pw").write_text("hunter2")
    (tmp_path / "ca.pem").write_text("-")
    (tmp_path / "service.yml").write_text("""
kafka:
  brokers: [k1:9092, k2:9092]
  security: {protocol: sasl_ssl, mechanism: scram-sha-512, username: u, password_file: pw, ca_file: ca.pem}
""")
    return load_settings(tmp_path, {})


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        (
            errors.KafkaTimeoutError("x"),
            UnavailableError,
            "Kafka does not answer: got KafkaTimeoutError from k1:9092,k2:9092 within 10s; expected a broker "
            "there; start it or correct kafka.brokers in service.yml",
        ),
        (
            errors.SaslAuthenticationFailedError("x"),
            RefusedError,
            "Kafka refuses the log-in: got SaslAuthenticationFailedError from k1:9092,k2:9092; "
            "expected the user and password of kafka.security; correct them in service.yml",
        ),
        (
            errors.TopicAuthorizationFailedError("x"),
            RefusedError,
            "Kafka refuses the access: got TopicAuthorizationFailedError from k1:9092,k2:9092; "
            "expected the right to do this; let an administrator grant it",
        ),
        (
            errors.UnsupportedCodecError("Libraries for zstd compression codec not found"),
            MismatchError,
            "records are compressed by what commands cannot read: got zstd from k1:9092,k2:9092; "
            "expected none or gzip; run `pip install zstandard` beside siaga (the worker needs nothing), or "
            "set compression.type of siaga's topics to producer",
        ),
    ],
    ids=lambda it: type(it).__name__,
)
def test_kafkas_errors_in_siagas_words(settings, error, kind, text):
    found = explained(error, settings, 10.0)
    assert (type(found), str(found)) == (kind, text)


@pytest.mark.parametrize(
    ("codec", "package"), [("zstd", "zstandard"), ("lz4", "lz4"), ("snappy", "python-snappy")]
)
def test_each_compression_has_its_package(settings, codec, package):
    error = errors.UnsupportedCodecError(f"Libraries for {codec} compression codec not found")
    assert f"run `pip install {package}`" in str(explained(error, settings, 10.0))


def test_settings_that_kafka_refuses(settings):
    found = explained(errors.InvalidReplicationFactorError("posts"), settings, 10.0)
    assert isinstance(found, MismatchError)
    assert "InvalidReplicationFactorError" in str(found)


def test_the_log_in_reaches_kafka_python(settings, tmp_path):
    assert options(settings, 2.5) == {
        "bootstrap_servers": ["k1:9092", "k2:9092"],
        "client_id": "siaga",
        "bootstrap_timeout_ms": 2500,
        "security_protocol": "SASL_SSL",
        "ssl_cafile": str(tmp_path / "ca.pem"),
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "u",
        "sasl_plain_password": "hunter2",
    }
