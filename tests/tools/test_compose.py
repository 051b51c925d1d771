"""The compose file: all that it asks for is in the example, and nothing has more than it needs."""

import re
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.production import ROOT, compose
from tools import images
from tools.console import Trouble

TEXT = (ROOT / "docker-compose.yml").read_text()
EXAMPLE = (ROOT / "docs" / "production.env.example").read_text()
SERVICES: dict[str, dict[str, Any]] = compose()["services"]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()


def variables() -> set[str]:
    return set(re.findall(r"(?<!\$)\$\{(\w+)", TEXT))


def test_every_variable_is_in_the_example_and_in_the_docs() -> None:
    named = set(re.findall(r"^#? ?(\w+)=", EXAMPLE, re.MULTILINE))
    assert variables() == named
    assert [name for name in variables() if f"`{name}`" not in OPERATIONS] == []


def test_what_must_be_set_stands_uncommented_and_empty() -> None:
    must = set(re.findall(r"\$\{(\w+):\?", TEXT))
    given = dict(re.findall(r"^(\w+)=(.*)$", EXAMPLE, re.MULTILINE))
    assert set(given) == must
    prompts = ("", "https://", "smtp+tls://", "./record-signing-key.pem")
    assert all(value in prompts for value in given.values())


@pytest.mark.parametrize("name", SERVICES)
def test_no_container_has_more_than_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"] and service["pids_limit"]
    assert service["read_only"] is (name != "elasticsearch")
    assert not {"privileged", "network_mode", "pid", "ipc"} & set(service)
    assert ("ports" in service) == (name == "proxy")
    assert name == "migrate" or service["restart"] == "unless-stopped"
    added = {"postgres", "clamav"}
    assert ("cap_add" in service) == (name in added)


def test_only_the_proxy_is_met_from_outside_and_nothing_meets_the_database_but_the_site() -> None:
    def on(network: str) -> set[str]:
        return {name for name, each in SERVICES.items() if network in each["networks"]}

    networks = compose()["networks"]
    assert on("public") == {"proxy"}
    assert on("front") == {"proxy", "web"}
    assert "proxy" not in on("inside") | on("outward")
    assert {"postgres", "redis", "elasticsearch"} <= on("inside") - on("outward") - on("front")
    assert networks["inside"]["internal"] and networks["front"]["internal"]
    subnet = networks["front"]["ipam"]["config"][0]["subnet"]
    assert SERVICES["web"]["environment"]["TRUSTED_PROXIES"] == subnet


def test_every_image_is_one_version() -> None:
    for name, image in images.named().items():
        assert re.search(r":\d+\.\d+\.\d+$|postgres:\d+\.\d+$", image), name
    assert set(images.named()) == {"proxy", "postgres", "redis", "elasticsearch", "clamav"}
    dockerfile = (ROOT / "Dockerfile").read_text()
    python = images.PYTHON.search(TEXT)
    assert python and f"ARG PYTHON_IMAGE={python[1]}\n" in dockerfile
    assert re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE) == ["${PYTHON_IMAGE}"] * 2


def test_parts_ask_for_passwords() -> None:
    site = SERVICES["web"]["environment"]
    for name, password in (
        ("DATABASE_URL", "POSTGRES_APPLICATION_PASSWORD"),
        ("REDIS_URL", "REDIS_PASSWORD"),
        ("ELASTICSEARCH_URL", "ELASTIC_PASSWORD"),
    ):
        assert f"{{{password}" in site[name]
    assert "requirepass" in str(SERVICES["redis"]["command"])
    assert SERVICES["elasticsearch"]["environment"]["xpack.security.enabled"] == "true"


def test_digests_are_what_the_registry_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\necho \"$4\" | sha256sum | sed 's/^/sha256:/'\n")
    docker.chmod(docker.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(images, "OVERRIDE", tmp_path / "docker-compose.images.yml")
    images.write()
    made = yaml.safe_load(images.OVERRIDE.read_text())["services"]
    assert set(made) == set(SERVICES)
    for name, image in images.named().items():
        assert re.fullmatch(re.escape(image) + "@sha256:[0-9a-f]{64}", made[name]["image"])
    assert "@sha256:" in made["web"]["build"]["args"]["PYTHON_IMAGE"]


def test_no_digest_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\necho no such image >&2; exit 1\n")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(Trouble, match="no such image"):
        images.digest("nothing:1.2.3")
