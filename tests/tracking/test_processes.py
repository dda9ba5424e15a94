import os
import subprocess
import sys

import pytest

from kizu.tracking.processes import Process, ancestors, arguments, command_line, giver_of


def test_a_process_is_alive_until_it_ends() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        process = Process.at(child.pid)
        assert process is not None
        assert process.alive
        assert child.pid not in ancestors(os.getpid())
        child.communicate(b"\n")
    assert not process.alive


def test_an_ended_process_that_nobody_collected_is_not_alive() -> None:
    child = subprocess.Popen([sys.executable, "-c", "pass"], stdout=subprocess.PIPE)
    process = Process.at(child.pid)
    assert process is not None
    child.stdout.read()  # type: ignore[union-attr]  # returns when the child exits
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not process.alive
    child.communicate()


def test_a_number_that_was_given_again_is_another_process() -> None:
    assert not Process(os.getpid(), "at another time").alive


def test_the_giver_of_a_variable_is_found_through_shells() -> None:
    code = (
        "from kizu.tracking.processes import giver_of;"
        "print(giver_of('KIZU_TEST_VARIABLE', 'x').pid)"
    )
    result = subprocess.run(
        ["/bin/sh", "-c", f'true; "{sys.executable}" -c "{code}"; true'],
        env={**os.environ, "KIZU_TEST_VARIABLE": "x"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(result.stdout) == os.getpid()


def test_there_is_no_giver_when_no_environment_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kizu.tracking.processes._environment", lambda pid: None)
    assert giver_of("HOME", "anything") is None


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["/venv/bin/python", "/venv/bin/dvc", "repro", "gan"], "dvc repro gan"),
        (["/venv/bin/python3.11", "-m", "dvc", "repro"], "dvc repro"),
        (["/src/kizu/__main__.py", "run", "gan"], "kizu run gan"),
        (["/venv/bin/kedro", "run", "--tags", "gan"], "kedro run --tags gan"),
        ([], ""),
    ],
)
def test_a_command_line_reads_as_it_was_typed(argv: list[str], expected: str) -> None:
    assert command_line(argv) == expected


def test_arguments_of_this_process_and_of_none() -> None:
    assert arguments(os.getpid())
    assert arguments(2**22 + 1) == []
