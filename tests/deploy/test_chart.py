"""The Helm chart: rendered by Helm, valid for Kubernetes, true to the server, and its containers run as processes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import kubernetes_validate
import pytest
import yaml

from specdouble import packs
from specdouble.mock.transports.rsgi.draining import ENDING_SECONDS
from tests.deploy.helm import CHART, KUBERNETES, HelmError, helm
from tests.deploy.settings import open_paths, options, variables
from tests.deploy.wiring import ROOT

LIBRARY = ROOT / "docs" / "examples" / "library.yaml"
FAULTS = "- {operation: POST /books, status: 503}\n"
PASSWORD = "a+b c/%:@"
SERVICES = packs.manifest_of(packs.default()).services
PACK_PORTS = [{"name": one.name.replace("_", "-")[:15], "port": one.port} for one in SERVICES]
VALUES: dict[str, dict[str, Any]] = {
    "a document and a database to try out": {
        "documents": {"files": {"library.yaml": LIBRARY.read_text()}},
        "postgresql": {"enabled": True, "password": PASSWORD},
    },
    "a pack, its database elsewhere": {
        "targets": [packs.default()], "ports": PACK_PORTS, "state": {"existingSecret": "database", "key": "uri"},
    },
    "one server in memory": {"targets": [packs.default()], "ports": PACK_PORTS, "replicas": 1},
    "a pack of one's own in a ConfigMap": {
        "targets": ["/api"], "state": {"url": "postgresql://mock@db/mock"},
        "documents": {"configMap": "shop", "paths": {"shop.yaml": "specs/shop.yaml", "orders.json": "fixtures/o.json"}},
    },
    "everything": {
        "documents": {"files": {"library.yaml": LIBRARY.read_text(), "faults.yaml": FAULTS}},
        "state": {"url": "postgresql://mock@db/mock"},
        "settings": {"SPECDOUBLE_STRICT": True, "SPECDOUBLE_FAULTS": "/api/faults.yaml", "SPECDOUBLE_SEED": 7},
        "exposeControl": False, "replicas": 3, "drainSeconds": 30, "imagePullSecrets": [{"name": "registry"}],
        "ingress": {"enabled": True, "className": "nginx", "annotations": {"a.example/b": "c"},
                    "hosts": [{"host": "shop.example.com", "port": "api"}],
                    "tls": [{"hosts": ["shop.example.com"], "secretName": "shop-tls"}]},
        "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
        "nodeSelector": {"disk": "ssd"}, "tolerations": [{"key": "k", "operator": "Exists"}],
        "affinity": {"nodeAffinity": {}}, "podAnnotations": {"x": "y"},
    },
}  # fmt: skip


@pytest.fixture(scope="module", params=VALUES)
def values(request: pytest.FixtureRequest) -> dict[str, Any]:
    return VALUES[request.param]


@pytest.fixture(scope="module")
def objects(values: dict[str, Any]) -> list[dict[str, Any]]:
    return helm(values)


def of(objects: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    found = [one for one in objects if one["kind"] == kind and "postgresql" not in one["metadata"]["name"]]
    assert len(found) == 1, kind
    return found[0]


def pod(objects: list[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = of(objects, "Deployment")["spec"]["template"]["spec"]
    return found


def container(objects: list[dict[str, Any]]) -> dict[str, Any]:
    (found,) = pod(objects)["containers"]
    return dict(found)


def environment(objects: list[dict[str, Any]]) -> dict[str, str]:
    return {one["name"]: one.get("value", "from a Secret") for one in container(objects)["env"]}


@pytest.mark.parametrize("version", KUBERNETES)
def test_every_object_is_valid(objects: list[dict[str, Any]], version: str) -> None:
    known = [one for one in objects if one["kind"] != "ServiceMonitor"]  # a kind that the Prometheus operator adds
    assert known
    for one in known:
        kubernetes_validate.validate(one, version, strict=True)


def test_validation_finds_a_word_that_kubernetes_does_not_know() -> None:
    deployment = of(helm(VALUES["one server in memory"]), "Deployment")
    deployment["spec"]["template"]["spec"]["containers"][0]["readinesProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError, match="readinesProbe"):
        kubernetes_validate.validate(deployment, KUBERNETES[-1], strict=True)


def test_probes_and_metrics_are_answered_by_the_server(objects: list[dict[str, Any]], values: dict[str, Any]) -> None:
    known = open_paths(str(LIBRARY))
    mine = container(objects)
    for name, path in {"startupProbe": "live", "livenessProbe": "live", "readinessProbe": "ready"}.items():
        probe = mine[name]["httpGet"]
        assert probe["path"] == f"/__mock__/health/{path}"
        assert probe["path"] in known
        assert probe["port"] in {one["name"] for one in mine["ports"]}
    if "serviceMonitor" in values:
        (endpoint,) = of(objects, "ServiceMonitor")["spec"]["endpoints"]
        assert endpoint["path"] in known
        assert endpoint["port"] in {one["name"] for one in of(objects, "Service")["spec"]["ports"]}


def test_options_and_variables_are_the_server_s(objects: list[dict[str, Any]], values: dict[str, Any]) -> None:
    mine = container(objects)
    targets = [str(LIBRARY) if one == "/api" else one for one in values.get("targets", ["/api"])]
    assert mine["command"][:2] == ["specdouble", "serve"]
    assert {one.partition("=")[0] for one in mine["command"][2:]} <= options(targets)
    named = {name for name in environment(objects) if name.startswith("SPECDOUBLE_")}
    assert named <= variables(targets)
    assert ("--expose-control" in mine["command"]) is values.get("exposeControl", True)


def test_ports_agree(objects: list[dict[str, Any]]) -> None:
    listed = {one["name"]: one["containerPort"] for one in container(objects)["ports"]}
    service = of(objects, "Service")["spec"]
    assert {one["targetPort"]: one["port"] for one in service["ports"]} == listed
    assert environment(objects)["SPECDOUBLE_PORT"] == str(next(iter(listed.values())))
    labels = of(objects, "Deployment")["spec"]["template"]["metadata"]["labels"]
    assert service["selector"].items() <= labels.items()
    for one in objects:
        if one["kind"] == "Ingress":
            (rule,) = one["spec"]["rules"]
            backend = rule["http"]["paths"][0]["backend"]["service"]
            assert backend["name"] == of(objects, "Service")["metadata"]["name"]
            assert backend["port"]["name"] in listed


def test_a_restart_leaves_time_and_takes_no_replica_away(objects: list[dict[str, Any]], values: dict[str, Any]) -> None:
    deployment, mine = of(objects, "Deployment")["spec"], pod(objects)
    drain = float(environment(objects)["SPECDOUBLE_DRAIN_SECONDS"])
    assert drain == values.get("drainSeconds", 10)
    before = container(objects)["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert mine["terminationGracePeriodSeconds"] > before + drain + 2 * ENDING_SECONDS
    assert deployment["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    budgets = [one for one in objects if one["kind"] == "PodDisruptionBudget"]
    assert len(budgets) == (deployment["replicas"] > 1)


def test_it_runs_as_the_image_s_user_and_writes_nowhere(objects: list[dict[str, Any]]) -> None:
    uid = re.search(r"useradd .*--uid (\d+)", (ROOT / "Containerfile").read_text())
    assert uid is not None
    assert pod(objects)["securityContext"]["runAsUser"] == int(uid[1])
    assert pod(objects)["securityContext"]["runAsNonRoot"] is True
    assert pod(objects)["enableServiceLinks"] is False  # SPECDOUBLE_PORT=tcp://... of a Service called specdouble
    assert container(objects)["securityContext"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
    }  # fmt: skip


def test_secrets_stand_in_secrets_alone() -> None:
    objects = helm(VALUES["a document and a database to try out"])
    secret = of(objects, "Secret")["stringData"]
    assert secret["password"] == PASSWORD
    assert httpx.URL(secret["url"]).password == PASSWORD
    assert httpx.URL(secret["url"]).host == "mock-specdouble-postgresql"
    assert PASSWORD not in yaml.safe_dump([one for one in objects if one["kind"] != "Secret"])
    elsewhere = helm(VALUES["a pack, its database elsewhere"])
    (state,) = [one for one in container(elsewhere)["env"] if one["name"] == "SPECDOUBLE_STATE"]
    assert state["valueFrom"]["secretKeyRef"] == {"name": "database", "key": "uri"}
    assert [one for one in elsewhere if one["kind"] == "Secret"] == []


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"targets": ["imperal"]}, "shared state: set state.existingSecret, state.url or postgresql.enabled"),
        ({"replicas": 1}, "nothing is in /api: set documents.files or documents.configMap"),
        ({"replicas": 1, "targets": ["a"], "ports": []}, "ports"),
        ({"replicas": 1, "targets": ["a"], "state": {"url": "mysql://x"}}, "/state/url"),
        ({"replicas": 1, "targets": ["a"], "postgresql": {"enabled": True}}, "needs postgresql.password"),
        ({"replica": 1}, "replica"),
        (
            {"targets": ["a"], "state": {"url": "postgresql://x"}, "postgresql": {"enabled": True, "password": "p"}},
            "two states",
        ),
        (
            {"targets": ["a"], "state": {"existingSecret": "s"}, "postgresql": {"enabled": True, "password": "p"}},
            "two states",
        ),
    ],
)
def test_values_that_cannot_work_are_refused(values: dict[str, Any], said: str) -> None:
    with pytest.raises(HelmError, match=re.escape(said)):
        helm(values)


def test_the_chart_has_the_product_s_version() -> None:
    from specdouble import __version__

    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert (chart["version"], chart["appVersion"]) == (__version__, __version__)
    assert chart["kubeVersion"].startswith(f">={KUBERNETES[0]}")


def lay(folder: Path, files: Mapping[str, str], items: list[dict[str, str]]) -> Path:
    """Lay a ConfigMap as the kubelet does: links into a folder that is replaced as a whole."""
    place = folder / "api"
    written = place / "..2026_11_30"
    for item in items:
        file = written / item["path"]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(files[item["key"]])
    (place / "..data").symlink_to(written.name)
    for one in {item["path"].partition("/")[0] for item in items}:
        (place / one).symlink_to(f"..data/{one}")
    return place


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8")
@pytest.mark.parametrize("name", ["one server in memory", "everything"])
def test_the_container_s_command_serves_as_the_kubelet_starts_it(name: str, tmp_path: Path) -> None:
    """Its command, arguments, variables and documents, with an address of this machine; then its probes are sent."""
    objects = helm(VALUES[name])
    mine, mounted = container(objects), {}
    for volume in pod(objects)["volumes"]:
        if "configMap" in volume:
            mounted["/api"] = str(lay(tmp_path, of(objects, "ConfigMap")["data"], volume["configMap"]["items"]))

    def here(text: str) -> str:
        return text.replace("/api", mounted.get("/api", "/api"))

    command = [one.replace("0.0.0.0", "127.0.0.4") for one in mine["command"]] + [here(one) for one in mine["args"]]
    sets = {key: here(value) for key, value in environment(objects).items() if key != "SPECDOUBLE_STATE"}
    sets["SPECDOUBLE_DRAIN_SECONDS"] = "0"
    home = tmp_path / "home"
    home.mkdir(mode=0o500)
    variables = {"PATH": os.environ["PATH"], "HOME": str(home), **sets, "XDG_CACHE_HOME": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-m", *command], cwd=ROOT, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as run:
        try:
            ports = {one["name"]: f"http://127.0.0.4:{one['containerPort']}" for one in mine["ports"]}
            for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                wanted = mine[probe]["httpGet"]
                assert answers(run, ports[wanted["port"]] + wanted["path"]) == 200
            for one in ports.values():
                assert httpx.get(f"{one}/__mock__/health/ready").status_code == 200
            if "SPECDOUBLE_FAULTS" in sets:
                assert httpx.post(f"{ports['api']}/books", json={"title": "T", "author": "A"}).status_code == 503
        finally:
            run.terminate()
            run.wait(20)
    assert run.returncode == 0


def answers(run: subprocess.Popen[bytes], url: str) -> int:
    until = time.monotonic() + 60
    while True:
        assert run.poll() is None, run.stderr and run.stderr.read().decode()
        try:
            return httpx.get(url, timeout=5).status_code
        except httpx.TransportError:
            assert time.monotonic() < until
            time.sleep(0.05)
