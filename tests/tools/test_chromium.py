"""What the browser tests need is installed where that is allowed; where not, it is named, and CI does not pass."""

import pytest

from tools import chromium
from tools.steps import Problem


@pytest.fixture
def asked(monkeypatch):
    """The commands that would have run on a machine without Chromium, where everything works."""
    commands = []
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(chromium, "_missing", lambda: ["chromium", "libatomic1"])
    monkeypatch.setattr(chromium, "run", lambda command, **_options: commands.append(command))
    monkeypatch.setattr(chromium, "find_chromium", lambda: "/usr/bin/chromium")
    monkeypatch.setattr(chromium.shutil, "which", lambda name: f"/usr/bin/{name}")
    return commands


def test_root_installs_what_is_missing(asked, monkeypatch):
    monkeypatch.setattr(chromium.os, "geteuid", lambda: 0)
    assert chromium.bring_chromium() == "/usr/bin/chromium"
    assert [command[0] for command in asked] == ["apt-get"]
    assert asked[0][-2:] == ["chromium", "libatomic1"]


def test_a_user_with_sudo_installs_it_through_sudo(asked, monkeypatch):
    monkeypatch.setattr(chromium.os, "geteuid", lambda: 1000)
    assert chromium.bring_chromium() == "/usr/bin/chromium"
    assert asked[0] == ["sudo", "-n", "true"]
    assert asked[1][:3] == ["sudo", "-n", "apt-get"]


def test_stale_package_lists_are_updated(asked, monkeypatch):
    monkeypatch.setattr(chromium.os, "geteuid", lambda: 0)

    def run(command, **_options):
        asked.append(command)
        if len(asked) == 1:
            raise Problem("unable to locate package chromium")

    monkeypatch.setattr(chromium, "run", run)
    assert chromium.bring_chromium() == "/usr/bin/chromium"
    assert [command[1] for command in asked] == ["install", "update", "install"]


def test_a_user_without_sudo_is_told_what_to_ask_for(asked, monkeypatch, capsys):
    monkeypatch.setattr(chromium.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(chromium.shutil, "which", lambda name: None if name == "sudo" else f"/usr/bin/{name}")
    assert chromium.bring_chromium() is None
    assert "browser tests are skipped: chromium and libatomic1 wanted" in capsys.readouterr().out
    assert asked == []


def test_a_continuous_check_does_not_go_on_without_it(asked, monkeypatch):
    monkeypatch.setattr(chromium.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(chromium.shutil, "which", lambda name: None if name == "sudo" else f"/usr/bin/{name}")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(
        Problem, match=r"apt-get install chromium libatomic1[\s\S]*CI=true allows no test to be left out"
    ):
        chromium.bring_chromium()
