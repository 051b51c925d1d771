"""Images by digest: a tag can be moved to another image, a digest names one for ever.

Digests come from the registry that you pull from, by Docker itself, so none is written here.
"""

import re
import subprocess

from tools.console import Trouble, say, step
from tools.paths import ROOT

COMPOSE = ROOT / "docker-compose.yml"
OVERRIDE = ROOT / "docker-compose.images.yml"
SERVICE = re.compile(r"^  ([a-z]+):\n(?:    .*\n|\n)*?    image: (\S+)$", re.MULTILINE)
PYTHON = re.compile(r"PYTHON_IMAGE:-(\S+)}")
OWN = ("migrate", "web", "worker", "beat")
"""Services of the image that is built here; what it is built from has a digest too."""

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def named() -> dict[str, str]:
    """Service → the image that the compose file names for it."""
    text = COMPOSE.read_text()
    return {name: image for name, image in SERVICE.findall(text) if "$" not in image}


def write() -> None:
    """Write `docker-compose.images.yml`, which holds each service to one image.

    Raises:
        Trouble: Docker is not there, or its registry does not know an image.
    """
    lines = ["# Made by `make images`; made again, it takes newer images: read the difference."]
    lines.append("services:")
    for service, image in named().items():
        lines += [f"  {service}:", f"    image: {image}@{digest(image)}"]
    python = PYTHON.search(COMPOSE.read_text())
    if python is None:
        raise Trouble(f"{COMPOSE.name} names no PYTHON_IMAGE.")
    base = f"{python[1]}@{digest(python[1])}"
    for service in OWN:
        lines += [f"  {service}:", "    build:", "      args:", f"        PYTHON_IMAGE: {base}"]
    OVERRIDE.write_text("\n".join(lines) + "\n")
    files = f"-f {COMPOSE.name} -f {OVERRIDE.name}"
    say(f"  Wrote {OVERRIDE.name}. Start with: docker compose {files} up")


def digest(image: str) -> str:
    """What the registry says that a tag names now, for all kinds of processor.

    Raises:
        Trouble: Docker is not there, or does not know it.
    """
    shown = ("--format", "{{.Manifest.Digest}}")
    command = ["docker", "buildx", "imagetools", "inspect", image, *shown]
    with step(f"Asking for {image}"):
        try:
            done = subprocess.run(command, capture_output=True, text=True)
        except FileNotFoundError:
            raise Trouble("docker is not installed here; it asks the registry.") from None
    found = DIGEST.search(done.stdout)
    if done.returncode or not found:
        raise Trouble(f"The registry gave no digest of {image}: {done.stderr.strip()}")
    return found[0]
