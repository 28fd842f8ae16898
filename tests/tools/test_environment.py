"""The environment is all there or not there; two commands never make it at once; a wrong Python is named."""

import os
import signal
import subprocess
import sys
import textwrap

import pytest

from tools import environment, paths
from tools.steps import Problem


@pytest.fixture
def holder(local):
    """Another process that holds the lock ``demo``."""
    program = textwrap.dedent(f"""
        import time
        from pathlib import Path
        from tools import environment, paths
        paths.LOCKS = Path({str(paths.LOCKS)!r})
        with environment.exclusive("demo"):
            print("held", flush=True)
            time.sleep(300)
    """)
    process = subprocess.Popen([sys.executable, "-c", program], cwd=paths.PROJECT, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_second_command_is_refused_and_told_who_is_first(holder):
    refused = pytest.raises(Problem, match=rf"Cannot start: it runs already \(process {holder.pid}\)")
    with refused, environment.exclusive("demo", refusal="Cannot start: it runs already"):
        pytest.fail("the lock was given twice")


def test_the_lock_of_a_killed_command_is_free(holder):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with environment.exclusive("demo", refusal="Cannot start"):
        assert (paths.LOCKS / "demo").read_text() == str(os.getpid())


def test_a_python_that_is_too_old_or_too_new_is_named(monkeypatch):
    monkeypatch.setattr(environment, "_version_of", lambda program: "3.9" if program == sys.executable else "3.14")
    with pytest.raises(Problem, match=r"Odoo 19 needs Python 3\.10 to 3\.13, and only 3\.14, 3\.9 is here|only 3\.9"):
        environment._find_python()


def test_a_suitable_python_elsewhere_is_taken_when_this_one_is_wrong(monkeypatch):
    monkeypatch.setattr(environment.shutil, "which", lambda name: f"/somewhere/{name}")
    monkeypatch.setattr(
        environment, "_version_of", lambda program: "3.12" if program == "/somewhere/python3.12" else "3.9"
    )
    assert environment._find_python() == ("/somewhere/python3.12", "3.12")


def test_an_environment_that_was_interrupted_is_made_again(local, monkeypatch):
    monkeypatch.setattr(paths, "VENV", local / "venv")
    monkeypatch.setattr(paths, "PYTHON", local / "venv" / "bin" / "python")
    made = []

    def make(_command, **_options):
        paths.PYTHON.parent.mkdir(parents=True)
        paths.PYTHON.touch()

    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(environment, "run", make)
    monkeypatch.setattr(environment, "_install", interrupted)
    with pytest.raises(KeyboardInterrupt):
        environment._make_environment()
    assert paths.PYTHON.exists()
    monkeypatch.setattr(environment, "_install", lambda: made.append(1))
    environment._make_environment()
    assert made == [1]
    environment._make_environment()
    assert made == [1]


def test_without_a_network_the_packages_are_refused_in_one_sentence(local, monkeypatch):
    monkeypatch.setattr(paths, "PYTHON", paths.VENV / "bin" / "python")
    for name in ("PIP_INDEX_URL", "UV_DEFAULT_INDEX"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/simple")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_RETRIES", "0")
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    stack = local / "stack.txt"
    stack.write_text("uv==0.0.0.1\n")
    monkeypatch.setattr(paths, "STACK", stack)
    with pytest.raises(Problem, match=r"Cannot install the Python packages \(is there a network\?\)"):
        environment._install()


def test_what_pip_is_told_uv_is_told_too(monkeypatch):
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "UV_DEFAULT_INDEX", "UV_INDEX", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CERT", "/certificates.pem")
    monkeypatch.setenv("PIP_INDEX_URL", "http://mirror.example/simple")
    assert environment.uv_settings() == {
        "UV_CACHE_DIR": str(paths.LOCAL / "cache"),
        "SSL_CERT_FILE": "/certificates.pem",
        "UV_DEFAULT_INDEX": "http://mirror.example/simple",
    }


def test_the_pinned_list_holds_every_package_of_the_list_it_was_made_from():
    def names(file):
        lines = (line.partition("#")[0].partition(";")[0].strip() for line in file.read_text().splitlines())
        return {line.partition("=")[0].partition("<")[0].partition(">")[0].strip() for line in lines if line}

    wanted = names(paths.STACK.with_suffix(".in"))
    assert wanted - names(paths.STACK) == set()


def test_an_environment_that_is_whole_gets_new_packages_where_it_stands(local, monkeypatch):
    made = []
    monkeypatch.setattr(paths, "VENV", local / "venv")
    monkeypatch.setattr(paths, "PYTHON", local / "venv" / "bin" / "python")
    monkeypatch.setattr(environment, "_find_python", lambda: ("python3", "3.11"))
    monkeypatch.setattr(environment, "_version_of", lambda program: "3.11" if paths.VENV.is_dir() else None)
    monkeypatch.setattr(environment, "run", lambda command, **_options: paths.PYTHON.parent.mkdir(parents=True))
    monkeypatch.setattr(environment, "_install", lambda: made.append(1))
    environment._make_environment()
    (paths.VENV / "in use").touch()
    paths.stamp("environment", "another list of packages")
    environment._make_environment()
    assert made == [1, 1]
    assert (paths.VENV / "in use").exists()
    monkeypatch.setattr(environment, "_find_python", lambda: ("python3", "3.12"))
    paths.stamp("environment", "another list of packages")
    environment._make_environment()
    assert not (paths.VENV / "in use").exists()
