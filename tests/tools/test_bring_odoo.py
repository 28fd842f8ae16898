"""Odoo is brought whole or not at all, and an Odoo that is there already is looked at before it is used."""

import pytest

from tools import bring_odoo, environment, paths
from tools.steps import Problem


def test_an_odoo_that_is_there_already_is_used(monkeypatch):
    site = environment.odoo_site()
    monkeypatch.setenv("ODOO_HOME", str(site))
    assert bring_odoo.bring_odoo() == site


def test_a_folder_without_odoo_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("ODOO_HOME", str(tmp_path))
    with pytest.raises(Problem, match=r"there is no odoo/release\.py in it"):
        bring_odoo.bring_odoo()


def test_another_version_of_odoo_is_refused(monkeypatch, tmp_path):
    (tmp_path / "odoo").mkdir()
    (tmp_path / "odoo" / "release.py").write_text("version_info = (18, 0, 0, FINAL, 0, '')\n")
    monkeypatch.setenv("ODOO_HOME", str(tmp_path))
    with pytest.raises(Problem, match=r"it is not Odoo 19\.0"):
        bring_odoo.bring_odoo()


def test_a_machine_without_apt_is_told_the_other_way(local, monkeypatch):
    monkeypatch.setattr(bring_odoo.shutil, "which", lambda _name: None)
    with pytest.raises(Problem, match="ODOO_HOME="):
        bring_odoo.bring_odoo()


def test_without_a_network_nothing_is_left_half_made(local, monkeypatch):
    monkeypatch.setattr(bring_odoo, "_archive_address", lambda: "http://127.0.0.1:1/debian")
    with pytest.raises(Problem, match=r"Cannot download from the Debian archive .*\(is there a network\?\)"):
        bring_odoo.bring_odoo()
    assert not paths.ODOO_ROOT.exists()
    assert not paths.stamped("odoo", bring_odoo.KEY)


def test_an_interrupted_unpacking_is_begun_again(local, monkeypatch):
    calls = []

    def unpack(command, **_options):
        calls.append(command)
        release = command[-1] / bring_odoo.SITE / "odoo" / "release.py"
        release.parent.mkdir(parents=True, exist_ok=True)
        if len(calls) == 1:
            raise KeyboardInterrupt
        release.write_text("version_info = (19, 0, 0, FINAL, 0, '')\n")

    monkeypatch.setattr(bring_odoo, "_download", lambda: [local / "odoo.deb"])
    monkeypatch.setattr(bring_odoo, "run", unpack)
    monkeypatch.setattr(bring_odoo, "_require_programs", lambda: None)
    with pytest.raises(KeyboardInterrupt):
        bring_odoo.bring_odoo()
    assert not paths.ODOO_ROOT.exists()
    site = bring_odoo.bring_odoo()
    assert (site / "odoo" / "release.py").is_file()
    bring_odoo.bring_odoo()
    assert len(calls) == 2


def test_a_package_whose_layout_has_changed_is_refused(local, monkeypatch):
    monkeypatch.setattr(bring_odoo, "_download", lambda: [local / "odoo.deb"])
    monkeypatch.setattr(bring_odoo, "run", lambda *_words, **_options: "")
    with pytest.raises(Problem, match="its layout has changed"):
        bring_odoo.bring_odoo()
    assert not paths.ODOO_ROOT.exists()


def test_a_disk_without_room_is_refused_first(local, monkeypatch):
    monkeypatch.setattr(bring_odoo, "require_space", lambda *_words: (_ for _ in ()).throw(Problem("no room")))
    with pytest.raises(Problem, match="no room"):
        bring_odoo.bring_odoo()
    assert not paths.DOWNLOADS.exists()


def test_the_archive_address_is_that_of_the_archive_proper(monkeypatch):
    listed = "http://one.example/debian/\nhttp://one.example/debian/\nhttp://one.example/debian-security/\n" * 2
    monkeypatch.setattr(bring_odoo, "run", lambda *_words, **_options: listed)
    assert bring_odoo._archive_address() == "http://one.example/debian/"
