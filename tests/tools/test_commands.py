"""The commands that people type: they exist, they are explained, and they refuse what they cannot do."""

import ast
import os
import re
import signal
import socket
import sys
import time
from importlib.metadata import packages_distributions

import pytest

from tools import clean, database, demo, environment, paths, run_tests
from tools.steps import Problem

MAKEFILE = (paths.PROJECT / "Makefile").read_text()
# What Odoo 19 requires itself, by the names under which it is imported.
OF_ODOO = set(
    "babel cbor2 chardet cryptography dateutil docutils freezegun gevent greenlet idna jinja2 lxml markupsafe "
    "num2words odoo openpyxl passlib PIL polib psutil psycopg2 OpenSSL PyPDF2 pytz qrcode reportlab requests rjsmin "
    "stdnum urllib3 vobject werkzeug xlrd xlsxwriter zeep".split()
)


def test_every_command_is_explained_and_calls_something_that_exists():
    targets = re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE)
    assert {"demo", "test", "lint", "bench", "mutation", "clean", "help"} <= set(targets)
    assert [name for name in targets if name != "help" and f"make {name} " not in MAKEFILE] == []
    called = re.findall(r"\$\(TOOL\)\.(\w+)", MAKEFILE)
    assert [name for name in called if not (paths.PROJECT / "tools" / f"{name}.py").is_file()] == []
    programs = re.findall(r" ((?:tools|tests)/\S+\.py)", MAKEFILE)
    assert [name for name in programs if not (paths.PROJECT / name).is_file()] == []


def test_the_check_of_a_fresh_clone_calls_exactly_the_tests():
    script = paths.PROJECT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text().splitlines()[-1] == "CI=true exec make test"


def test_the_addons_import_nothing_that_an_administrator_would_not_have():
    lines = (paths.PROJECT / "requirements.txt").read_text().splitlines()
    added = {re.split(r"[<>=\[; ]", line)[0].lower() for line in lines if line and not line.startswith("#")}
    # an option is named by how it is installed
    added |= {name for line in lines for name in re.findall(r"^#\s+pip install '([\w-]+)", line)}
    added = {name for name, packages in packages_distributions().items() if added & set(map(str.lower, packages))}
    allowed = OF_ODOO | added | sys.stdlib_module_names | set(paths.own_addons())
    strangers = set()
    for addon in paths.own_addons():
        for source in (paths.PROJECT / addon).rglob("*.py"):
            if "tests" in source.parts:
                continue
            for node in ast.walk(ast.parse(source.read_text())):
                names = []
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom) and not node.level:
                    names = [node.module]
                strangers |= {f"{source.name}: {name}" for name in names if name.split(".")[0] not in allowed}
    assert strangers == set()


def test_the_tools_need_nothing_but_the_standard_library_to_start():
    in_the_environment = {"aiosmtpd"}
    foreign = set()
    for source in (paths.PROJECT / "tools").glob("*.py"):
        if source.name in ("copy_rows.py", "customer_texts.py", "documents.py", "mutation.py", "screenshots.py"):
            continue
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.ImportFrom) and not node.level:
                foreign.add(node.module.split(".")[0])
            elif isinstance(node, ast.Import):
                foreign |= {alias.name.split(".")[0] for alias in node.names}
    assert foreign - set(sys.stdlib_module_names) == in_the_environment


def test_a_demo_on_a_taken_port_is_refused_before_anything_is_brought(local, tool):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = tool("tools.demo", LOCAL=local, PORT=port)
        output, _nothing = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"Cannot use port {port} for Odoo: another program uses it." in output
    assert "make demo PORT=" in output
    assert {folder.name for folder in local.iterdir()} == {"locks"}


def test_a_second_demo_is_refused(local, tool):
    with environment.exclusive("demo"):
        process = tool("tools.demo", LOCAL=local)
        output, _nothing = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"Cannot start the demo: it is running already, or being built (process {os.getpid()})." in output


def test_a_port_that_is_no_number_is_refused(local, tool):
    process = tool("tools.demo", LOCAL=local, PORT="http")
    output, _nothing = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "Cannot understand PORT=http" in output


def test_ctrl_c_during_the_set_up_leaves_nothing_that_counts_as_done(local, tool):
    process = tool("tools.demo", LOCAL=local, ODOO_HOME=environment.odoo_site(), PORT=18069)
    deadline = time.monotonic() + 60
    while not (local / "venv").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    output, _nothing = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "... stopped" in output
    assert "Stopped. Nothing is left half made" in output
    assert not (local / "stamps" / "environment").exists()


def test_the_summary_is_a_tidy_table(capsys):
    amounts = [("Fibre 500", "EUR", "1234.5"), ("Parcel", "USD", 7)]
    demo.print_summary({"accounts": 60, "invoices": 170, "mails": 3, "amount_by_code": amounts, "logins": []})
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "  accounts 60   invoices 170   mails 3"
    assert lines[3:6] == [
        "  Billing code         Amount",
        "  Fibre 500     EUR  1,234.50",
        "  Parcel        USD      7.00",
    ]


@pytest.mark.parametrize(
    ("words", "pure"),
    [
        (["tests/engine"], True),
        (["tests/engine/conftest.py", "-k", "money"], True),
        (["-k", "money"], False),
        (["tests/engine", "tests/tools"], False),
        ([], False),
    ],
)
def test_only_a_run_of_engine_tests_alone_does_without_odoo(words, pure):
    assert run_tests._is_pure(words) is pure


def test_looking_closer_keeps_the_tests_in_one_process(monkeypatch):
    monkeypatch.setattr(run_tests.os, "cpu_count", lambda: 8)
    assert run_tests._spread([]) == ["-n", "4", "--dist=loadscope", "--no-loadscope-reorder"]
    assert run_tests._spread(["--pdb"]) == run_tests._spread(["-n0"]) == []
    monkeypatch.setattr(run_tests.os, "cpu_count", lambda: 1)
    assert run_tests._spread([]) == []


def test_databases_of_killed_test_runs_are_dropped_and_those_of_living_ones_kept(postgres):
    dead, alive = "online_billing_test_4194303_gw0_1", f"online_billing_test_{os.getpid()}_kept"
    try:
        for name in (dead, alive):
            database.create(postgres, name)
        run_tests._drop_left_behind(postgres)
        assert not database.exists(postgres, dead)
        assert database.exists(postgres, alive)
    finally:
        for name in (dead, alive):
            database.drop(postgres, name)


def _make_and_interrupt(postgres, name):
    with database.half_made(postgres, name) as draft:
        database.create(postgres, draft)
        raise KeyboardInterrupt


def test_a_database_is_whole_or_not_there(postgres):
    name = f"online_billing_test_{os.getpid()}_whole"
    try:
        with pytest.raises(KeyboardInterrupt):
            _make_and_interrupt(postgres, name)
        assert not database.exists(postgres, name)
        assert not database.exists(postgres, f"{name}_part")
        with database.half_made(postgres, name) as draft:
            database.create(postgres, draft)
        assert database.exists(postgres, name)
        assert not database.exists(postgres, draft)
    finally:
        database.drop(postgres, name)


@pytest.mark.nightly
def test_a_module_that_odoo_leaves_out_is_reported(postgres, database_copy):
    with pytest.raises(Problem, match="Cannot install no_such_module: Odoo left it out"):
        database.install(postgres, database_copy(), ["no_such_module"])


@pytest.mark.nightly
def test_a_script_that_fails_in_the_shell_is_reported_with_its_reason(postgres, database_copy):
    name = database_copy()
    assert database.shell(postgres, name, "print(env.cr.dbname)", cannot="It fails") == name
    with pytest.raises(Problem, match="ZeroDivisionError"):
        database.shell(postgres, name, "1 / 0", cannot="It fails")


def test_rows_are_copied_between_databases_and_replace_what_is_there(postgres):
    source, target = (f"online_billing_test_{os.getpid()}_rows_{name}" for name in ("source", "target"))
    try:
        for name, words in ((source, "'a new', 'another'"), (target, "'a old', 'b kept'")):
            database.create(postgres, name)
            database.sql(postgres, name, "CREATE TABLE note (id serial, word text, size int DEFAULT 7)")
            database.sql(postgres, name, f"INSERT INTO note (word) SELECT unnest(ARRAY[{words}])")
        database.copy_rows(postgres, source, target, "note", "word LIKE 'a%'")
        assert database.sql(postgres, target, "SELECT word, size FROM note ORDER BY id") == [
            ["b kept", "7"],
            ["a new", "7"],
            ["another", "7"],
        ]
        with pytest.raises(Problem, match="no such row of note"):
            database.copy_rows(postgres, source, target, "note", "word LIKE 'b%'")
        assert database.sql(postgres, target, "SELECT count(*) FROM note") == [["3"]]
    finally:
        for name in (source, target):
            database.drop(postgres, name)


@pytest.mark.nightly
def test_a_shell_beside_works_meanwhile_and_tells_at_the_end(postgres, database_copy):
    name = database_copy()
    script = "env['ir.config_parameter'].set_param('beside', 'done'); env.cr.commit()"
    with database.shell_beside(postgres, name, script, cannot="It fails"):
        pass
    assert database.sql(postgres, name, "SELECT value FROM ir_config_parameter WHERE key = 'beside'") == [["done"]]
    with pytest.raises(Problem, match="ZeroDivisionError"), database.shell_beside(postgres, name, "1 / 0", cannot="No"):
        pass


def test_cleaning_up_during_a_demo_is_refused(local, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["clean"])
    with environment.exclusive("demo"), pytest.raises(Problem, match="`make demo` is running"):
        clean._command()


def test_stopping_ends_what_runs_in_another_terminal(local, tool, monkeypatch, capsys):
    program = (
        "import time\n"
        "from tools import environment, steps\n"
        "def command():\n"
        "    with environment.exclusive('demo'):\n"
        "        print('running', flush=True)\n"
        "        time.sleep(300)\n"
        "steps.main(command)\n"
    )
    (local / "long_command.py").write_text(program)
    running = tool("long_command", LOCAL=local, PYTHONPATH=f"{local}{os.pathsep}{paths.PROJECT}")
    assert running.stdout.readline() == "running\n"
    assert environment.holder("demo") == running.pid
    monkeypatch.setattr(sys, "argv", ["clean", "--stop"])
    monkeypatch.setenv("PGHOST", "database.example")
    assert clean._command() == 0
    assert running.wait(timeout=10) == 130
    assert environment.holder("demo") == 0


def test_an_addon_whose_dependencies_are_missing_waits_for_them(monkeypatch, tmp_path):
    for name, depends in (
        ("online_billing", ["base"]),
        ("online_billing_x", ["online_billing", "nowhere_to_be_found"]),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__manifest__.py").write_text(repr({"name": name, "depends": depends}))
    monkeypatch.setattr(paths, "PROJECT", tmp_path)
    assert paths.own_addons() == ["online_billing", "online_billing_x"]
    assert database.installable_addons() == ["online_billing"]
