"""The real parts of one run, each of its own and most behind a link that can be broken."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.chaos import mail
from tests.chaos.links import Link
from tests.load.crowd import Server, say
from tests.pitches import samples
from tests.production import ROOT, command_of, settings_for, web_command
from tools import elasticsearch, services
from tools.paths import VAR

SECONDS = 120
QUICK = {
    "SWEEP_AFTER_SECONDS": "3",
    "MAIL_CLAIM_SECONDS": "8",
    "MAIL_FIRST_WAIT_SECONDS": "3",
    "MAIL_LEFT_ALONE_SECONDS": "3",
    "SEARCH_LEFT_ALONE_SECONDS": "2",
    "LEFT_ALONE_SECONDS": "2",
    "WATCH_SECONDS": "1",
}
"""What would take minutes takes seconds."""
OLD = "CHAOS_OLD"


class Process:
    """A program that can be killed and started again, in a group of its own."""

    def __init__(self, name: str, command: list[Any], log: Path, **ways: Any) -> None:
        self.name, self.command, self.ways = name, [str(part) for part in command], ways
        self.log = log
        self.running: subprocess.Popen | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                self.command, stdout=log, stderr=log, start_new_session=True, **self.ways
            )

    def signal(self, number: int) -> None:
        if self.running:
            with suppress(ProcessLookupError):
                os.killpg(self.running.pid, number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        if self.running:
            self.running.wait()

    def stop(self) -> None:
        """Politely; killed if it does not go."""
        if self.running is None or self.running.poll() is not None:
            return
        with suppress(ProcessLookupError):
            os.kill(self.running.pid, signal.SIGTERM)
        try:
            self.running.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.kill()

    def said(self) -> str:
        return self.log.read_text(errors="replace")[-2000:]


class Site(Server):
    """gunicorn as in production: its own configuration file, production's settings."""

    def __init__(self, log: Path) -> None:
        self.port = services.free_port()
        self.running: subprocess.Popen | None = None
        self.log = log
        self.folder = ROOT
        self.clock = ""
        self.headers = {
            "Host": f"127.0.0.1:{self.port}",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": "10.0.0.1",
            "Origin": f"https://127.0.0.1:{self.port}",
        }

    def start(self) -> None:
        command = [*web_command(self.port), "--graceful-timeout=10"]
        env = {**os.environ, "CHAOS_CLOCK": self.clock}
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                command, cwd=self.folder, env=env, start_new_session=True, stdout=log, stderr=log
            )
        until(lambda: self.ask("GET", "/healthz", "").status == 200, "gunicorn answers")

    def kill(self) -> None:
        """As a power cut would: master and workers at once, with no time to end anything."""
        assert self.running
        with suppress(ProcessLookupError):
            os.killpg(self.running.pid, signal.SIGKILL)
        self.running.wait()

    def stop(self) -> None:
        if self.running and self.running.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.running.pid, signal.SIGTERM)
            try:
                self.running.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.kill()


class Parts:
    """All of them, or those named. `folder` is theirs, and goes with them."""

    def __init__(self, names: Iterable[str] = ("redis", "index", "mail", "scanner")) -> None:
        self.names = set(names)
        self.folder = Path(tempfile.mkdtemp(prefix="golden-thread-chaos-"))
        self.folder.chmod(0o755)
        self.search_link: Link | None = None
        self.scanner_link: Link | None = None
        self.started: list[Callable[[], object]] = []
        self.running = services.Running(str(self.folder))

    def start(self) -> None:
        """Raises: SystemExit: one of them is not installed or did not start."""
        self.search_url = self.search_prefix = ""
        if "index" in self.names:
            self._start_search()
        self._start_database()
        self._start_redis()
        self._start_mail()
        if "scanner" in self.names:
            self._start_scanner()
        self._environment()
        if self.search_link:
            until(self._search_answers, "Elasticsearch answers")

    def start_site(self) -> None:
        self.site = Site(self.folder / "web.log")
        self.site.start()
        self.started.append(self.site.kill)
        ways = {"cwd": ROOT, "env": os.environ.copy()}
        clock = [each.replace("/tmp/", f"{self.folder}/") for each in command_of("beat")]
        self.worker = Process("worker", command_of("worker"), self.folder / "worker.log", **ways)
        self.beat = Process("beat", clock, self.folder / "beat.log", **ways)
        for process in (self.worker, self.beat):
            process.start()
            self.started.append(process.kill)
        until(self._worker_answers, "a worker answers")
        self.over = threading.Event()
        threading.Thread(target=self._keep_running, daemon=True).start()
        self.started.append(self.over.set)

    def _worker_answers(self) -> bool:
        from marketplace.celery import app

        with suppress(Exception):
            return bool(app.control.ping(timeout=2))
        return False

    def _keep_running(self) -> None:
        """As compose's `restart: unless-stopped`: a worker that its broker confuses ends itself."""
        while not self.over.wait(0.5):
            for process in (self.worker, self.beat):
                if (
                    process.running
                    and process.running.poll() is not None
                    and not self.over.is_set()
                ):
                    process.start()

    def stop(self) -> None:
        for stop in reversed(self.started):
            with suppress(Exception):
                stop()
        for pid, _ in self.running.processes.values():
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        for mount in (self.folder / "private",):
            subprocess.run(["umount", mount], capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- each part ------------------------------------------------------------------

    def _start_database(self) -> None:
        self.who = services._somebody("postgres")
        programs = services._postgresql_programs()
        home = services._home(self.folder / "postgresql", self.who)
        self.pg_ctl = [str(programs / "pg_ctl"), "-D", str(home / "data"), "-w", "-t", "60"]
        port = services.free_port()
        ways = ["--auth=trust", "--username=postgres", "--no-sync", "--encoding=UTF8"]
        run([programs / "initdb", *ways, "--locale=C.UTF-8", "-D", home / "data"], self.who, home)
        # What is committed must outlive the server's own death, as in production; the machine's
        # is not played here.
        (home / "data" / "postgresql.auto.conf").write_text(
            f"listen_addresses='127.0.0.1'\nport={port}\nunix_socket_directories='{home}'\n"
            "fsync=off\nsynchronous_commit=on\nfull_page_writes=off\nmax_connections=60\n"
        )
        self.database_log = home / "log.txt"
        self.database("start")
        self.started.append(lambda: self.database("stop", "-m", "immediate"))
        base = ["--host=127.0.0.1", f"--port={port}", "--username=postgres"]
        run([programs / "createdb", *base, "chaos"], {}, home)
        self.database_url = f"postgres://postgres@127.0.0.1:{port}/chaos"

    def migrate(self, act: Callable[[], object], digest: str) -> None:
        """As `act` does, or from a copy of the last time that the migrations were these."""
        programs, folder = services._postgresql_programs(), VAR / "chaos"
        folder.mkdir(parents=True, exist_ok=True)
        copy = folder / f"{digest}.sql"
        if not copy.exists():
            act()
            for old in folder.glob("*.sql*"):
                old.unlink()
            unfinished = copy.with_suffix(".sql.unfinished")
            run([programs / "pg_dump", self.database_url, f"--file={unfinished}"], {}, folder)
            unfinished.rename(copy)
            return
        ways = ["--quiet", "--set=ON_ERROR_STOP=1", f"--file={copy}"]
        run([programs / "psql", *ways, self.database_url], {}, folder)

    def database(self, *verb: str) -> None:
        command = [*self.pg_ctl, *verb]
        if verb[0] in ("start", "restart"):
            command += ["-l", str(self.database_log)]
        run(command, self.who, self.folder)

    def database_signal(self, number: int) -> None:
        """To the server and each of its processes."""
        pid = int((self.folder / "postgresql/data/postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for each in [pid, *map(int, children)]:
            with suppress(ProcessLookupError):
                os.kill(each, number)

    def _start_redis(self) -> None:
        home, self.redis_port = services._home(self.folder / "redis", {}), services.free_port()
        program = services._program("redis-server", "redis-server")
        command = [program, "--port", self.redis_port, "--bind", "127.0.0.1", "--save", ""]
        self.redis = Process("redis", [*command, "--dir", home], home / "log.txt")
        self.redis.start()
        self.started.append(self.redis.kill)
        self.redis_link = self._link(self.redis_port)

    def redis_client(self, **ways: Any) -> Any:
        from redis import Redis

        return Redis(port=self.redis_port, socket_timeout=5, **ways)

    def _start_search(self) -> None:
        given = os.environ.get("ELASTICSEARCH_URL")
        if given:
            self.search_url = given
        else:
            program = elasticsearch.installed()
            who = services._somebody("elasticsearch", "nobody")
            home, port = services._home(self.folder / "elastic", who), services.free_port()
            command, env = elasticsearch.command(program, home, port)
            for path in home.rglob("*"):
                services._give(path, who)
            services._launch(self.running, "it", home, command, who, env, cwd=program)
            self.search_url = f"http://127.0.0.1:{port}"
        self.search_link = self._link(int(self.search_url.rpartition(":")[2]))
        self.search_prefix = f"chaos-{os.getpid()}"
        self.started.append(self.delete_index)

    def _search_answers(self) -> bool:
        with suppress(OSError, ValueError):
            health = f"{self.search_url}/_cluster/health?wait_for_status=yellow&timeout=1s"
            with urllib.request.urlopen(health, timeout=5) as reply:
                return reply.status == 200
        return False

    def delete_index(self) -> None:
        from elasticsearch import Elasticsearch

        with Elasticsearch(self.search_url, request_timeout=20) as client:
            for name in client.indices.get(index=f"{self.search_prefix}*"):
                client.indices.delete(index=name)

    def _start_mail(self) -> None:
        port = services.free_port()
        controller, self.mail = mail.start(port)
        self.started.append(controller.stop)
        self.mail_link = self._link(port)

    def _start_scanner(self) -> None:
        program = shutil.which("clamd")
        if not program:
            say("clamd is not here: the scanner is left out")
            return
        home, port = self.folder / "clamav", services.free_port()
        home.mkdir()
        (home / "test.ndb").write_text(f"Eicar-Test:0:*:{samples.EICAR.hex()}\n")
        settings = home / "clamd.conf"
        settings.write_text(
            f"Foreground yes\nDatabaseDirectory {home}\nTCPAddr 127.0.0.1\nTCPSocket {port}\n"
            "StreamMaxLength 50M\nConcurrentDatabaseReload no\n"
        )
        scanner = Process("clamd", [program, f"--config-file={settings}"], home / "log.txt")
        scanner.start()
        self.started.append(scanner.kill)
        self.scanner_link = self._link(port)

    def _link(self, port: int) -> Link:
        link = Link(("127.0.0.1", port))
        self.started.append(link.close)
        return link

    def links(self) -> dict[str, Link]:
        found = {
            "redis": self.redis_link,
            "index": self.search_link,
            "mail": self.mail_link,
            "scanner": self.scanner_link,
        }
        return {name: link for name, link in found.items() if link}

    def _environment(self) -> None:
        private = self.folder / "private"
        private.mkdir()
        # A disk of its own that can fill up; only root may make one.
        small = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(private)]
        made = subprocess.run(small, capture_output=True)
        self.has_small_disk = made.returncode == 0
        site = settings_for(
            self.folder,
            database=self.database_url,
            redis=f"redis://{self.redis_link.address}",
            host="chaos.example.org",
            DJANGO_SETTINGS_MODULE="chaos_settings",
            ALLOWED_HOSTS="127.0.0.1,testserver,chaos.example.org",
            CSRF_TRUSTED_ORIGINS="https://127.0.0.1",
            ELASTICSEARCH_URL=f"http://{self.search_link.address}" if self.search_link else "",
            ELASTICSEARCH_INDEX_PREFIX=self.search_prefix,
            EMAIL_URL=f"smtp://{self.mail_link.address}",
            CLAMD_URL=f"tcp://{self.scanner_link.address}" if self.scanner_link else "",
            RECORD_KEPT_SEALS_FILE=str(self.folder / "kept-seals.jsonl"),
            **QUICK,
        )
        self.redis_number = int(site["REDIS_URL"].rpartition("/")[2])
        os.environ |= site
        # An earlier release, too, finds the settings by their own name.
        os.environ["PYTHONPATH"] = str(Path(__file__).parent)
        sys.path.insert(0, str(Path(__file__).parent))


def prepare(parts: Parts) -> None:
    """Django in this process, and a migrated database: after the parts, before anything else."""
    import django

    django.setup()
    from django.core.management import call_command

    from tests.databases import migrations_digest

    say("Migrating …")
    parts.migrate(lambda: call_command("migrate", verbosity=0), migrations_digest())


def run(command: list[Any], who: dict[str, Any], folder: Path) -> None:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        **who,
    )
    if done.returncode:
        raise SystemExit(f"{command[0]}: {done.stderr.strip()}")


def until(true: Callable[[], bool], what: str, seconds: float = SECONDS) -> None:
    limit = time.monotonic() + seconds
    while not true():
        if time.monotonic() > limit:
            raise SystemExit(f"after {seconds:.0f} s it is not so: {what}")
        time.sleep(0.1)
