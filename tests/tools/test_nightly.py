"""The parts of the night: named, resumed, ended in time, and what differs between two databases is found."""

import contextlib
import json
import re
from pathlib import Path

import pytest

from tools import nightly, outcomes, paths
from tools.nightly import Part
from tools.steps import Problem


@pytest.fixture
def night(tmp_path, monkeypatch):
    """The parts of a night of the test's own, which note what they did."""
    done = []
    monkeypatch.setattr(nightly, "HOME", tmp_path)
    monkeypatch.setattr(paths, "LOGS", tmp_path / "logs")
    monkeypatch.delenv("RESET", raising=False)
    done.append([])

    def make(name, faults=()):
        return Part(name, 1, lambda part: done[0].append(part.name) or list(faults))

    make.done = done[0]
    return make


def test_a_part_that_has_passed_is_left_out_until_the_sources_change(night):
    part = night("engine")
    assert [nightly._run(part, key) for key in ("a", "a", "b")] == [True] * 3
    assert night.done == ["engine", "engine"]


def test_a_part_that_failed_is_run_again_and_a_whole_run_can_be_asked_for(night, monkeypatch):
    bad, good = night("sale", ["test_x: passed without our addons, failed with them"]), night("engine")
    assert [nightly._run(bad, "a"), nightly._run(bad, "a"), nightly._run(good, "a")] == [False, False, True]
    monkeypatch.setenv("RESET", "1")
    assert nightly._run(good, "a")
    assert night.done == ["sale", "sale", "engine", "engine"]
    assert json.loads(bad.result.read_text())["faults"]


def test_a_part_that_cannot_be_done_is_a_fault_and_the_next_one_is_run(night):
    def refuse(_part):
        raise Problem("Cannot install sale: no disk.")

    assert not nightly._run(Part("sale", 1, refuse), "a")
    assert nightly._run(night("engine"), "a")


def test_parts_are_named_and_strangers_are_refused_with_the_names():
    parts = nightly.get_parts()
    assert [part.name for part in nightly.choose(parts, [])] == [part.name for part in parts]
    assert [part.name for part in nightly.choose(parts, ["odoo-sale", "engine"])] == ["engine", "odoo-sale"]
    with pytest.raises(Problem, match=r"Cannot run nights: the parts are engine, lint, stories"):
        nightly.choose(parts, ["nights"])


def test_the_night_is_bounded():
    # Odoo's suites use both processors each, as ours do
    assert sum(part.minutes for part in nightly.get_parts()) <= 235
    assert {f"odoo-{suite}" for suite in nightly.SUITES} < {part.name for part in nightly.get_parts()}


def test_every_test_of_ours_that_waits_for_the_night_is_in_a_part():
    asks = re.compile(r"\bmark\.nightly\b|\bIS_NIGHT\b|\bBILLING_TIER\b|\bimport TIER\b|\btests\.faults\.tiers\b")
    homes = [paths.PROJECT / "tests", *(file.parent for file in paths.PROJECT.glob("*/__manifest__.py"))]
    files = [file for home in homes for file in home.rglob("test_*.py") if file != Path(__file__)]
    waiting = {str(file.relative_to(paths.PROJECT)) for file in files if asks.search(file.read_text(encoding="utf-8"))}
    places = [place for _minutes, own in nightly.OWN.values() for place in own]
    assert len(waiting) > 20
    assert sorted(name for name in waiting if not any(Path(name).is_relative_to(place) for place in places)) == []
    assert [place for place in places if not (paths.PROJECT / place).exists()] == []


def test_what_differs_between_the_databases_is_found():
    plain = {"a": "passed", "b": "failed", "c": "skipped", "d": "passed"}
    ours = {"a": "passed", "b": "failed", "c": "passed", "e": "passed"}
    assert nightly.compare(plain, ours) == {
        "c": ("skipped", "passed"),
        "d": ("passed", "missing"),
        "e": ("missing", "passed"),
    }


def test_what_is_meant_to_differ_is_no_fault_as_long_as_it_does(monkeypatch):
    monkeypatch.setattr(nightly, "MEANT", {"b.py::B::meant": "better so"})
    names, other = ["x/b.py::B::meant", "x/b.py::B::other"], ("passed", "failed")
    assert nightly.judge(dict.fromkeys(names, other), names) == (
        ["x/b.py::B::other: passed without our addons, failed with them"],
        ["meant: better so"],
    )
    faults, meant = nightly.judge({}, names)
    assert "differs no more" in faults[0]
    assert (len(faults), meant) == (1, [])
    assert nightly.judge({}, names[1:]) == ([], [])


def test_each_test_is_written_down_at_once_with_the_worst_that_it_came_to(tmp_path):
    file = tmp_path / "found.txt"
    noted = outcomes.Outcomes(file)
    for when, outcome in (("setup", "passed"), ("call", "passed"), ("call", "failed"), ("teardown", "passed")):
        noted.note("test_with_parts", when, outcome)
    noted.note("test_without_its_database", "setup", "failed")
    noted.note("test_without_its_database", "teardown", "passed")
    noted.note("test_that_was_killed", "setup", "passed")
    assert outcomes.read(file) == {"test_with_parts": "failed", "test_without_its_database": "error"}


def test_a_line_that_was_cut_off_counts_for_nothing(tmp_path):
    file = tmp_path / "found.txt"
    file.write_text("# key\ntest_a\tpassed\ntest_b\tpass")
    assert outcomes.read(file) == {"test_a": "passed"}


def test_a_run_goes_on_for_the_same_databases_only(tmp_path, monkeypatch):
    monkeypatch.delenv("RESET", raising=False)
    file = tmp_path / "found.txt"
    nightly._begin(file, "one")
    with file.open("a") as lines:
        lines.write("test_a\tpassed\n")
    nightly._begin(file, "one")
    assert outcomes.read(file) == {"test_a": "passed"}
    nightly._begin(file, "another")
    assert outcomes.read(file) == {}


@pytest.fixture
def proofs(night, monkeypatch):
    """The proofs beside three groups of addons; the second finds something, each takes forty seconds of a minute."""
    clock, done = [0.0], []

    def prove(_server, name, addons, _log, _run, processes):
        clock[0] += 40
        done.append(name)
        return (["FAILED test_x"] if name == "second" else []), [f"{addons[0]}: 99.3%"]

    class NoCluster:
        def __init__(self, _name):
            pass

        def use(self):
            return contextlib.nullcontext({})

    monkeypatch.setattr(nightly, "Cluster", NoCluster)
    monkeypatch.setattr(nightly, "_get_key", lambda: "a")
    monkeypatch.setattr(nightly.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(nightly.beside, "GROUPS", dict.fromkeys(("first", "second", "third"), ("l10n_x",)))
    monkeypatch.setattr(nightly.beside, "prove", prove)
    return done


def test_the_proofs_go_on_where_they_were_ended_and_what_failed_is_proved_again(proofs):
    part = Part("posting", 1, nightly._prove_posting)
    ended = nightly._prove_posting(part)
    assert ended == [
        "beside second: FAILED test_x",
        "was not done after 1 minutes; the next run goes on with third",
    ]
    assert nightly._prove_posting(part) == ["beside second: FAILED test_x"]
    assert proofs == ["first", "second", "second", "third"]


def test_each_proof_of_the_night_is_of_an_addon_that_odoo_has():
    addons = [name for group in nightly.beside.GROUPS.values() for name in group]
    assert len(set(addons)) == 20
    site = nightly.odoo_site() / "odoo" / "addons"
    assert [name for name in addons if not (site / name).is_dir()] == []
