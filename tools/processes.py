"""Run other programs: quietly, with their output kept for when they fail."""

import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.console import Trouble
from tools.paths import LOGS, ROOT, shown

NO_NETWORK = re.compile(
    r"name resolution|Name or service not known|NewConnectionError|ConnectTimeout|"
    r"Network is unreachable|nodename nor servname|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|"
    r"ECONNREFUSED|ENETUNREACH|ECONNRESET|Connection refused|Read timed out|ReadTimeoutError|"
    r"network connectivity|ProxyError",
    re.IGNORECASE,
)
NO_TRUST = re.compile(
    r"CERTIFICATE_VERIFY_FAILED|SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER|UNABLE_TO_VERIFY"
)
DISK_FULL = re.compile(r"No space left on device|ENOSPC|Errno 28")
WRONG_HASH = re.compile(r"DO NOT MATCH THE HASHES|EINTEGRITY")


def quietly(
    what: str, command: Sequence[str | Path], *, env: Mapping[str, str] | None = None
) -> None:
    """Run a command with its output in a log file.

    Raises:
        Trouble: it failed; the message names the usual cause if the output shows one.
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / (re.sub(r"[^a-z0-9]+", "-", what.lower()).strip("-") + ".log")
    with log.open("w") as output:
        code = subprocess.run(
            [str(part) for part in command],
            cwd=ROOT,
            env=dict(env) if env is not None else None,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        ).returncode
    if code:
        raise Trouble(diagnose(what, log.read_text(errors="replace"), log))


def diagnose(what: str, output: str, log: Path) -> str:
    """One line that says what went wrong with `what` and what to do."""
    again = "then run the command again; it goes on from where it stopped."
    if DISK_FULL.search(output):
        return f"{what}: the disk is full. Free about 1 GB, {again}"
    if WRONG_HASH.search(output):
        return f"{what}: a download differs from what the lock promises. Empty the cache, {again}"
    if NO_TRUST.search(output):
        return f"{what}: the network's certificate is not trusted here. Install it, {again}"
    if NO_NETWORK.search(output):
        return f"{what}: no network, or a proxy is in the way. Connect, {again}"
    last = [line.strip() for line in output.splitlines() if line.strip()][-1:]
    return f"{what} failed: {' '.join(last) or 'no output'} (all of it: {shown(log)})"
