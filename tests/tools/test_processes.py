"""What a killed command leaves running is found by the next one; a taken port is refused at once."""

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap

import pytest

from tools import paths, processes
from tools.steps import Problem


def _leave_a_process_behind(local) -> int:
    """Start a command that starts a process, kill the command, and return the process it left."""
    program = textwrap.dedent(f"""
        import os, time
        from pathlib import Path
        from tools import paths, processes
        paths.LOCKS = Path({str(paths.LOCKS)!r})
        family = processes.Family("demo")
        process = family.start(["sleep", "300"], log=Path({str(local / "log")!r}), environment=os.environ)
        print(process.pid, flush=True)
        time.sleep(300)
    """)
    command = subprocess.Popen([sys.executable, "-c", program], cwd=paths.PROJECT, stdout=subprocess.PIPE, text=True)
    left = int(command.stdout.readline())
    command.kill()
    command.communicate()
    return left


def test_what_a_killed_command_left_running_is_ended(local, capsys):
    left = _leave_a_process_behind(local)
    assert processes.birth(left)
    assert processes.Family("demo").stop_left_behind() == 1
    assert not processes.birth(left)
    assert "an earlier, killed run left behind" in capsys.readouterr().out
    assert processes.Family("demo").stop_left_behind() == 0


def test_a_process_that_only_inherited_the_number_is_left_alone(local):
    family = processes.Family("demo")
    family.record.parent.mkdir(parents=True)
    stranger = subprocess.Popen(["sleep", "300"], start_new_session=True)
    try:
        family.record.write_text(json.dumps({str(stranger.pid): "1"}))
        assert family.stop_left_behind() == 0
        assert stranger.poll() is None
    finally:
        os.killpg(stranger.pid, signal.SIGKILL)
        stranger.wait()


def test_a_record_that_was_cut_short_stops_nobody_from_starting(local):
    family = processes.Family("demo")
    family.record.parent.mkdir(parents=True)
    family.record.write_text('{"12')
    assert family.stop_left_behind() == 0


def test_stopping_a_family_ends_all_its_members_and_its_record(local):
    family = processes.Family("demo")
    members = [family.start(["sleep", "300"], local / "log", os.environ) for _number in range(2)]
    family.stop()
    assert [member.poll() is None for member in members] == [False, False]
    assert not family.record.exists()


def test_a_member_that_ignores_the_polite_signal_is_killed(local, monkeypatch):
    left = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(300)",
        ],
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    left.stdout.readline()
    processes.end_group(left, patience=0.2)
    assert left.poll() == -signal.SIGKILL
    left.stdout.close()


def test_a_taken_port_is_refused_with_a_way_out():
    with socket.socket() as taken:
        taken.bind((processes.LOOPBACK, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Problem, match=f"Cannot use port {port} for tea: another program uses it. Drink coffee."):
            processes.require_port(port, "tea", "Drink coffee.")
    processes.require_port(port, "tea", "Drink coffee.")


@pytest.mark.parametrize("port", [0, 80, 65534, 99999])
def test_a_port_that_nobody_may_use_is_refused(port):
    with pytest.raises(Problem, match="between 1024 and 65000"):
        processes.require_port(port, "tea", "")


def test_a_long_log_makes_room_for_a_new_one(local, monkeypatch):
    monkeypatch.setattr(processes, "LONGEST_LOG", 10)
    log = local / "odoo.log"
    log.write_text("a long story")
    family = processes.Family("demo")
    family.start(["true"], log, os.environ).wait()
    family.stop()
    assert (local / "odoo.old.log").read_text() == "a long story"
    assert log.read_text() == ""


def test_a_process_that_is_gone_has_no_birth():
    gone = subprocess.Popen(["true"])
    gone.wait()
    assert processes.birth(gone.pid) == ""
    assert processes.birth(os.getpid()) == processes.birth(os.getpid()) != ""
