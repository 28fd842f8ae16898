"""``make lint``: ruff, the layers, pylint-odoo. Odoo's own lint classes need a database and run with the tests."""

from __future__ import annotations

import subprocess

from . import paths
from .environment import set_up
from .steps import Problem, main, step

# What pylint-odoo wants to stand in a README as .rst stands here in README.md; fonts and sounds are no data of ours.
CHECKED_BY_PYLINT = ("online_billing*", "tests/addons/*", "tools/addons/*")


def checks() -> list[tuple[str, list[str]]]:
    """Return each check as its name and its command line."""
    binaries = paths.VENV / "bin"
    addons = sorted(
        str(manifest.parent.relative_to(paths.PROJECT))
        for pattern in CHECKED_BY_PYLINT
        for manifest in paths.PROJECT.glob(f"{pattern}/__manifest__.py")
    )
    return [
        ("ruff: rules", [str(binaries / "ruff"), "check", "--quiet", "."]),
        ("ruff: format", [str(binaries / "ruff"), "format", "--quiet", "--diff", "."]),
        ("layers (import-linter)", [str(binaries / "lint-imports"), "--no-cache"]),
        ("pylint-odoo", [str(paths.PYTHON), "-m", "pylint", "--rcfile=pyproject.toml", *addons]),
    ]


def lint() -> list[str]:
    """Run every check and return the names of those that found something; what they found is printed."""
    failed = []
    for name, command in checks():
        try:
            with step(name):
                answer = subprocess.run(
                    command,
                    cwd=paths.PROJECT,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    stdin=subprocess.DEVNULL,
                    text=True,
                    check=False,
                )
                if answer.returncode:
                    raise Problem(answer.stdout.rstrip())
        except Problem as problem:
            failed.append(name)
            print(problem, flush=True)
    return failed


def _command() -> int:
    set_up()
    failed = lint()
    if failed:
        raise Problem(
            f"Lint failed: {', '.join(failed)}. Mend what is listed above; `ruff check --fix` does much of it."
        )
    return 0


if __name__ == "__main__":
    main(_command)
