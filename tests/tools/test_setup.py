"""Set-up runs once, heals itself, and says what is wrong in one line."""

import errno
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import commands, environment, paths, processes, site, stamps
from tools.__main__ import NEEDED, too_old_message
from tools.console import Trouble, explain


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder of the test's own, with a lock in it."""
    (tmp_path / "requirements").mkdir()
    for name in ("production", "development", "node"):
        (tmp_path / "requirements" / f"{name}.lock").write_text(f"{name}==1\n")
    monkeypatch.setattr(environment, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(environment, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(environment, "REQUIREMENTS", tmp_path / "requirements")
    monkeypatch.setattr(site, "DATABASE", tmp_path / "marketplace.sqlite3")
    monkeypatch.setattr(site, "VAR", tmp_path)
    monkeypatch.setattr(site, "MIGRATED", tmp_path / "migrated.stamp")
    monkeypatch.setattr(site, "LOADED", tmp_path / "demonstration.stamp")
    monkeypatch.setattr(site, "UPLOADS", (tmp_path / "media",))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return tmp_path


@pytest.fixture
def installed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What would have been run, by name; nothing is."""
    ran: list[str] = []

    def quietly(what: str, command: object, *, env: object = None) -> None:
        ran.append(what)
        environment.PYTHON.parent.mkdir(parents=True, exist_ok=True)
        environment.PYTHON.touch()

    monkeypatch.setattr(environment, "quietly", quietly)
    return ran


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


def test_a_second_set_up_repeats_nothing(installed: list[str]) -> None:
    environment.install_python()
    assert installed == ["Creating .venv", "Installing Python packages"]
    environment.install_python()
    assert len(installed) == 2


def test_a_changed_lock_is_installed_again(installed: list[str], folder: Path) -> None:
    environment.install_python()
    (folder / "requirements" / "production.lock").write_text("production==2\n")
    environment.install_python()
    assert installed.count("Installing Python packages") == 2


def test_the_development_lock_serves_for_production_too(installed: list[str]) -> None:
    environment.install_python("development")
    before = len(installed)
    environment.install_python("production")
    assert len(installed) == before


def test_a_half_finished_set_up_starts_again(
    folder: Path, installed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    environment.install_python()
    stop = KeyboardInterrupt()

    def broken_off(*_: object, **__: object) -> None:
        raise stop

    (folder / "requirements" / "production.lock").write_text("production==2\n")
    with monkeypatch.context() as patch:
        patch.setattr(environment, "quietly", broken_off)
        with pytest.raises(KeyboardInterrupt):
            environment.install_python()
    (folder / "requirements" / "production.lock").write_text("production==1\n")
    environment.install_python()
    assert installed.count("Installing Python packages") == 2


def test_a_python_that_went_away_is_replaced(installed: list[str]) -> None:
    environment.install_python()
    environment.PYTHON.unlink()
    environment.install_python()
    assert installed.count("Creating .venv") == 2


def test_a_stamp_knows_names_contents_and_extras(tmp_path: Path) -> None:
    one, two = tmp_path / "a", tmp_path / "b"
    one.write_text("x")
    first = stamps.digest([one])
    assert stamps.digest([one], "flag") != first
    one.rename(two)
    assert stamps.digest([two]) != first
    stamps.write(tmp_path / "deep" / "stamp", first)
    assert stamps.matches(tmp_path / "deep" / "stamp", first)
    assert not stamps.matches(tmp_path / "absent", first)


def test_the_database_is_prepared_once_and_again_when_it_is_gone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []

    def manage(what: str, command: str, *_: str) -> None:
        import sqlite3

        ran.append(command)
        with sqlite3.connect(site.DATABASE) as connection:
            if command == "migrate":
                connection.execute("CREATE TABLE django_migrations AS SELECT 1 AS id")
                connection.execute("CREATE TABLE accounts_user (is_demonstration)")
            else:
                connection.execute("INSERT INTO accounts_user VALUES (1)")

    monkeypatch.setattr(site, "manage", manage)
    site.prepare_database()
    site.prepare_database()
    assert ran == ["migrate", "load_demonstration"]
    site.DATABASE.unlink()
    site.prepare_database()
    assert ran == ["migrate", "load_demonstration"] * 2
    monkeypatch.setenv("CONFIRM", "1")
    site.reset()
    assert ran == ["migrate", "load_demonstration"] * 3


def test_reset_leaves_somebody_elses_database_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere/site")
    monkeypatch.setenv("CONFIRM", "1")
    with pytest.raises(Trouble, match="DATABASE_URL is set"):
        site.reset()


def test_reset_asks_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONFIRM", raising=False)
    monkeypatch.setattr("builtins.input", lambda _: "no")
    site.DATABASE.touch()
    with pytest.raises(Trouble, match="Nothing was changed"):
        site.reset()
    assert site.DATABASE.exists()


def test_a_taken_port_is_one_line_that_names_another(taken_port: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools", "run"],
        cwd=paths.ROOT,
        env={**os.environ, "PORT": str(taken_port)},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 1
    assert done.stderr.strip().count("\n") == 0
    assert f"Port {taken_port} is taken" in done.stderr
    assert "make run PORT=" in done.stderr


@pytest.mark.parametrize("text", ["http", "0", "70000", "-1"])
def test_a_wrong_port_is_told(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", text)
    with pytest.raises(Trouble, match="is not a port"):
        site.port_wanted()


def test_an_old_python_is_told_what_is_needed() -> None:
    message = too_old_message((3, 9, 2, "final", 0))
    assert "needs Python 3.11.5 or newer, but found 3.9.2" in message
    assert "make run PYTHON=" in message
    assert "\n" not in message


def test_the_needed_python_is_the_one_that_the_project_declares() -> None:
    import tomllib

    declared = tomllib.loads((paths.ROOT / "pyproject.toml").read_text())["project"]
    assert declared["requires-python"] == ">=" + ".".join(map(str, NEEDED))


def test_the_entry_can_be_read_by_an_old_python() -> None:
    import ast

    for name in ("__init__.py", "__main__.py"):
        ast.parse((paths.ROOT / "tools" / name).read_text(), feature_version=(3, 4))


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("Failed to establish a new connection: [Errno -3] name resolution", "no network"),
        ("npm error code EAI_AGAIN", "no network"),
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
        ("SSLCertVerificationError: CERTIFICATE_VERIFY_FAILED", "certificate is not trusted"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES", "differs from what the lock promises"),
        ("one\nsomething odd\n\n", "failed: something odd"),
        ("", "failed: no output"),
    ],
)
def test_output_of_a_failed_step_becomes_one_line(output: str, said: str) -> None:
    message = processes.diagnose("Installing", output, paths.LOGS / "installing.log")
    assert said in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("number", "said"), [(errno.ENOSPC, "disk is full"), (errno.EACCES, "Not allowed to write")]
)
def test_errors_of_the_system_are_one_line(number: int, said: str) -> None:
    assert said in explain(OSError(number, os.strerror(number), "var"))


def test_trouble_is_said_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def trouble() -> int:
        raise Trouble("The lamp is out. Light it.")

    def stopped() -> int:
        raise KeyboardInterrupt

    monkeypatch.setitem(commands.VERBS, "check", trouble)
    assert commands.main(["check"]) == 1
    assert capsys.readouterr().err == "\nThe lamp is out. Light it.\n"
    monkeypatch.setitem(commands.VERBS, "check", stopped)
    assert commands.main(["check"]) == 130
    assert commands.main(["dance"]) == 2


def test_a_missing_venv_module_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, installed: list[str]
) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(Trouble, match="apt install python3-venv"):
        environment.install_python()


def test_a_full_disk_is_told_before_anything_is_fetched(
    folder: Path, monkeypatch: pytest.MonkeyPatch, installed: list[str]
) -> None:
    monkeypatch.setattr(environment, "ROOM_NEEDED", 10**18)
    with pytest.raises(Trouble, match="MB free"):
        environment.install_python()
    assert installed == []


def test_an_old_or_missing_node_is_replaced_by_the_locked_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch, installed: list[str]
) -> None:
    monkeypatch.setattr(environment, "OWN_NODE", folder / "node")
    monkeypatch.setattr(environment.shutil, "which", lambda name: f"/somewhere/{name}")
    monkeypatch.setattr(environment, "node_version", lambda _: (20, 19))
    assert environment.find_node() == ("/somewhere/node", ["/somewhere/npm"])
    assert installed == []
    monkeypatch.setattr(environment, "node_version", lambda _: (18, 13))
    node, npm = environment.find_node()
    assert node.startswith(str(folder / "node"))
    assert npm[0] == node
    environment.find_node()
    assert installed == ["Installing Node"]
