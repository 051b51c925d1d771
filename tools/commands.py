"""The verbs of the Makefile."""

import fcntl
import os
import shlex
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tools import images, services, site
from tools.console import Trouble, explain, say, step
from tools.environment import install_python, install_sentences
from tools.paths import PYTHON, ROOT, VAR, VENV
from tools.processes import quietly
from tools.styles import build_styles

MOST_WORKERS = 4
"""Tests in parallel at most; each may hold a browser."""

MANAGE = ("python", "manage.py")

CHECKS = {
    "lint": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "."],
    "templates": ["djlint", "--lint", "--quiet", "."],
    "imports": ["lint-imports", "--no-logo"],
    "types": ["mypy", "."],
    "system": [*MANAGE, "check", "--fail-level=WARNING"],
    "migrations stand": [*MANAGE, "makemigrations", "--check", "--dry-run"],
    "migrations are safe": [*MANAGE, "lintmigrations", "--no-cache", "--quiet", "ok", "ignore"],
}


def run() -> int:
    port = site.port_wanted()
    site.check_port(port)
    with only_one_set_up():
        install_python()
        build_styles()
        site.prepare_database()
    site.check_port(port)  # set-up may have taken minutes
    return site.serve(port)


def set_up() -> int:
    with only_one_set_up():
        install_python()
        build_styles()
    return 0


def demo_reset() -> int:
    with only_one_set_up():
        install_python()
        site.reset()
    say("  The demonstration is as new. Start it with: make run")
    return 0


def code() -> int:
    email = os.environ.get("EMAIL")
    if not email:
        raise Trouble("Say whose code: make code EMAIL=officer@example.org")
    command = [str(PYTHON), "manage.py", "demonstration_code", email]
    return subprocess.run(command, cwd=ROOT, env=site.development()).returncode


def check() -> int:
    """Run every check, even after one failed, and name those that did."""
    _prepare_for_work()
    VAR.mkdir(exist_ok=True)
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "marketplace.settings.test",
        "DATABASE_URL": "sqlite://:memory:",  # what stands in this folder's is no matter
    }
    failed = []
    for name, (program, *arguments) in CHECKS.items():
        with step(f"Checking: {name}"):
            command = [str(VENV / "bin" / program), *arguments]
            code = subprocess.run(command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL).returncode
        if code:
            failed.append(name)
    if failed:
        raise Trouble(f"Checks that failed: {', '.join(failed)}.")
    say("  Every check passed.")
    return 0


def test() -> int:
    _prepare_for_work()
    return _pytest(dict(os.environ))


def test_real() -> int:
    """The same tests on PostgreSQL, Redis and Elasticsearch, started for them and stopped after."""
    _prepare_for_work()
    services.start()
    try:
        return _pytest({**os.environ, **services.addresses()})
    finally:
        services.stop()


def bench() -> int:
    _prepare_for_work()
    return subprocess.run([str(PYTHON), "-m", "tests.load.bench"], cwd=ROOT).returncode


def bench_rush() -> int:
    """The last minute before a deadline, on parts of its own, some of them silent."""
    return _bench_here("tests.load.rush")


def bench_kill() -> int:
    """The web process killed in the middle of submissions with files."""
    return _bench_on_real_parts("tests.load.kill")


def chaos() -> int:
    """Every part taken away while people rush; it starts parts of its own."""
    return _bench_here("tests.chaos")


def attack() -> int:
    """Hostile inputs, forms, roles and stored scripts, through the proxy."""
    return _bench_on_real_parts("tests.attack.run")


def write_images() -> int:
    """Write the digests that the compose file's images have at your registry."""
    images.write()
    return 0


def bench_judging() -> int:
    """Sharing out against its bound, and adjusted scores on panels with known quality."""
    return _bench_here("tests.load.judging")


def bench_matching() -> int:
    """Matching both ways with 50,000 start-ups; on Elasticsearch too if its address is set."""
    return _bench_here("tests.load.matching")


def bench_record() -> int:
    """Sealing the activity record and checking all of it."""
    return _bench_here("tests.load.record")


def bench_signin() -> int:
    """Whether the time of an answer tells which addresses have an account."""
    return _bench_here("tests.load.sign_in")


def _bench_here(module: str) -> int:
    _prepare_for_work()
    chosen = shlex.split(os.environ.get("ARGS", ""))
    return subprocess.run([str(PYTHON), "-m", module, *chosen], cwd=ROOT).returncode


def _bench_on_real_parts(module: str) -> int:
    """Run a bench on the parts that the environment names, or on throw-away ones."""
    _prepare_for_work()
    chosen = shlex.split(os.environ.get("ARGS", ""))
    command = [str(PYTHON), "-m", module, *chosen]
    if os.environ.get("DATABASE_URL"):
        return subprocess.run(command, cwd=ROOT).returncode
    services.start()
    try:
        env = {**os.environ, **services.addresses()}
        return subprocess.run(command, cwd=ROOT, env=env).returncode
    finally:
        services.stop()


def lock() -> int:
    """Compile requirements/*.in anew; what is locked already stays unless UPGRADE=1."""
    _prepare_for_work()
    flags = ["--generate-hashes", "--universal", "--python-version=3.11.5", "--quiet"]
    flags += ["--no-emit-index-url", "--no-emit-find-links", "--custom-compile-command=make lock"]
    if os.environ.get("UPGRADE") == "1":
        flags.append("--upgrade")
    for name in ("production", "node", "development", "sentences"):
        files = [f"requirements/{name}.in", "--output-file", f"requirements/{name}.lock"]
        own = ["--no-deps"] if name == "sentences" else []
        command: list[str | Path] = [VENV / "bin" / "uv", "pip", "compile", *flags, *own, *files]
        with step(f"Locking requirements/{name}.in"):
            quietly("Locking requirements", command)
    return 0


def start_services() -> int:
    """Start the real parts and print the lines that point a shell at them."""
    services.start()
    for name, address in services.addresses().items():
        print(f"export {name}={shlex.quote(address)}")
    return 0


def stop_services() -> int:
    services.stop()
    return 0


VERBS: dict[str, Callable[[], int]] = {
    "run": run,
    "setup": set_up,
    "demo-reset": demo_reset,
    "code": code,
    "check": check,
    "test": test,
    "test-real": test_real,
    "bench": bench,
    "bench-rush": bench_rush,
    "bench-kill": bench_kill,
    "chaos": chaos,
    "attack": attack,
    "images": write_images,
    "bench-judging": bench_judging,
    "bench-matching": bench_matching,
    "bench-record": bench_record,
    "bench-signin": bench_signin,
    "lock": lock,
    "services": start_services,
    "services-stop": stop_services,
}


def main(arguments: Sequence[str]) -> int:
    """Carry out one verb; what a person can put right is one line, never a traceback."""
    if len(arguments) != 1 or arguments[0] not in VERBS:
        say(f"Say one of: {', '.join(VERBS)}")
        return 2
    try:
        return VERBS[arguments[0]]()
    except Trouble as trouble:
        say(f"\n{trouble}")
    except OSError as error:
        say(f"\n{explain(error)}")
    except KeyboardInterrupt:
        say("\nStopped.")
        return 130
    return 1


@contextmanager
def only_one_set_up() -> Iterator[None]:
    """Two set-ups at once would spoil each other's work; the second waits."""
    VAR.mkdir(exist_ok=True)
    with Path(VAR / "setup.lock").open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("  Waiting for another set-up in this folder to finish …")
            fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _prepare_for_work() -> None:
    with only_one_set_up():
        install_python("development")
        install_sentences()
        build_styles()


def _pytest(env: dict[str, str]) -> int:
    workers = os.environ.get("WORKERS") or str(min(MOST_WORKERS, os.cpu_count() or 1))
    parallel = [] if workers in {"0", "1"} else ["-n", workers, "--dist", "worksteal"]
    chosen = shlex.split(os.environ.get("ARGS", ""))
    command = [str(PYTHON), "-m", "pytest", "-rfEs", *parallel, *chosen]
    return subprocess.run(command, cwd=ROOT, env=env).returncode
