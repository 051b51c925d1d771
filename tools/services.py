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
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tools import elasticsearch
from tools.console import Trouble, step
from tools.paths import LOGS, VAR, shown

STATE = VAR / "services.json"
LIMIT = 180
"""Seconds that one part may take to answer."""

STOP_LIMIT = 20
"""Seconds that the parts have to stop politely."""


@dataclass
class Running:
    """What was started: its folder, its processes, and where each part answers."""

    folder: str
    processes: dict[str, list[int]] = field(default_factory=dict)
    """Part → process id, and the moment it started in the kernel's ticks."""
    addresses: dict[str, str] = field(default_factory=dict)


def start() -> None:
    """Start all three and wait until each answers; a set that still runs is used again.

    Raises:
        Trouble: a program is not installed, or a part did not answer in time.
    """
    if addresses() and all(_alive(process) for process in _read().processes.values()):
        return
    stop()
    folder = Path(tempfile.mkdtemp(prefix="golden-thread-"))
    folder.chmod(0o755)
    running = Running(str(folder))
    try:
        # The slowest first, so that it starts while the others do.
        ready = [(name, part(folder, running)) for name, part in PARTS.items()]
        _write(running)
        for name, answers in reversed(ready):
            with step(f"Starting {name}"):
                _wait(name, answers, running)
    except BaseException:
        _write(running)
        stop()
        raise


def stop() -> None:
    """Stop what `start` started, and only that; then remove its folder."""
    if not STATE.exists():
        return
    running = _read()
    ours = [process for process in running.processes.values() if _alive(process)]
    for way in (signal.SIGTERM, signal.SIGKILL):
        for pid, _ in ours:
            with suppress(ProcessLookupError):
                os.killpg(pid, way)
        limit = time.monotonic() + STOP_LIMIT
        while any(map(_alive, ours)) and time.monotonic() < limit:
            time.sleep(0.1)
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
    command: list[Any] = [programs / "postgres", "-D", home / "data"]
    command += [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
    _launch(running, "PostgreSQL", home, command, who)
    running.addresses["DATABASE_URL"] = f"postgres://postgres@127.0.0.1:{port}/goldenthread"
    ways = ["--host=127.0.0.1", f"--port={port}", "--username=postgres"]

    def answers() -> bool:
        made = subprocess.run([programs / "createdb", *ways, "goldenthread"], capture_output=True)
        return made.returncode == 0

    return answers


def _start_redis(folder: Path, running: Running) -> Callable[[], bool]:
    program = _program("redis-server", "redis-server")
    home, port = _home(folder / "redis", {}), free_port()
    ways = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", home]
    _launch(running, "Redis", home, [program, *ways], {})
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
    _launch(running, "Elasticsearch", home, command, who, env, cwd=program)
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
    name: str,
    home: Path,
    command: list[Any],
    who: dict[str, Any],
    env: dict[str, str] | None = None,
    cwd: Path | None = None,
) -> None:
    with (home / "log.txt").open("wb") as log:
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=cwd or home,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **who,
        )
    running.processes[name] = [process.pid, _started(process.pid) or 0]
    # Python is not to warn that it is never waited for: it outlives this program.
    process.returncode = 0


def _wait(name: str, answers: Callable[[], bool], running: Running) -> None:
    limit, why = time.monotonic() + LIMIT, f"did not answer within {LIMIT} s"
    while time.monotonic() < limit:
        with suppress(OSError, ValueError):
            if answers():
                return
        if not _alive(running.processes[name]):
            why = "stopped while starting"
            break
        time.sleep(0.2)
    log = LOGS / f"{name.lower()}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(Path(running.folder) / name.lower() / "log.txt", log)
    raise Trouble(f"{name} {why}. What it said: {shown(log)}")


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


PARTS: dict[str, Callable[[Path, Running], Callable[[], bool]]] = {
    "Elasticsearch": _start_elasticsearch,
    "PostgreSQL": _start_postgresql,
    "Redis": _start_redis,
}
"""Part → what starts it and returns the question whether it answers yet."""


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


def _alive(process: list[int]) -> bool:
    """Whether it still runs and is ours: its number may have gone to another program since."""
    pid, started = process
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    return _started(pid) == started


def _started(pid: int) -> int | None:
    """When a process started, in ticks since boot (field 22 of /proc/PID/stat, see proc(5))."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else int(fields[19])


def _read() -> Running:
    return Running(**json.loads(STATE.read_text()))


def _write(running: Running) -> None:
    STATE.parent.mkdir(exist_ok=True)
    STATE.write_text(json.dumps(asdict(running), indent=1))
