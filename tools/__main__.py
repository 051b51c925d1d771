"""`python3 -m tools VERB`. Written so that an old Python can still read it and say so."""

import glob
import os
import subprocess
import sys

NEEDED = (3, 11, 5)
OTHERS = ("python3", "python3.14", "python3.13", "python3.12", "python3.11")


def dotted(version):
    return ".".join(str(part) for part in version[:3])


def too_old_message(found):
    return (
        "This needs Python {} or newer, but found {}. Install a newer Python, "
        "then name it: make run PYTHON=python3.12".format(dotted(NEEDED), dotted(found))
    )


def places():
    """Folders that may hold a newer Python: the path's, and pyenv's."""
    return os.environ.get("PATH", "").split(os.pathsep) + sorted(
        glob.glob(os.path.expanduser("~/.pyenv/versions/*/bin"))
    )


def hand_over_to_a_newer_python():
    """Run again with the first Python found that is new enough; return if there is none."""
    test = "import sys; sys.exit(sys.version_info[:3] < {!r})".format(NEEDED)
    for folder in places():
        for name in OTHERS:
            path = os.path.join(folder, name)
            if os.access(path, os.X_OK) and is_successful([path, "-c", test]):
                os.execv(path, [path, "-m", "tools"] + sys.argv[1:])


def is_successful(command):
    with open(os.devnull, "w") as nowhere:
        return subprocess.call(command, stdout=nowhere, stderr=nowhere) == 0


if __name__ == "__main__":
    if sys.version_info[:3] < NEEDED:
        hand_over_to_a_newer_python()
        sys.exit(too_old_message(sys.version_info))
    from tools.commands import main

    sys.exit(main(sys.argv[1:]))
