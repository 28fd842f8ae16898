"""What the browser tests need is installed where that is allowed, and unpacked elsewhere; else CI does not pass."""

import pytest

from tools import chromium
from tools.steps import Problem

FIND, IS_UNPACKED = chromium.find_chromium, chromium._is_unpacked


@pytest.fixture
def asked(monkeypatch):
    """The commands that would have run on a machine without Chromium, where everything works."""
    commands = []
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(chromium, "_missing", lambda: [] if chromium._is_unpacked() else ["chromium", "libatomic1"])
    monkeypatch.setattr(chromium, "_is_unpacked", lambda: False)
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


@pytest.fixture
def no_root(asked, monkeypatch):
    """An ordinary user without sudo, on a machine with apt."""
    monkeypatch.setattr(chromium.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(chromium.shutil, "which", lambda name: None if name == "sudo" else f"/usr/bin/{name}")
    return asked


def test_case_F12_a_user_without_sudo_gets_it_unpacked_below_the_local_folder(no_root, local, monkeypatch):
    monkeypatch.setattr(chromium, "find_chromium", FIND)
    monkeypatch.setattr(chromium, "_is_unpacked", IS_UNPACKED)
    monkeypatch.setattr(chromium.shutil, "which", lambda name: "/usr/bin/apt-get" if name == "apt-get" else None)
    monkeypatch.setattr(chromium, "_driver", lambda: local / "venv" / "node")

    def run(command, **_options):
        no_root.append([str(word) for word in command])
        if "--download-only" in command:
            (local / "downloads" / "chromium" / "cache" / "archives" / "chromium_1.deb").touch()
        elif command[0] == "dpkg-deb":
            for folder, library in (("pulseaudio", "libpulsecommon-16.1.so"), ("gconv", "UTF-32.txt")):
                home = command[-1] / "usr" / "lib" / "x86_64-linux-gnu" / folder
                home.mkdir(parents=True)
                (home / library).touch()

    monkeypatch.setattr(chromium, "run", run)
    # set first: what was not there would not be taken away again, and every later browser test would start it
    monkeypatch.setenv(chromium.DRIVER, "")
    monkeypatch.delenv(chromium.DRIVER)
    assert chromium.bring_chromium() == str(local / "chromium" / "chromium")
    assert chromium.os.environ[chromium.DRIVER] == str(local / "chromium" / "node")
    assert not any("sudo" in word for command in no_root for word in command)
    for command in no_root:
        if command[0] == "apt-get":
            assert f"Dir::Cache={local}/downloads/chromium/cache" in command
    started = (local / "chromium" / "chromium").read_text()
    home = f"{local}/chromium/root/usr/lib/x86_64-linux-gnu"
    assert f'FONTCONFIG_FILE="{local}/chromium/fonts.conf"' in started
    assert f"<dir>{local}/chromium/root/usr/share/fonts</dir>" in (local / "chromium" / "fonts.conf").read_text()
    assert f'LD_LIBRARY_PATH="{home}:{home}/pulseaudio"' in started, "a library may have a folder of its own"
    assert chromium.bring_chromium() == str(local / "chromium" / "chromium")
    assert len([command for command in no_root if command[0] == "apt-get"]) == 2, "it is brought once"


def test_case_F12_without_a_network_the_browser_tests_are_skipped_with_their_reason(no_root, monkeypatch, capsys):
    def refuse():
        raise Problem("Cannot unpack chromium and libatomic1 (is there a network?): apt-get answered 100.")

    monkeypatch.setattr(chromium, "_unpack", refuse)
    assert chromium.bring_chromium() is None
    assert "browser tests are skipped: Cannot unpack chromium" in capsys.readouterr().out
    assert no_root == []


def test_a_machine_without_apt_is_told_what_to_install(no_root, monkeypatch, capsys):
    monkeypatch.setattr(chromium.shutil, "which", lambda _name: None)
    assert chromium.bring_chromium() is None
    assert "there is no apt to bring them: install them by hand" in capsys.readouterr().out


def test_a_continuous_check_does_not_go_on_without_it(no_root, monkeypatch):
    def refuse():
        raise Problem("Cannot unpack chromium: no network.")

    monkeypatch.setattr(chromium, "_unpack", refuse)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(Problem, match=r"no network[\s\S]*CI=true allows no test to be left out"):
        chromium.bring_chromium()
