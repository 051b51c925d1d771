"""`python3 -m tools VERB`. Written so that an old Python can still read it and say so."""

import os
import shutil
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


def hand_over_to_a_newer_python():
    """Run again with the first Python on the path that is new enough; return if there is none."""
    if os.environ.get("TOOLS_HANDED_OVER"):
        return
    test = "import sys; sys.exit(sys.version_info[:3] < {!r})".format(NEEDED)
    for name in OTHERS:
        path = shutil.which(name)
        if path and os.spawnl(os.P_WAIT, path, path, "-c", test) == 0:
            os.environ["TOOLS_HANDED_OVER"] = "1"
            os.execv(path, [path, "-m", "tools"] + sys.argv[1:])


if __name__ == "__main__":
    if sys.version_info[:3] < NEEDED:
        hand_over_to_a_newer_python()
        sys.exit(too_old_message(sys.version_info))
    from tools.commands import main

    sys.exit(main(sys.argv[1:]))
