"""The process and the thread that send records while stages run."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kizu.lineage.project import Project
from kizu.tracking import follow as follow_module
from kizu.tracking.background import start_follower
from kizu.tracking.follow import follow
from kizu.tracking.processes import Process
from kizu.tracking.records import Record, Status
from kizu.tracking.repro import tracked_repro
from kizu.tracking.spool import Spool
from kizu.tracking.summary import summarize
from kizu.tracking.sync import SyncReport

Make = Callable[..., Any]


@pytest.fixture
def stage_process() -> Iterator[subprocess.Popen[bytes]]:
    """A process that ends when its input does, as DVC's or a stage's."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)


def test_the_follower_shows_a_training_live_and_ends_after_its_session(
    spool: Spool,
    make_session: Make,
    make_record: Make,
    runs: Any,
    stage_process: subprocess.Popen[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("KIZU_SYNC")
    owner = Process.at(stage_process.pid)
    session = make_session(process=owner)
    running = make_record("gan", process=owner, status=Status.RUNNING, ended=None)
    row = {"step": 0, "time": 2_100, "metrics": {"loss": 0.5}}
    spool.metrics_file(running.id).write_text(f"{json.dumps(row)}\n")
    start_follower(spool, session)
    wait_until(lambda: len(runs.parents()) == 1 and bool(runs.children(runs.parents()[0])))
    (parent,) = runs.parents()
    wait_until(lambda: runs.history(runs.children(parent)["gan"], "loss") == [(0, 0.5)])
    assert runs.children(parent)["gan"].info.status == "RUNNING"
    spool.write(Record(**{**running.__dict__, "status": Status.FINISHED, "ended": 9_000}))
    stage_process.communicate(b"\n")
    wait_until(lambda: spool.sessions() == [])
    assert runs.children(parent)["gan"].info.status == "FINISHED"
    assert runs.parents()[0].info.status == "FINISHED"


def test_the_follower_does_not_keep_whoever_waits_for_the_stage(
    spool: Spool, make_session: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DVC, a terminal or a pipe must see the end of the stage's output when the stage ends."""
    monkeypatch.delenv("KIZU_SYNC")
    session = make_session(process=Process.current())
    code = (
        "import sys; from pathlib import Path; from kizu.tracking.spool import Spool;"
        "from kizu.tracking.background import start_follower;"
        f"spool = Spool(Path({str(spool.root)!r}));"
        "start_follower(spool, spool.sessions()[0]); print('done')"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert result.stdout == "done\n"
    spool.close_session(session.id)


def test_without_background_nothing_is_started(
    spool: Spool, make_session: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "Popen", None)
    start_follower(spool, make_session())


def test_a_follower_whose_session_is_closed_has_nothing_to_do(spool: Spool) -> None:
    command = [sys.executable, "-m", "kizu.tracking.follow", str(spool.root), "gone"]
    assert subprocess.run(command, capture_output=True).returncode == 0
    assert not (spool.root / "mlflow").exists()


def test_mlflow_is_left_alone_while_no_training_shows_metrics(
    spool: Spool, make_session: Make, make_record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[object] = []
    monkeypatch.setattr(follow_module, "send", lambda root: sent.append(root) or SyncReport())
    make_session(process=Process.current())
    make_record("images")
    make_record("gan", process=Process.current(), status=Status.RUNNING, ended=None)
    looks = iter([False, False, True])
    follow(spool.root, lambda seconds: next(looks))
    assert sent == []
    spool.metrics_file("record-gan").write_text('{"step": 0, "time": 1, "metrics": {"a": 1}}\n')
    looks = iter([False, True])
    follow(spool.root, lambda seconds: next(looks))
    assert sent == [spool.root]


def test_after_a_problem_it_waits_longer(
    spool: Spool, make_record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow_module, "send", lambda root: SyncReport(problem="down"))
    make_record("gan", process=Process.current(), status=Status.RUNNING, ended=None)
    spool.metrics_file("record-gan").write_text('{"step": 0, "time": 1, "metrics": {"a": 1}}\n')
    pauses: list[float] = []

    def wait(seconds: float) -> bool:
        pauses.append(seconds)
        return len(pauses) == 3

    follow(spool.root, wait)
    assert pauses == [2.0, 30.0, 30.0]


def run_stage_in_a_process(project: Project, environment: dict[str, str], stage: str) -> None:
    command = [sys.executable, "-m", "kizu", "run", stage]
    variables = {**os.environ, **environment, "DVC_STAGE": stage}
    subprocess.run(command, cwd=project.root, env=variables, check=True, capture_output=True)


def test_a_tracked_repro_is_one_parent_run(project: Project, runs: Any) -> None:
    with tracked_repro(project.root, "kizu repro") as repro:
        for stage in ("numbers", "train"):
            run_stage_in_a_process(project, repro.environment, stage)
        repro.succeeded = True
    assert [record.stage for record in repro.report.records] == ["numbers", "train"]
    assert repro.report.session
    assert repro.report.session.id == repro.environment["KIZU_REPRO"]
    (parent,) = runs.parents()
    assert (parent.info.run_name, parent.info.status) == ("kizu repro", "FINISHED")
    assert sorted(runs.children(parent)) == ["numbers", "train"]


def test_a_repro_that_fails_is_marked_even_if_its_stages_are_well(
    project: Project, runs: Any
) -> None:
    def failing() -> None:
        with tracked_repro(project.root, "kizu repro") as repro:
            run_stage_in_a_process(project, repro.environment, "numbers")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        failing()
    (parent,) = runs.parents()
    assert parent.info.status == "FAILED"
    assert runs.children(parent)["numbers"].info.status == "FINISHED"


def test_a_repro_that_ran_nothing_leaves_nothing(project: Project, runs: Any) -> None:
    with tracked_repro(project.root, "kizu repro") as repro:
        repro.succeeded = True
    assert repro.report.records == ()
    assert runs.all() == []


def test_a_spool_that_cannot_be_written_does_not_stop_a_repro(project: Project) -> None:
    (project.root / "mlflow").write_text("in the way")
    with tracked_repro(project.root, "kizu repro") as repro:
        run_stage_in_a_process(project, repro.environment, "numbers")
    assert "mlflow/spool cannot be written" in str(repro.report.problem)
    assert "mlflow/spool cannot be written" in summarize(project, repro.report).render()
