"""Throw-away servers start on ports of their own, and stop without a trace."""

import os
import shutil
import socket
from pathlib import Path

import pytest

from tests.parts import require_part
from tools import elasticsearch, services
from tools.console import Trouble


def test_a_part_starts_answers_and_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require_part("redis-server", shutil.which("redis-server"), "apt install redis-server")
    monkeypatch.setattr(services, "STATE", tmp_path / "services.json")
    monkeypatch.setattr(services, "PARTS", {"Redis": services._start_redis})
    services.start()
    try:
        (address,) = services.addresses().values()
        port = int(address.rpartition(":")[2].partition("/")[0])
        folder = Path(services._read().folder)
        assert folder.exists()
        services.start()
        assert services.addresses() == {"REDIS_URL": address}, "a running set is used again"
    finally:
        services.stop()
    assert services.addresses() == {}
    assert not folder.exists()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port))


def test_a_part_that_dies_is_told_at_once_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start_nothing(folder: Path, running: services.Running) -> object:
        home = services._home(folder / "nothing", {})
        services._launch(running, "Nothing", home, ["sh", "-c", "echo no; exit 3"], {})
        return lambda: False

    monkeypatch.setattr(services, "STATE", tmp_path / "services.json")
    monkeypatch.setattr(services, "LOGS", tmp_path)
    monkeypatch.setattr(services, "PARTS", {"Nothing": start_nothing})
    with pytest.raises(Trouble, match="Nothing stopped while starting"):
        services.start()
    assert (tmp_path / "nothing.log").read_text() == "no\n"
    assert services.addresses() == {}


def test_a_number_that_went_to_another_program_is_not_ours() -> None:
    started = services._started(os.getpid())
    assert started is not None
    assert services._alive([os.getpid(), started])
    assert not services._alive([os.getpid(), started - 1])


def test_the_newest_java_is_found_by_what_it_says_of_itself(tmp_path: Path) -> None:
    (tmp_path / "release").write_text('IMPLEMENTOR="Somebody"\nJAVA_VERSION="25.0.1"\n')
    assert elasticsearch.java_version(tmp_path) == 25
    assert elasticsearch.java_version(tmp_path / "absent") == 0
