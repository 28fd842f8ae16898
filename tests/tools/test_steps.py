"""Steps say what they did and how long it took; what goes wrong becomes one sentence and leaves no process behind."""

import errno
import os
import re
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from tools import paths, steps
from tools.processes import birth
from tools.steps import Problem


def test_a_step_prints_its_time_and_its_title(capsys):
    with steps.step("bake bread"):
        pass
    assert re.fullmatch(r" +\d+\.\d s  bake bread\n", capsys.readouterr().out)


def test_a_step_that_fails_says_so(capsys):
    with pytest.raises(Problem), steps.step("bake bread"):
        raise Problem("no flour")
    assert capsys.readouterr().out.endswith("bake bread ... failed\n")


def test_a_step_that_is_interrupted_says_so(capsys):
    with pytest.raises(KeyboardInterrupt), steps.step("bake bread"):
        raise KeyboardInterrupt
    assert capsys.readouterr().out.endswith("bake bread ... stopped\n")


def test_a_failing_command_is_reported_with_its_last_words_and_its_log(tmp_path):
    log = tmp_path / "logs" / "command.log"
    with pytest.raises(Problem) as caught:
        steps.run(["sh", "-c", "echo first; echo the disk sings >&2; exit 3"], cannot="Cannot sing", log=log)
    assert str(caught.value).startswith("Cannot sing: sh answered 3")
    assert "the disk sings" in str(caught.value)
    assert str(log) in str(caught.value)
    assert log.read_text() == "first\nthe disk sings\n"


def test_an_interrupted_command_takes_its_own_children_along(tmp_path):
    numbers = tmp_path / "numbers"
    script = f"sleep 300 & echo $! > {numbers}; wait"
    program = textwrap.dedent(f"""
        from tools import steps
        steps.main(lambda: steps.run(["sh", "-c", {script!r}], cannot="Cannot wait"))
    """)
    process = subprocess.Popen([sys.executable, "-c", program], cwd=paths.PROJECT, stderr=subprocess.PIPE, text=True)
    while not (numbers.is_file() and numbers.read_text().strip()):
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _nothing, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Stopped." in errors
    deadline = time.monotonic() + 10
    while birth(int(numbers.read_text())) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not birth(int(numbers.read_text()))


@pytest.mark.parametrize(
    ("raised", "code", "words"),
    [
        (Problem("Cannot fly: no wings. Walk."), 1, "Cannot fly: no wings. Walk."),
        (KeyboardInterrupt(), 130, "Nothing is left half made"),
        (OSError(errno.ENOSPC, "No space left on device"), 1, "The disk is full"),
    ],
)
def test_what_goes_wrong_ends_in_a_sentence_and_a_code(raised, code, words, capsys):
    def command():
        raise raised

    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        with pytest.raises(SystemExit) as ended:
            steps.main(command)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert ended.value.code == code
    assert words in capsys.readouterr().err


def test_a_full_disk_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(Problem, match=r"Cannot bring the moon: .* MB free and \d+ MB are needed"):
        steps.require_space(tmp_path / "not" / "yet" / "made", 10**9, "bring the moon")
    assert list(tmp_path.iterdir()) == []


def test_a_fingerprint_changes_with_the_content_of_a_file_and_with_the_order_of_the_parts(tmp_path):
    file = tmp_path / "file"
    file.write_text("one")
    first = steps.fingerprint(file, "a", "bc")
    assert first == steps.fingerprint(file, "a", "bc")
    assert first != steps.fingerprint(file, "ab", "c")
    file.write_text("two")
    assert first != steps.fingerprint(file, "a", "bc")


def test_a_stamp_holds_only_for_the_inputs_it_was_set_for(local):
    assert not paths.stamped("bread", "flour")
    paths.stamp("bread", "flour")
    assert paths.stamped("bread", "flour")
    assert not paths.stamped("bread", "rye")
    paths.unstamp("bread")
    assert not paths.stamped("bread", "flour")
    assert os.listdir(paths.STAMPS) == []
