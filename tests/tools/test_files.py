"""What is committed fits together: locks, Compose, the settings and their documentation."""

import json
import re
from typing import Any

import pytest
import yaml
from django.contrib.staticfiles import finders

from tests.marketplace.test_guards import GOOD
from tools.paths import ROOT

LOCKS = ("requirements/production.lock", "requirements/development.lock", "requirements/node.lock")
READ_BY_PROGRAMS = {"WEB_CONCURRENCY"}
"""Variables that gunicorn reads by itself."""

ONE_SHOT = {"migrate"}
"""Services that end; nothing checks their health."""


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


@pytest.mark.parametrize("name", [*LOCKS, "package-lock.json", ".npmrc", "package.json"])
def test_locks_hold_no_address_and_no_path_of_a_machine(name: str) -> None:
    text = (ROOT / name).read_text()
    if name.endswith(".json"):
        # Where a package's author takes donations is no address that anything comes from.
        text = re.sub(r'"(url|funding)": "[^"]*"', "", text)
    assert not re.findall(r"\w+://\S+|--(?:extra-)?index-url.*|--find-links.*", text)
    assert not re.findall(r"(?:^|[\s\"'=])(?:/|[A-Z]:\\)[\w.-]+/\S*", text, re.MULTILINE)


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_a_hash(name: str) -> None:
    entries = re.split(r"^(?=[a-z0-9])", (ROOT / name).read_text(), flags=re.MULTILINE)[1:]
    assert entries
    assert all("--hash=sha256:" in entry for entry in entries)


def test_every_npm_package_has_a_hash_and_no_address() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    found = {name: package for name, package in packages.items() if name}
    assert {"node_modules/govuk-frontend", "node_modules/sass"} <= set(found)
    assert all("integrity" in package for package in found.values())
    assert not any("resolved" in package for package in found.values())


def test_the_development_lock_contains_the_production_lock() -> None:
    production, development = (pinned(name) for name in LOCKS[:2])
    assert production <= development


def pinned(name: str) -> set[str]:
    return set(re.findall(r"^([a-z0-9][^\s;]+==[^\s;]+)", (ROOT / name).read_text(), re.MULTILINE))


def test_compose_names_the_whole_set_up(services: dict[str, dict[str, Any]]) -> None:
    assert set(services) == {
        "postgres",
        "redis",
        "elasticsearch",
        "clamav",
        "migrate",
        "web",
        "worker",
        "beat",
        "proxy",
    }
    for name, service in services.items():
        assert service.get("image") or service.get("build"), name
        assert service["restart"] == ("on-failure" if name in ONE_SHOT else "unless-stopped"), name
        assert ("healthcheck" in service) == (name not in ONE_SHOT), name
        for needed, condition in service.get("depends_on", {}).items():
            wanted = "completed_successfully" if needed in ONE_SHOT else "healthy"
            assert condition == {"condition": f"service_{wanted}"}, (name, needed)
            assert needed in services


def test_every_volume_of_compose_is_declared() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    used = {
        volume.split(":")[0]
        for service in compose["services"].values()
        for volume in service.get("volumes", [])
        if not volume.startswith((".", "${"))  # a file or folder beside this one
    }
    assert used == set(compose["volumes"])


def test_compose_sets_only_variables_that_the_settings_read(
    services: dict[str, dict[str, Any]],
) -> None:
    for name in ("web", "worker", "beat", "migrate"):
        unknown = set(services[name]["environment"]) - variables_read() - READ_BY_PROGRAMS
        assert not unknown, name


def test_compose_gives_production_all_that_it_insists_on(
    services: dict[str, dict[str, Any]],
) -> None:
    insisted = set(GOOD)
    assert {"SECRET_KEY", "DATABASE_URL"} <= insisted
    assert insisted <= set(services["web"]["environment"])


def test_compose_carries_no_secret() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    for line in re.findall(r".*(?:PASSWORD|SECRET|EMAIL_URL).*", text):
        values = re.sub(r"\$\{[A-Z_]+(?:[:?-][^}]*)?\}", "", line)
        assert not re.search(r"(?:PASSWORD|SECRET_KEY|EMAIL_URL): *\S", values), line


def test_what_compose_asks_for_is_in_the_example() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    example = (ROOT / "docs" / "production.env.example").read_text()
    asked = set(re.findall(r"\$\{([A-Z_]+):\?", text))
    assert asked == set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE))


def test_operations_lists_exactly_the_variables_that_the_settings_read() -> None:
    text = (ROOT / "docs" / "operations.md").read_text()
    rows = re.findall(r"^\| (`[A-Z_]+`(?:(?: \*)?, `[A-Z_]+`)*)", text, re.MULTILINE)
    listed = {name for row in rows for name in re.findall(r"[A-Z_]+", row)}
    asked_by_compose = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    # Limits of time stand in one table of the settings, which the page names.
    assert variables_read("base", "production", "development") - listed == set()
    assert "`marketplace/settings/time_limits.py`" in text
    assert listed - variables_read() - asked_by_compose == set()


def variables_read(*names: str) -> set[str]:
    """Names of the environment variables in these files of the settings, or in all of them."""
    folder = ROOT / "marketplace" / "settings"
    files = names or ("base", "production", "development", "time_limits")
    text = "".join((folder / f"{name}.py").read_text() for name in files)
    return set(re.findall(r"env(?:\.\w+)?\(\s*\"([A-Z_]+)\"", text))


def test_every_target_of_the_makefile_is_a_verb() -> None:
    from tools.commands import VERBS

    text = (ROOT / "Makefile").read_text()
    assert set(re.findall(r"^\t\$\(VERB\) (\S+)$", text, re.MULTILINE)) == set(VERBS)
    assert set(re.findall(r"^([a-z-]+):.*## ", text, re.MULTILINE)) == {*VERBS, "help"}


def test_everything_that_the_styles_refer_to_is_shipped() -> None:
    """Production's storage refuses to collect styles that name a file that is not there."""
    css = (ROOT / "build" / "static" / "site.css").read_text()
    assert ".govuk-button" in css
    for address in re.findall(r"url\(\"?([^\")]+)", css):
        if not address.startswith("data:"):
            assert finders.find(address.removeprefix("/static/")), address
