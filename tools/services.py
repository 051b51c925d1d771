"""Throw-away PostgreSQL, Redis and Elasticsearch for tests: free ports, a temporary folder.

One set at a time for each copy of the project. What runs is written to `var/services.json`.
"""

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tools import elasticsearch
from tools.console import Trouble, step
from tools.paths import VAR

STATE = VAR / "services.json"
LIMIT = 180
"""Seconds that one part may take to answer."""


@dataclass
class Running:
    """What was started: its folder, its process ids, and where each part answers."""

    folder: str
    processes: list[int] = field(default_factory=list)
    addresses: dict[str, str] = field(default_factory=dict)


def start() -> None:
    """Start all three and wait until each answers; a set that still runs is used again.

    Raises:
        Trouble: a program is not installed, or a part did not answer in time.
    """
    if addresses() and all(_alive(pid, _read().folder) for pid in _read().processes):
        return
    stop()
    folder = Path(tempfile.mkdtemp(prefix="golden-thread-"))
    folder.chmod(0o755)
    running = Running(str(folder))
    try:
        parts = [
            ("Elasticsearch", _start_elasticsearch),
            ("PostgreSQL", _start_postgresql),
            ("Redis", _start_redis),
        ]
        ready = [(name, part(folder, running)) for name, part in parts]
        _write(running)
        for name, answers in reversed(ready):
            with step(f"Starting {name}"):
                _wait(name, answers, folder)
    except BaseException:
        _write(running)
        stop()
        raise


def stop() -> None:
    """Stop what `start` started, and only that; then remove its folder."""
    if not STATE.exists():
        return
    running = _read()
    for pid in running.processes:
        if _alive(pid, running.folder):
            os.kill(pid, signal.SIGTERM)
    limit = time.monotonic() + 30
    for pid in running.processes:
        while _alive(pid, running.folder) and time.monotonic() < limit:
            time.sleep(0.1)
        if _alive(pid, running.folder):
            os.kill(pid, signal.SIGKILL)
    shutil.rmtree(running.folder, ignore_errors=True)
    STATE.unlink(missing_ok=True)


def addresses() -> dict[str, str]:
    """Environment variable → address of each running part; empty when none was started."""
    return _read().addresses if STATE.exists() else {}


def _start_postgresql(folder: Path, running: Running) -> Callable[[], bool]:
    programs = _postgresql_programs()
    who = _somebody("postgres")
    home, port = _home(folder / "postgresql", who), free_port()
    ways = ["--auth=trust", "--username=postgres", "--no-sync", "--encoding=UTF8"]
    made = subprocess.run(
        [programs / "initdb", *ways, "--locale=C.UTF-8", "--pgdata", home / "data"],
        capture_output=True,
        text=True,
        cwd=home,
        **who,
    )
    if made.returncode:
        raise Trouble(f"PostgreSQL could not make its data folder: {made.stderr.strip()}")
    options = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": home,
        # Nothing here outlives the tests, so nothing is worth a wait for the disk.
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
    }
    settings = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
    _launch(running, home, [programs / "postgres", "-D", home / "data", *settings], who)
    running.addresses["DATABASE_URL"] = f"postgres://postgres@127.0.0.1:{port}/goldenthread"
    ways = ["--host=127.0.0.1", f"--port={port}", "--username=postgres"]
    return lambda: not subprocess.run(
        [programs / "createdb", *ways, "goldenthread"], capture_output=True
    ).returncode


def _start_redis(folder: Path, running: Running) -> Callable[[], bool]:
    program = _program("redis-server", "redis-server")
    home, port = _home(folder / "redis", {}), free_port()
    ways = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", home]
    _launch(running, home, [program, *ways], {})
    running.addresses["REDIS_URL"] = f"redis://127.0.0.1:{port}/0"

    def answers() -> bool:
        with closing(socket.create_connection(("127.0.0.1", port), timeout=2)) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(7) == b"+PONG\r\n"

    return answers


def _start_elasticsearch(folder: Path, running: Running) -> Callable[[], bool]:
    with step("Fetching Elasticsearch"):
        program = elasticsearch.installed()
    who = _somebody("elasticsearch", "nobody")
    home, port = _home(folder / "elasticsearch", who), free_port()
    command, env = elasticsearch.command(program, home, port)
    for path in home.rglob("*"):
        _give(path, who)
    _launch(running, home, command, who, env)
    address = f"http://127.0.0.1:{port}"
    running.addresses["ELASTICSEARCH_URL"] = address

    def answers() -> bool:
        health = f"{address}/_cluster/health?wait_for_status=yellow&timeout=1s"
        with urllib.request.urlopen(health, timeout=5) as reply:
            return json.load(reply)["status"] in {"yellow", "green"}

    return answers


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _launch(
    running: Running,
    home: Path,
    command: list[Any],
    who: dict[str, Any],
    env: dict[str, str] | None = None,
) -> None:
    with (home / "log.txt").open("wb") as log:
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=home,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **who,
        )
    running.processes.append(process.pid)
    # Never waited for: it outlives this program, and init takes it over.
    process.returncode = 0


def _wait(name: str, answers: Callable[[], bool], folder: Path) -> None:
    limit = time.monotonic() + LIMIT
    while time.monotonic() < limit:
        try:
            if answers():
                return
        except (OSError, ValueError):
            pass
        time.sleep(0.2)
    log = (folder / name.lower() / "log.txt").read_text(errors="replace").splitlines()
    raise Trouble(f"{name} did not answer within {LIMIT} s. Its last line: {(log or ['none'])[-1]}")


def _somebody(*names: str) -> dict[str, Any]:
    """Whom to run a server as: servers refuse to run as root, others stay who they are."""
    if os.geteuid():
        return {}
    for name in names:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    raise Trouble(f"There is no user called {' or '.join(names)} here to run a server as. Add one.")


def _home(folder: Path, who: dict[str, Any]) -> Path:
    folder.mkdir()
    _give(folder, who)
    return folder


def _give(path: Path, who: dict[str, Any]) -> None:
    if who:
        os.chown(path, who["user"], who["group"])


def _postgresql_programs() -> Path:
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3])
    )
    if found:
        return found[-1].parent
    # Follow links: initdb looks for its siblings beside itself.
    return Path(_program("initdb", "postgresql")).resolve().parent


def _program(name: str, package: str) -> str:
    found = shutil.which(name)
    if not found:
        raise Trouble(f"{name} is not installed. On Debian: sudo apt install {package}")
    return found


def _alive(pid: int, folder: str) -> bool:
    """Whether this process still runs and is ours: a number can be given to another program."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state != "Z" and os.readlink(f"/proc/{pid}/cwd").startswith(folder)
    except OSError:
        return False


def _read() -> Running:
    return Running(**json.loads(STATE.read_text()))


def _write(running: Running) -> None:
    STATE.parent.mkdir(exist_ok=True)
    STATE.write_text(json.dumps(asdict(running), indent=1))
