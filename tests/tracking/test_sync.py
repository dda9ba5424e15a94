"""Sending records to a real MLflow database."""

import contextlib
import itertools
import json
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kizu.tracking import sync as sync_module
from kizu.tracking.processes import Process
from kizu.tracking.records import Record, Status
from kizu.tracking.spool import Spool
from kizu.tracking.store import Store
from kizu.tracking.sync import send, sync

Make = Callable[..., Any]


@pytest.fixture
def trained(spool: Spool, make_record: Make) -> Record:
    """A finished training that has shown its metrics live, with a figure."""
    record = make_record(
        "gan",
        parameters={"gan.width": 64, "gan.betas": [0.5, 0.9], "gan.name": "sngan"},
        inputs={"data/images.npy": "a" * 32},
        outputs={"data/gan": "b" * 32 + ".dir"},
        metrics={"fid": 3.5, "loss": 0.2},
        key_metrics=["fid"],
        history=[{"step": step, "loss": 1 / (step + 1), "rate": 0.1} for step in range(4)],
        artifacts=["figures/samples.png"],
        runtime={"threads": "2"},
    )
    figure = spool.artifacts(record.id) / "figures" / "samples.png"
    figure.parent.mkdir(parents=True)
    figure.write_bytes(b"png")
    rows = [
        {"step": step, "time": 2_100 + step, "metrics": {"loss": 1 / (step + 1)}}
        for step in range(4)
    ]
    text = "".join(f"{json.dumps(row)}\n" for row in rows)
    spool.metrics_file(record.id).write_text(text)
    return record


def everything(runs: Any) -> list:
    """Return all that the store holds, to compare two states of it."""
    return [
        (
            run.info.run_id,
            run.info.status,
            run.info.end_time,
            run.data.params,
            run.data.tags,
            {metric: runs.history(run, metric) for metric in run.data.metrics},
            runs.artifacts(run),
        )
        for run in runs.all()
    ]


def test_a_run_carries_the_whole_record(
    spool: Spool, make_session: Make, trained: Record, runs: Any
) -> None:
    make_session()
    report = sync(spool.root)
    assert (report.sent, report.waiting, report.problem) == (1, 0, None)
    (parent,) = runs.parents()
    assert report.parents == (
        f"http://127.0.0.1:5000/#/experiments/{parent.info.experiment_id}"
        f"/runs/{parent.info.run_id}?workflowType=machine_learning",
    )
    run = runs.children(parent)["gan"]
    assert run.info.status == "FINISHED"
    assert (run.info.start_time, run.info.end_time) == (2_000, 5_000)
    assert run.data.params == {
        "gan.width": "64",
        "gan.betas": "[0.5, 0.9]",
        "gan.name": "sngan",
    }
    assert run.data.metrics == {"fid": 3.5, "loss": 0.2, "rate": 0.1}
    assert run.data.tags["mlflow.source.git.commit"] == "c" * 40
    assert run.data.tags["git.dirty"] == "false"
    assert run.data.tags["dvc.input.data/images.npy"] == "a" * 32
    assert run.data.tags["dvc.output.data/gan"] == "b" * 32 + ".dir"
    assert run.data.tags["runtime.threads"] == "2"
    (dataset,) = run.inputs.dataset_inputs
    assert (dataset.dataset.name, dataset.dataset.digest) == ("data/images.npy", "a" * 32)
    assert runs.artifacts(run) == ["figures/samples.png", "record.json"]
    folder = (spool.root / "mlflow" / "artifacts").as_uri()
    assert run.info.artifact_uri.startswith(folder)


def test_the_history_is_complete_ordered_and_ends_in_the_final_value(
    spool: Spool, make_session: Make, trained: Record, runs: Any
) -> None:
    make_session()
    sync(spool.root)
    run = runs.children(runs.parents()[0])["gan"]
    live = [(step, 1 / (step + 1)) for step in range(4)]
    assert runs.history(run, "loss") == [*live, (3, 0.2)]
    assert runs.history(run, "rate") == [(step, 0.1) for step in range(4)]
    times = [point.timestamp for point in runs.client.get_metric_history(run.info.run_id, "loss")]
    assert times[:4] == [2_100, 2_101, 2_102, 2_103]


def test_the_parent_sums_up(spool: Spool, make_session: Make, trained: Record, runs: Any) -> None:
    make_session(experiment="fast-fox", baseline="d" * 40)
    sync(spool.root)
    (parent,) = runs.parents()
    assert parent.info.run_name == "fast-fox"
    assert parent.info.status == "FINISHED"
    assert (parent.info.start_time, parent.info.end_time) == (1_000, 5_000)
    assert parent.data.metrics == {"gan.fid": 3.5}
    assert parent.data.tags["dvc.baseline"] == "d" * 40
    assert json.loads(parent.data.tags["kizu.stages"]) == {"gan": "finished"}


def test_syncing_again_changes_nothing(
    spool: Spool, make_session: Make, trained: Record, runs: Any
) -> None:
    make_session()
    sync(spool.root)
    before = everything(runs)
    assert spool.records() == []
    assert spool.sessions() == []
    assert str(sync(spool.root)) == "MLflow has all runs."
    assert everything(runs) == before


@pytest.mark.parametrize(
    "method",
    [
        "find_or_create",
        "log_parameters",
        "log_metrics",
        "set_tags",
        "log_folder",
        "log_json",
        "end",
    ],
)
def test_a_sync_that_dies_anywhere_is_completed_by_the_next_without_doubles(
    spool: Spool,
    make_session: Make,
    make_record: Make,
    trained: Record,
    runs: Any,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
) -> None:
    make_session()
    make_record("images", started=1_500, ended=1_900)

    class Killed(BaseException):
        """Not an error that anything could handle."""

    def dying(after: int) -> Callable[..., Any]:
        original, calls = getattr(Store, method), itertools.count(1)

        def call(*arguments: Any) -> Any:
            result = original(*arguments)
            if next(calls) == after:
                raise Killed
            return result

        return call

    # The first sync dies after the method's first call, the next after its second, and so on.
    for after in range(1, 6):
        with monkeypatch.context() as patch, contextlib.suppress(Killed):
            patch.setattr(Store, method, dying(after))
            sync(spool.root)
    sync(spool.root)
    (parent,) = runs.parents()
    children = runs.children(parent)
    assert sorted(children) == ["gan", "images"]
    assert len(runs.all()) == 3
    assert {run.info.status for run in runs.all()} == {"FINISHED"}
    loss = runs.history(children["gan"], "loss")
    assert [step for step, _ in loss] == [0, 1, 2, 3, 3]
    assert spool.records() == []


@pytest.mark.parametrize(
    "uri", ["http://127.0.0.1:9", "sqlite:////proc/nowhere/runs.db", "file:///tmp/runs"]
)
def test_a_store_that_cannot_be_reached_loses_nothing(
    spool: Spool,
    make_session: Make,
    trained: Record,
    runs: Any,
    monkeypatch: pytest.MonkeyPatch,
    uri: str,
) -> None:
    make_session()
    with monkeypatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", uri)
        report = sync(spool.root)
    assert report.problem
    assert report.waiting == 1
    assert "waiting in mlflow/spool: 1; `kizu sync`" in str(report)
    assert spool.records() == [trained]
    assert sync(spool.root).sent == 1


def test_a_server_that_never_answers_is_given_up_on(
    spool: Spool, make_session: Make, trained: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_session()
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with socket.create_server(("127.0.0.1", 0)) as server:
        uri = f"http://127.0.0.1:{server.getsockname()[1]}"
        monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
        report = sync(spool.root)
    assert "timed out" in str(report.problem)
    assert spool.records() == [trained]


def test_a_database_that_turns_read_only_loses_nothing(
    spool: Spool,
    make_session: Make,
    trained: Record,
    database: Path,
    runs: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_session()
    # As root may write to any file, SQLite is told to refuse.
    with monkeypatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///file:{database}?mode=ro&uri=true")
        patch.setattr(sync_module, "unreachable", lambda uri: None)
        report = sync(spool.root)
    assert "readonly" in str(report.problem)
    assert spool.records() == [trained]
    assert sync(spool.root).sent == 1


def test_of_two_syncs_at_once_one_closes_the_session(
    spool: Spool,
    make_session: Make,
    make_record: Make,
    write_lock: Make,
    runs: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_session()
    make_record("numbers", outputs={"data/values.json": "1"})
    write_lock()
    locked, others = Spool.locked, iter([True])

    @contextlib.contextmanager
    def late(self: Spool, timeout: float) -> Iterator[None]:
        if next(others, False):  # another process is faster
            sync(spool.root)
        with locked(self, timeout):
            yield

    monkeypatch.setattr(Spool, "locked", late)
    assert sync(spool.root).problem is None
    (parent,) = runs.parents()
    assert len(runs.all()) == 4
    assert runs.children(parent)["numbers"].data.tags["kizu.status"] == "finished"


def test_a_command_that_cannot_be_ended_is_ended_by_the_next_sync(
    spool: Spool, make_session: Make, trained: Record, runs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_session()

    def broken(*_: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(sync_module, "close_session", broken)
        report = sync(spool.root)
    assert (report.sent, report.problem) == (1, "no space left on device")
    assert sync(spool.root).problem is None
    assert runs.parents()[0].info.status == "FINISHED"


def test_one_bad_record_does_not_hold_up_the_others(
    spool: Spool, make_session: Make, make_record: Make, trained: Record, runs: Any
) -> None:
    make_session()
    bad = make_record("images", started=1, metrics={"accuracy": "high"})
    report = sync(spool.root)
    assert report.sent == 1
    assert report.waiting == 1
    assert report.problem
    assert spool.progress(trained.id, f"sqlite:///{spool.root}/mlflow/mlflow.db").complete
    # Nothing of the command is forgotten before all of it is sent.
    assert len(spool.records()) == 2
    spool.write(Record(**{**bad.__dict__, "metrics": {"accuracy": 0.5}}))
    assert sync(spool.root).problem is None
    assert sorted(runs.children(runs.parents()[0])) == ["gan", "images"]


def test_a_running_training_is_seen_live_and_completed_in_the_same_run(
    spool: Spool, make_session: Make, trained: Record, runs: Any
) -> None:
    make_session(process=Process.current())
    here = {"process": Process.current(), "status": Status.RUNNING, "ended": None}
    spool.write(Record(**{**trained.__dict__, **here}))
    lines = spool.metrics_file(trained.id).read_text().splitlines(keepends=True)
    spool.metrics_file(trained.id).write_text("".join(lines[:2]))
    assert send(spool.root).sent == 0
    (parent,) = runs.parents()
    live = runs.children(parent)["gan"]
    assert live.info.status == "RUNNING"
    assert live.data.params["gan.width"] == "64"
    assert runs.history(live, "loss") == [(0, 1.0), (1, 0.5)]
    spool.metrics_file(trained.id).write_text("".join(lines[:3]))
    send(spool.root)
    assert [step for step, _ in runs.history(live, "loss")] == [0, 1, 2]
    spool.metrics_file(trained.id).write_text("".join(lines))
    spool.write(trained)
    assert send(spool.root, closing="session").sent == 1
    done = runs.children(parent)["gan"]
    assert done.info.run_id == live.info.run_id
    assert done.info.status == "FINISHED"
    assert [step for step, _ in runs.history(done, "loss")][:4] == [0, 1, 2, 3]
    assert len(runs.all()) == 2


def test_a_stage_that_was_killed_is_ended_with_what_it_had_shown(
    spool: Spool, make_session: Make, trained: Record, runs: Any
) -> None:
    make_session()
    running = {"status": Status.RUNNING, "ended": None, "history": [], "metrics": {}}
    spool.write(Record(**{**trained.__dict__, **running, "key_metrics": []}))
    sync(spool.root)
    (parent,) = runs.parents()
    run = runs.children(parent)["gan"]
    assert (parent.info.status, run.info.status) == ("KILLED", "KILLED")
    assert run.info.end_time == 2_103
    assert len(runs.history(run, "loss")) == 4
    assert "ended without" in run.data.tags["mlflow.note.content"]


def test_a_failed_stage_fails_its_parent(
    spool: Spool, make_session: Make, make_record: Make, runs: Any
) -> None:
    make_session()
    make_record("gan", status=Status.FAILED, error="ValueError: the loss is NaN at step 3")
    sync(spool.root)
    (parent,) = runs.parents()
    run = runs.children(parent)["gan"]
    assert (parent.info.status, run.info.status) == ("FAILED", "FAILED")
    assert run.data.tags["mlflow.note.content"] == "ValueError: the loss is NaN at step 3"
    assert "kizu.outputs" not in run.data.tags


def test_runs_of_a_living_command_wait_for_its_end(
    spool: Spool, make_session: Make, trained: Record, runs: Any
) -> None:
    session = make_session(process=Process.current())
    assert send(spool.root).sent == 1
    assert runs.parents()[0].info.status == "RUNNING"
    assert spool.sessions() == [session]
    assert send(spool.root, closing=session.id).records == (trained,)
    assert runs.parents()[0].info.status == "FINISHED"


def test_a_record_whose_session_file_is_lost_is_sent_all_the_same(
    spool: Spool, trained: Record, runs: Any
) -> None:
    assert sync(spool.root).sent == 1
    assert runs.children(runs.parents()[0])["gan"].info.status == "FINISHED"


def test_many_parameters_and_metrics_pass_mlflows_limits(
    spool: Spool, make_session: Make, make_record: Make, runs: Any
) -> None:
    make_session()
    make_record(
        "gan",
        parameters={f"p.{i}": "x" * (7_000 if i == 0 else 1) for i in range(230)},
        metrics={f"m{i}": float(i) for i in range(1_200)},
        history=[{"step": step, "loss": 0.5} for step in range(1_500)],
        outputs={f"data/{i}": "a" * 32 for i in range(150)},
    )
    assert sync(spool.root).problem is None
    run = runs.children(runs.parents()[0])["gan"]
    assert len(run.data.params) == 230
    assert len(run.data.metrics) == 1_201
    assert len(runs.history(run, "loss")) == 1_500


def test_odd_names_are_made_fit(
    spool: Spool, make_session: Make, make_record: Make, runs: Any
) -> None:
    make_session()
    make_record("gan", metrics={"FID (train)": 1.0, "auroc@5%": 0.5}, parameters={"a[0]": 1})
    assert sync(spool.root).problem is None
    run = runs.children(runs.parents()[0])["gan"]
    assert run.data.metrics == {"FID _train_": 1.0, "auroc_5_": 0.5}
    assert run.data.params == {"a_0_": "1"}


def test_a_new_database_is_made_without_a_word(
    spool: Spool, make_session: Make, trained: Record, capfd: pytest.CaptureFixture[str]
) -> None:
    make_session()
    assert sync(spool.root).sent == 1
    assert (spool.root / "mlflow" / "mlflow.db").exists()
    assert capfd.readouterr().err == ""


def test_nothing_to_send_touches_no_store(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Store, "connect", None)
    assert str(sync(spool.root)) == "MLflow has all runs."
    assert not (spool.root / "mlflow").exists()


def test_settings_of_the_user_are_kept(
    spool: Spool, make_session: Make, trained: Record, runs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "77")
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "study")
    make_session()
    sync(spool.root)
    assert os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] == "77"
    assert runs.client.get_experiment_by_name("study") is not None
    assert runs.client.get_experiment_by_name("kizu") is None
