"""The Kubernetes manifest: valid for its schema, names only what exists, and what it sets is read."""

from __future__ import annotations

import re
from pathlib import Path

import kubernetes_validate
import pytest
import yaml
from click.testing import CliRunner

from agents.command_line import siaga
from agents.settings import load_settings

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "deploy/kubernetes/siaga.yml").read_text()
OBJECTS = {f"{one['kind']}": one for one in yaml.safe_load_all(TEXT)}
PODS = {kind: OBJECTS[kind]["spec"]["template"]["spec"] for kind in ("Job", "StatefulSet")}
CONTAINERS = [(kind, one) for kind, pod in PODS.items() for one in pod["containers"]]
WORKER = PODS["StatefulSet"]["containers"][0]
# What the first lines of the manifest tell people to make.
OUTSIDE = {"siaga-config", "siaga-secrets"}


@pytest.mark.parametrize("version", ["1.32.0", "1.37.0"])
@pytest.mark.parametrize("kind", OBJECTS)
def test_it_is_valid_for_old_and_new_kubernetes(kind, version):
    kubernetes_validate.validate(OBJECTS[kind], version, strict=True)


def test_a_key_that_kubernetes_does_not_know_is_found():
    wrong = OBJECTS["Service"] | {"spec": OBJECTS["Service"]["spec"] | {"portz": []}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, "1.37.0", strict=True)


@pytest.mark.parametrize(("kind", "container"), CONTAINERS)
def test_its_command_exists(kind, container):
    command, *options = container["args"]
    shown = CliRunner().invoke(siaga, [command, "--help"])
    assert shown.exit_code == 0
    assert all(option in shown.output for option in options if option.startswith("--"))


@pytest.mark.parametrize(("kind", "container"), CONTAINERS)
def test_what_is_mounted_is_there(kind, container):
    pod, claims = PODS[kind], OBJECTS[kind]["spec"].get("volumeClaimTemplates", [])
    given = [volume["name"] for volume in pod["volumes"]] + [c["metadata"]["name"] for c in claims]
    assert sorted(given) == sorted(mount["name"] for mount in container["volumeMounts"])
    named = {v["configMap"]["name"] for v in pod["volumes"] if "configMap" in v}
    named |= {v["secret"]["secretName"] for v in pod["volumes"] if "secret" in v}
    assert named == OUTSIDE
    assert all(f" {name} " in TEXT.split("---")[0] for name in OUTSIDE)
    (environment,) = container["envFrom"]
    assert environment["configMapRef"]["name"] == OBJECTS["ConfigMap"]["metadata"]["name"]
    assert pod["serviceAccountName"] == OBJECTS["ServiceAccount"]["metadata"]["name"]


@pytest.mark.parametrize(("kind", "container"), CONTAINERS)
def test_it_is_confined(kind, container):
    assert PODS[kind]["securityContext"]["runAsNonRoot"]
    user = re.findall(r"^USER (\d+):", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    assert [str(PODS[kind]["securityContext"]["runAsUser"])] == user
    context = container["securityContext"]
    assert context["readOnlyRootFilesystem"]
    assert not context["allowPrivilegeEscalation"]
    assert context["capabilities"] == {"drop": ["ALL"]}
    assert container["resources"]["limits"]["memory"]


def test_every_variable_is_read_and_valid(tmp_path):
    """The files that the comment tells people to make are made, and siaga reads its settings from them."""
    env = dict(OBJECTS["ConfigMap"]["data"])
    at = {mount["mountPath"]: mount["name"] for mount in WORKER["volumeMounts"]}
    assert at[env.pop("SIAGA_CONFIG")] == "config"
    secrets = next(path for path, name in at.items() if name == "secrets")
    made = re.findall(r"--from-(?:file|literal)=([\w.-]+)", TEXT.split("---")[0])
    for key, value in env.items():
        if value.startswith(f"{secrets}/"):
            name = value.rsplit("/", 1)[1]
            assert name in made, f"{key}: nobody makes {name}"
            (tmp_path / name).write_text("0123456789abcdef0123456789abcdef\n")
            env[key] = str(tmp_path / name)
    settings = load_settings(ROOT / "config", env)
    assert not [warning for warning in settings.warnings if "nobody reads" in str(warning)]
    assert settings.service.kafka.security.mechanism == "scram-sha-512"
    assert settings.kafka_password is not None
    assert settings.service.topics.replication <= len(settings.service.kafka.brokers)
    assert any(
        settings.service.data_dir.startswith(f"{path}/") for path, name in at.items() if name == "data"
    )


def test_the_configuration_folder_fits_a_config_map():
    files = [path for path in (ROOT / "config").iterdir() if path.is_file()]  # kubectl leaves folders out
    assert {"brands.yml", "detector.yml", "service.yml", "alerts.yml", "lexicon.yml"} <= {
        f.name for f in files
    }
    assert sum(file.stat().st_size for file in files) < 1_000_000


def test_probes_ask_where_the_worker_answers():
    (port,) = WORKER["ports"]
    env = OBJECTS["ConfigMap"]["data"]
    assert env["SIAGA_SERVICE_WEB_PORT"] == str(port["containerPort"])
    assert env["SIAGA_SERVICE_WEB_HOST"] == "0.0.0.0"
    probes = {name: WORKER[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness", "readiness")}
    assert {probe["port"] for probe in probes.values()} == {port["name"]}
    # Waiting for Kafka or restoring is no reason to kill it.
    assert (probes["liveness"]["path"], probes["readiness"]["path"]) == ("/healthz", "/readyz")


def test_selectors_find_the_workers():
    spec = OBJECTS["StatefulSet"]["spec"]
    labels = spec["template"]["metadata"]["labels"]
    assert spec["selector"]["matchLabels"] == labels
    assert OBJECTS["Service"]["spec"]["selector"] == labels
    assert OBJECTS["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == labels
    assert spec["serviceName"] == OBJECTS["Service"]["metadata"]["name"]
    assert labels != OBJECTS["Job"]["spec"]["template"]["metadata"]["labels"]


def test_there_is_no_secret():
    assert "Secret" not in OBJECTS
    for key, value in OBJECTS["ConfigMap"]["data"].items():
        assert not re.search("KEY|PASSWORD|TOKEN|SECRET", key) or key.endswith("_FILE"), (key, value)
