"""The embedded server starts, is shared, stops with its last user, and gets over being killed."""

import os
import pwd
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tools import database, paths, postgres
from tools.processes import birth
from tools.steps import Problem


@pytest.fixture(scope="module")
def pristine(tmp_path_factory):
    """A cluster that was made and never started; copying it takes less time than making another."""
    folder = tmp_path_factory.mktemp("pristine") / "test"

    def keep(cluster) -> Path:
        if not folder.exists():
            cluster._make()
            subprocess.run(["cp", "-a", cluster.folder, folder], check=True)
        return folder

    return keep


@pytest.fixture
def cluster(local, pristine):
    made = postgres.Cluster("test")
    kept = pristine(made)
    if not made.folder.exists():
        subprocess.run(["cp", "-a", kept, made.folder], check=True)
    yield made
    made.remove()


def _answers(server: dict[str, str]) -> bool:
    return database.sql(server, "postgres", "SELECT 1") == [["1"]]


def _pid(cluster) -> int:
    return int((cluster.folder / "postmaster.pid").read_text().splitlines()[0])


def test_the_server_runs_while_it_is_used_and_no_longer(cluster):
    with cluster.use() as server:
        assert _answers(server)
        assert cluster.running()
    assert not cluster.running()


def test_a_second_user_keeps_the_server_running(cluster):
    with cluster.use():
        with postgres.Cluster("test").use() as server:
            assert _answers(server)
        assert cluster.running()
    assert not cluster.running()


def test_a_server_that_is_kept_outlives_its_last_user_until_it_is_stopped(cluster):
    cluster.keep()
    with cluster.use():
        pass
    assert cluster.running()
    cluster.release()
    cluster.stop()
    assert not cluster.running()


def test_a_killed_server_starts_again_with_what_was_in_it(cluster):
    with cluster.use() as server:
        database.sql(server, "postgres", "CREATE DATABASE kept")
        number = _pid(cluster)
        os.kill(number, signal.SIGKILL)
        while birth(number):
            time.sleep(0.02)
    assert not cluster.running()
    with cluster.use() as server:
        assert database.exists(server, "kept")


def test_the_role_that_odoo_works_as_may_make_databases_but_is_no_superuser(cluster):
    with cluster.use() as server:
        assert server["PGUSER"] == postgres.ROLE
        rights = "SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        assert database.sql(server, "postgres", rights) == [["False", "True"]]


def test_only_a_socket_leads_to_the_server(cluster):
    with cluster.use() as server:
        assert database.sql(server, "postgres", "SHOW listen_addresses") == [[""]]
        assert cluster.folder.stat().st_mode & 0o077 == 0


def test_the_demo_is_kept_safe_and_the_tests_are_fast(cluster):
    with cluster.use() as server:
        assert database.sql(server, "postgres", "SHOW fsync") == [["off"]]
    safe = postgres.Cluster("main")
    cluster.folder.rename(safe.folder)
    try:
        with safe.use() as server:
            assert database.sql(server, "postgres", "SHOW fsync") == [["on"]]
    finally:
        safe.remove()


def test_an_interrupted_making_is_begun_again(local, monkeypatch):
    cluster = postgres.Cluster("test")
    ran = postgres.Cluster._run

    def interrupted(self, command, cannot):
        ran(self, command, cannot)
        if command[0] == "initdb":
            raise KeyboardInterrupt

    monkeypatch.setattr(postgres.Cluster, "_run", interrupted)
    with pytest.raises(KeyboardInterrupt), cluster.use():
        pytest.fail("the server was made")
    assert not cluster.folder.exists()
    monkeypatch.setattr(postgres.Cluster, "_run", ran)
    with cluster.use() as server:
        assert _answers(server)
    cluster.remove()


def test_a_path_that_is_too_long_for_a_socket_moves_the_server_elsewhere(local, monkeypatch):
    monkeypatch.setattr(paths, "LOCAL", local / ("deep" * 25))
    paths.LOCAL.mkdir()
    cluster = postgres.Cluster("test")
    try:
        assert cluster.home.parent == Path("/var/tmp")
        assert len(str(cluster.folder / ".s.PGSQL.5432.lock")) <= postgres.SOCKET_PATH_LIMIT
        with cluster.use() as server:
            assert _answers(server)
    finally:
        cluster.remove()
        subprocess.run(["rm", "-r", cluster.home], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs somebody to stand in for it")
def test_root_lets_an_ordinary_user_run_the_server_also_from_a_closed_home(local, monkeypatch):
    closed = local / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setattr(paths, "LOCAL", closed)
    cluster = postgres.Cluster("test")
    try:
        with cluster.use() as server:
            assert _answers(server)
            owner = Path(f"/proc/{_pid(cluster)}").stat().st_uid
        assert pwd.getpwuid(owner).pw_name in postgres.STAND_INS
        assert closed.stat().st_mode & 0o777 == 0o700
    finally:
        cluster.remove()
        subprocess.run(["rm", "-r", cluster.home], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs somebody to stand in for it")
def test_root_lends_its_stand_in_a_copy_of_programs_that_lie_out_of_reach(cluster, monkeypatch):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postgres, "_usable", lambda path, _user: path.name != "postgres")
        assert postgres.programs(cluster.home).is_relative_to(cluster.home / "programs")
        with cluster.use() as server:
            assert _answers(server)


def test_a_foreign_folder_in_the_way_is_refused(local, monkeypatch):
    monkeypatch.setattr(paths, "LOCAL", local / ("deep" * 25))
    home = postgres.state_folder()
    home.rmdir()
    home.symlink_to(local)
    try:
        with pytest.raises(Problem, match="it belongs to somebody else"):
            postgres.Cluster("test")
    finally:
        home.unlink()


def test_the_variables_of_another_server_are_respected(local, monkeypatch):
    monkeypatch.setenv("PGHOST", "database.example")
    assert postgres.external()
    with postgres.Cluster("main").use() as server:
        assert server == {}
    monkeypatch.setenv("PGHOST", str(postgres.Cluster("test").folder))
    assert not postgres.external()


def test_databases_are_made_on_the_server_that_the_variables_name(cluster, local, monkeypatch):
    with cluster.use() as server:
        for name, value in server.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(paths, "LOCAL", local / "another")
        assert postgres.external()
        with postgres.Cluster("main").use() as elsewhere:
            database.create(elsewhere, "online_billing_demo")
            assert database.exists(server, "online_billing_demo")
            database.drop(elsewhere, "online_billing_demo")
            assert not database.exists(server, "online_billing_demo")
        monkeypatch.setattr(paths, "LOCAL", local)
