"""Databases with Odoo in them: templates that take a minute or two to install, and copies that take a second."""

from __future__ import annotations

import argparse
import ast
import contextlib
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from . import paths
from .environment import addons_path, exclusive, odoo_site, set_up
from .postgres import Cluster, programs
from .steps import Problem, end_group, fingerprint, main, note, run, step

# What takes long to install and hardly ever changes. The demo shows what the addons need and no more; the tests have
# other large apps beside them, as an administrator's Odoo has.
DEMO_MODULES = ("account_payment", "payment_demo")
BASE_MODULES = (*DEMO_MODULES, "payment_stripe", "sale_management", "hr_timesheet", "base_automation", "test_lint")
BASE_TEMPLATE = "online_billing_base"
TEMPLATE = "online_billing_template"
PATIENCE = 20  # seconds
HOMES = (paths.PROJECT, paths.DEMO_ADDONS)

# A copied database must find its files in itself, must not build assets again for every test, and must not start
# working by itself while a test looks at it.
PREPARE_WITHOUT_ASSETS = """
env['ir.config_parameter'].set_param('ir_attachment.location', 'db')
env['ir.attachment'].force_storage()
env['ir.cron'].search([]).active = False
env.cr.commit()
"""
PREPARE = f"""{PREPARE_WITHOUT_ASSETS}
env['ir.qweb']._pregenerate_assets_bundles()
env.cr.commit()
"""


def odoo_command(*arguments: object, more_addons: Sequence[Path] = ()) -> list[str]:
    """Return the command line of ``odoo``; the database comes from the PG* variables of the process."""
    subcommand = [str(arguments[0])] if arguments and not str(arguments[0]).startswith("-") else []
    rest = [str(word) for word in arguments[len(subcommand) :]]
    return [
        *(str(paths.PYTHON), "-m", "odoo", *subcommand, "-c", str(configuration(more_addons))),
        *rest,
    ]


def configuration(more_addons: Sequence[Path] = ()) -> Path:
    """Write Odoo's configuration file and return its path."""
    target = paths.LOCAL / "-".join(["odoo", *(folder.parent.name for folder in more_addons)])
    target = target.with_name(f"{target.name}.conf")
    settings = {
        "addons_path": addons_path(*more_addons),
        "data_dir": paths.DATA,
        "list_db": "False",
        "http_interface": "127.0.0.1",
        # Nothing that is left unset may lead a mail out of this machine.
        "smtp_server": "127.0.0.1",
        "smtp_port": os.environ.get("SMTP_PORT", "1"),
        "email_from": "billing@example.com",
        "unaccent": "False",
    }
    if paths.TEST_ADDONS in more_addons:
        # Odoo would put a limit on the memory of a test process that its Chromium inherits and cannot live in.
        settings["limit_memory_hard"] = "0"
    text = "[options]\n" + "".join(f"{name} = {value}\n" for name, value in settings.items())
    if not target.is_file() or target.read_text() != text:
        draft = target.with_name(f".{target.name}.{os.getpid()}")
        draft.write_text(text)
        draft.replace(target)
    return target


def process_environment(server: dict[str, str]) -> dict[str, str]:
    """Return the variables for an Odoo process that works on ``server``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "ODOO_RC"))}
    return {
        **kept,
        **server,
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONWARNINGS": "ignore",
    }


def run_odoo(
    server: dict[str, str], *arguments: object, cannot: str, log: str, more_addons: Sequence[Path] = ()
) -> str:
    """Run Odoo until it ends and return what it logged."""
    return run(
        odoo_command(*arguments, more_addons=more_addons),
        cannot=cannot,
        log=paths.LOGS / log,
        env=process_environment(server),
        cwd=paths.PROJECT,
    )


def shell(server: dict[str, str], database: str, script: str, *, cannot: str, more_addons: Sequence[Path] = ()) -> str:
    """Run ``script`` in an Odoo shell on ``database`` and return what it printed."""
    return "\n".join(shell_lines(server, database, script, cannot=cannot, more_addons=more_addons))


def shell_lines(
    server: dict[str, str],
    database: str,
    script: str,
    *,
    cannot: str,
    more_addons: Sequence[Path] = (),
    options: Sequence[str] = (),
) -> Iterator[str]:
    """Run ``script`` in an Odoo shell on ``database`` and yield each line that it prints as it comes."""
    with _shell_process(server, database, script, more_addons, options) as process:
        for line in process.stdout:
            yield line.rstrip("\n")
        process.wait()
    _require_success(process, database, cannot)


@contextlib.contextmanager
def shell_beside(
    server: dict[str, str], database: str, script: str, *, cannot: str, more_addons: Sequence[Path] = ()
) -> Iterator[None]:
    """Run ``script`` in an Odoo shell on ``database`` beside the block, which goes first, and wait for both.

    :raise Problem: at the end of the block, if the script failed
    """
    with _shell_process(server, database, script, more_addons, before=("nice", "-n", "10")) as process:
        yield
        process.communicate()
    _require_success(process, database, cannot)


@contextlib.contextmanager
def _shell_process(
    server: dict[str, str],
    database: str,
    script: str,
    more_addons: Sequence[Path],
    options: Sequence[str] = (),
    before: Sequence[str] = (),
) -> Iterator[subprocess.Popen]:
    paths.LOGS.mkdir(parents=True, exist_ok=True)
    command = ("shell", "-d", database, "--no-http", "--log-level=warn", *options)
    with tempfile.TemporaryFile("w+", dir=paths.LOCAL) as source, _log_of_shell(database).open("w") as errors:
        source.write(script)
        source.seek(0)
        process = subprocess.Popen(
            [*before, *odoo_command(*command, more_addons=more_addons)],
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=process_environment(server),
            cwd=paths.PROJECT,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            end_group(process)
            process.stdout.close()


def _log_of_shell(database: str) -> Path:
    return paths.LOGS / f"shell-{database}.log"


def _require_success(process: subprocess.Popen, database: str, cannot: str) -> None:
    if process.returncode:
        log = _log_of_shell(database)
        tail = "\n".join("    " + line for line in log.read_text().strip().splitlines()[-15:])
        raise Problem(f"{cannot} (all that was logged: {log}):\n{tail}")


def sql(server: dict[str, str], database: str, statement: str, *parameters: object) -> list[list[str]]:
    """Run one statement outside any transaction and return its rows as text."""
    program = (
        "import json, sys, psycopg2\n"
        "database, statement, *parameters = json.load(sys.stdin)\n"
        "connection = psycopg2.connect(dbname=database); connection.autocommit = True\n"
        "cursor = connection.cursor(); cursor.execute(statement, parameters)\n"
        "print(json.dumps([[str(cell) for cell in row] for row in cursor.fetchall()] if cursor.description else []))\n"
    )
    answer = subprocess.run(
        [str(paths.PYTHON), "-c", program],
        input=json.dumps([database, statement, *parameters]),
        capture_output=True,
        text=True,
        env=process_environment(server),
        check=False,
    )
    if answer.returncode:
        raise Problem(f"The database refused `{statement}`: {answer.stderr.strip().splitlines()[-1]}")
    return json.loads(answer.stdout)


def copy_rows(server: dict[str, str], source: str, target: str, table: str, condition: str) -> None:
    """Copy rows of ``table`` from one database to another, where they get numbers of their own; replace what is there.

    :param condition: what the rows meet, as SQL; no word of it may come from outside
    """
    run(
        [paths.PYTHON, paths.PROJECT / "tools" / "copy_rows.py", source, target, table, condition],
        cannot=f"Cannot copy rows of {table} from {source} to {target}",
        log=paths.LOGS / f"copy-{target}.log",
        env=process_environment(server),
    )


def exists(server: dict[str, str], database: str) -> bool:
    return bool(sql(server, "postgres", "SELECT 1 FROM pg_database WHERE datname = %s", database))


def create(server: dict[str, str], database: str, template: str = "template0") -> None:
    """Make ``database`` as a copy of ``template``; an empty one speaks UTF-8 and sorts by code point."""
    options = "ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'" if template == "template0" else ""
    sql(server, "postgres", f'CREATE DATABASE "{database}" TEMPLATE "{template}" {options}')


def drop(server: dict[str, str], database: str) -> None:
    """Delete ``database``, whoever is connected to it."""
    statement = f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)'
    for _attempt in range(PATIENCE):
        try:
            sql(server, "postgres", statement)
            return
        except Problem as problem:  # an autovacuum that looks at it cannot be sent away by everybody, and ends soon
            if "pg_signal_backend" not in str(problem):
                raise
            time.sleep(1)
    sql(server, "postgres", statement)


def rename(server: dict[str, str], database: str, name: str) -> None:
    sql(server, "postgres", f'ALTER DATABASE "{database}" RENAME TO "{name}"')


@contextlib.contextmanager
def half_made(server: dict[str, str], database: str):
    """Give a working name that becomes ``database`` only when the block ends well, and vanishes otherwise."""
    draft = f"{database}_part"
    drop(server, draft)
    try:
        yield draft
        drop(server, database)
        rename(server, draft, database)
    except BaseException:
        with contextlib.suppress(Problem):
            drop(server, draft)
        raise


def base_template(
    server: dict[str, str],
    name: str = BASE_TEMPLATE,
    modules: Sequence[str] = BASE_MODULES,
    more_addons: Sequence[Path] = (),
    script: str = "",
    base: str = "",
) -> str:
    """Return the name of a database with all that the addons build on, installing it if it is missing or outdated.

    :param base: the database of this kind that it is made from, instead of an empty one
    :param more_addons: folders of further addons; what installs itself from them gets installed.
    :param script: what an Odoo shell does to the finished database.
    """
    release = odoo_site() / "odoo" / "release.py"
    more = [source for folder in more_addons for source in _sources(folder)]
    of_base = (paths.STAMPS / base).read_text() if base else ""
    key = fingerprint(release, *modules, script, sorted(server.items()), *more, *([of_base] if base else []))
    with exclusive(name, waiting="another command is making the base database, waiting for it"):
        if not (paths.stamped(name, key) and exists(server, name)):
            with step(f"install Odoo's own modules ({', '.join(modules)})"), half_made(server, name) as draft:
                create(server, draft, base or "template0")
                install(server, draft, modules, more_addons=more_addons)
                if script:
                    shell(server, draft, script, cannot="Cannot prepare the template", more_addons=more_addons)
            paths.stamp(name, key)
    return name


def addons_template(server: dict[str, str], name: str = TEMPLATE, base: str = "", script: str = PREPARE) -> str:
    """Return the name of a database with the addons of this project in it, installing it if anything has changed.

    :param base: the database that it is made from, instead of the one of the tests.
    :param script: what an Odoo shell does to the finished database.
    """
    base = base or base_template(server, more_addons=[paths.TEST_ADDONS], script=PREPARE)
    addons = installable_addons()
    key = fingerprint((paths.STAMPS / base).read_text(), script, *addons, *sources_of(addons))
    with exclusive(name, waiting="another command is making the test template, waiting for it"):
        if not (paths.stamped(name, key) and exists(server, name)):
            title = f"install the addons into a template ({', '.join(addons)})"
            with step(title), half_made(server, name) as draft:
                create(server, draft, base)
                install(server, draft, addons, more_addons=[paths.TEST_ADDONS])
                shell(server, draft, script, cannot="Cannot prepare the template", more_addons=[paths.TEST_ADDONS])
            paths.stamp(name, key)
    return name


def installable_addons() -> list[str]:
    """Return the addons of this project whose dependencies are all here; the others wait for theirs."""
    folders = [Path(folder) for folder in addons_path().split(",")]

    def here(name: str) -> bool:
        found = next((folder / name for folder in folders if (folder / name / "__manifest__.py").is_file()), None)
        if found is None:
            return False
        if found.parent != paths.PROJECT:
            return True
        manifest = ast.literal_eval((found / "__manifest__.py").read_text())
        return manifest.get("installable", True) and all(map(here, manifest.get("depends", ["base"])))

    return [name for name in paths.own_addons() if here(name)]


def get_depends(addon: str) -> list[str]:
    """Return what an addon of this project says that it builds on."""
    return ast.literal_eval((paths.PROJECT / addon / "__manifest__.py").read_text()).get("depends", ["base"])


def sources_of(addons: Sequence[str]) -> list[Path]:
    """Return every file of ``addons`` that what they install depends on: all but their tests."""
    folders = [next(home / name for home in HOMES if (home / name).is_dir()) for name in addons]
    return [source for folder in folders for source in _sources(folder, without="tests")]


def install(
    server: dict[str, str],
    database: str,
    modules: Sequence[str],
    *,
    more_addons: Sequence[Path] = (),
    update: bool = False,
) -> None:
    """Install or update ``modules``.

    :raise Problem: if one is not installed afterwards; Odoo itself answers 0 even where it left one out.
    """
    run_odoo(
        server,
        *(
            "-d",
            database,
            "-u" if update else "-i",
            ",".join(modules),
            "--stop-after-init",
            "--no-http",
            "--max-cron-threads=0",
        ),
        "--log-level=warn",
        cannot=f"Cannot {'update' if update else 'install'} {', '.join(modules)}",
        log=f"install-{database}.log",
        more_addons=more_addons,
    )
    rows = sql(server, database, "SELECT name FROM ir_module_module WHERE state = 'installed'")
    missing = sorted(set(modules) - {name for [name] in rows})
    if missing:
        raise Problem(
            f"Cannot install {', '.join(missing)}: Odoo left {'it' if len(missing) == 1 else 'them'} out. "
            f"Its log says why: {paths.LOGS / f'install-{database}.log'}"
        )


def _sources(folder: Path, without: str = "") -> list[Path]:
    return sorted(
        source
        for source in folder.rglob("*")
        if source.is_file()
        and "__pycache__" not in source.parts
        and (not without or without not in source.relative_to(folder).parts)
    )


def _command() -> int:
    parser = argparse.ArgumentParser(prog="python3 -m tools.database", description="Make and drop test databases.")
    parser.add_argument("action", choices=("base", "template", "copy", "drop", "install", "odoo", "shell", "psql"))
    parser.add_argument("words", nargs=argparse.REMAINDER)
    parser.add_argument("--cluster", default="test", choices=("main", "test"))
    arguments = parser.parse_args()
    set_up()
    words = arguments.words
    with Cluster(arguments.cluster).use() as server:
        if arguments.action == "base":
            note(base_template(server, more_addons=[paths.TEST_ADDONS], script=PREPARE))
        elif arguments.action == "template":
            note(addons_template(server))
        elif arguments.action == "copy":
            source, target = words
            drop(server, target)
            create(server, target, source)
        elif arguments.action == "drop":
            for name in words:
                drop(server, name)
        elif arguments.action == "install":
            install(server, words[0], words[1:], more_addons=[paths.TEST_ADDONS])
        else:
            commands = {
                "odoo": odoo_command(*words, more_addons=[paths.TEST_ADDONS]),
                "shell": odoo_command("shell", "--no-http", *words, more_addons=[paths.TEST_ADDONS]),
                "psql": [str(programs(Cluster(arguments.cluster).home) / "psql"), *words],
            }
            return subprocess.call(commands[arguments.action], env=process_environment(server), cwd=paths.PROJECT)
    return 0


if __name__ == "__main__":
    main(_command)
