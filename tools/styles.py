"""Compile the site's styles and bring the scripts that the design system ships."""

import re
import shutil
from pathlib import Path

from tools import stamps
from tools.console import Trouble, step
from tools.environment import find_node, install_npm
from tools.paths import COLLECTED, NODE_MODULES, ROOT, STATIC, STYLES
from tools.processes import quietly

SOURCE = STYLES / "site.scss"
SCRIPT = NODE_MODULES / "govuk-frontend" / "dist" / "govuk" / "govuk-frontend.min.js"
STAMP = STATIC.parent / "styles.stamp"
SASS = ["--load-path=node_modules", "--quiet-deps", "--style=compressed", "--no-source-map"]


def build_styles() -> None:
    """Make `build/static` from `marketplace/styles`, unless nothing has changed."""
    install_npm()
    COLLECTED.mkdir(parents=True, exist_ok=True)
    if not SOURCE.exists():
        raise Trouble("marketplace/styles/site.scss is missing. Restore it: git checkout .")
    wanted = styles_digest()
    site, script = STATIC / "site.css", STATIC / SCRIPT.name
    if stamps.matches(STAMP, wanted) and site.exists() and script.exists():
        return
    stamps.remove(STAMP)
    STATIC.mkdir(parents=True, exist_ok=True)
    node, _ = find_node()
    sass = NODE_MODULES / "sass" / "sass.js"
    with step("Compiling styles"):
        quietly("Compiling styles", [node, sass, *SASS, SOURCE, site])
        site.write_text(without_the_crest(site.read_text()))
        shutil.copyfile(SCRIPT, script)
    stamps.write(STAMP, wanted)


def without_the_crest(css: str) -> str:
    """Central government's crest is neither shown nor shipped here, so no rule may ask for it."""
    return re.sub(r'url\("[^"]*/govuk-crest\.svg"\)', "none", css)


def styles_digest() -> str:
    sources = [*STYLES.rglob("*.scss"), ROOT / "package-lock.json", Path(__file__)]
    return stamps.digest(sources)
