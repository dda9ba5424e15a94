"""Stages that DVC did not have to run."""

import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from kizu.tracking.records import Status
from kizu.tracking.spool import Spool
from kizu.tracking.sync import send, sync

Make = Callable[..., Any]

OUTPUTS = {
    "numbers": {"data/values.json": "1"},
    "train": {"data/model.json": "2", "data/scores.json": "5"},
    "show": {"data/report.html": "3"},
}


@pytest.fixture
def first_repro(
    spool: Spool, make_session: Make, make_record: Make, write_lock: Make, runs: Any
) -> dict[str, Any]:
    """The runs of a repro in which all three stages ran."""
    make_session(id="first")
    for number, (stage, outputs) in enumerate(OUTPUTS.items()):
        make_record(
            stage,
            session="first",
            started=2_000 + number,
            outputs=outputs,
            parameters={"train.rate": 0.5} if stage == "train" else {},
            metrics={"accuracy": 0.75, "loss": 0.1} if stage == "train" else {},
            key_metrics=["accuracy"] if stage == "train" else [],
        )
    write_lock()
    assert sync(spool.root).problem is None
    return runs.children(runs.parents()[0])


def statuses(run: Any) -> dict[str, str]:
    return json.loads(run.data.tags["kizu.stages"])


def test_a_cached_stage_points_to_the_run_that_made_its_outputs(
    spool: Spool, make_session: Make, make_record: Make, write_lock: Make, runs: Any,
    first_repro: dict[str, Any],
) -> None:  # fmt: skip
    make_session(id="second", started=6_000)
    make_record("show", id="show-2", session="second", outputs={"data/report.html": "9"})
    write_lock(page="9")
    assert sync(spool.root).sent == 1
    second = runs.parents()[-1]
    assert statuses(second) == {"show": "finished", "numbers": "cached", "train": "cached"}
    assert second.data.metrics == {"train.accuracy": 0.75}
    train = runs.children(second)["train"]
    maker = first_repro["train"].info
    assert train.info.status == "FINISHED"
    assert train.data.tags["kizu.status"] == "cached"
    assert train.data.tags["kizu.made_by"] == maker.run_id
    assert f"/runs/{maker.run_id}" in train.data.tags["mlflow.note.content"]
    assert train.data.tags["dvc.output.data/model.json"] == "2"
    assert train.data.params == {"train.rate": "0.5"}
    assert train.data.metrics == {"accuracy": 0.75, "loss": 0.1}
    assert runs.artifacts(train) == ["dvc_lock.json"]


def test_a_stage_that_ran_carries_what_the_lock_says_of_it(
    first_repro: dict[str, Any], runs: Any
) -> None:
    assert runs.artifacts(first_repro["train"]) == ["dvc_lock.json", "record.json"]


def test_a_chain_of_cached_stages_points_to_the_run_that_ran(
    spool: Spool, make_session: Make, make_record: Make, write_lock: Make, runs: Any,
    first_repro: dict[str, Any],
) -> None:  # fmt: skip
    for number, page in enumerate("45"):
        make_session(id=f"repro-{page}", started=6_000 + number)
        outputs = {"data/report.html": page}
        make_record("show", id=f"show-{page}", session=f"repro-{page}", outputs=outputs)
        write_lock(page=page)
        sync(spool.root)
    train = runs.children(runs.parents()[-1])["train"]
    assert train.data.tags["kizu.made_by"] == first_repro["train"].info.run_id


def test_among_runs_with_equal_outputs_the_one_with_equal_parameters_is_the_maker(
    spool: Spool, make_session: Make, make_record: Make, write_lock: Make, runs: Any,
    first_repro: dict[str, Any],
) -> None:  # fmt: skip
    make_session(id="second", started=6_000)
    make_record(
        "train", id="train-2", session="second", started=6_500,
        outputs=OUTPUTS["train"], parameters={"train.rate": 0.25},
    )  # fmt: skip
    write_lock(rate=0.25)
    sync(spool.root)
    for session, rate in {"third": 0.5, "fourth": 0.25}.items():
        make_session(id=session, started=7_000)
        make_record("show", id=session, session=session, outputs={"data/report.html": session})
        write_lock(rate=rate, page=session)
        sync(spool.root)
    by_name = {run.data.tags["kizu.session"]: run for run in runs.parents()}
    makers = {
        name: runs.children(by_name[name])["train"].data.tags["kizu.made_by"]
        for name in ("third", "fourth")
    }
    assert makers["third"] == first_repro["train"].info.run_id
    assert makers["fourth"] == runs.children(by_name["second"])["train"].info.run_id


def test_what_comes_after_a_failure_was_not_reached(
    spool: Spool, make_session: Make, make_record: Make, runs: Any, first_repro: dict[str, Any]
) -> None:
    make_session(id="second", started=6_000)
    make_record("train", id="train-2", session="second", status=Status.FAILED, error="no")
    sync(spool.root)
    second = runs.parents()[-1]
    assert second.info.status == "FAILED"
    assert statuses(second) == {"train": "failed", "numbers": "cached"}


def test_a_repro_in_which_nothing_changed_leaves_no_run(
    spool: Spool, make_session: Make, runs: Any, first_repro: dict[str, Any]
) -> None:
    session = make_session(id="second")
    report = send(spool.root, closing="second")
    assert (report.session, report.records, report.parents) == (session, (), ())
    assert len(runs.parents()) == 1
    assert spool.sessions() == []


def test_a_repro_that_restored_everything_has_runs(
    spool: Spool, make_session: Make, write_lock: Make, runs: Any, first_repro: dict[str, Any]
) -> None:
    write_lock(rate=0.25)
    make_session(id="second", started=6_000)
    sync(spool.root)
    second = runs.parents()[-1]
    assert second.data.tags["kizu.session"] == "second"
    assert statuses(second) == dict.fromkeys(OUTPUTS, "cached")


def test_outputs_that_no_run_here_made_say_so(
    spool: Spool, make_session: Make, write_lock: Make, runs: Any, first_repro: dict[str, Any]
) -> None:
    write_lock(model="pulled", page="pulled")
    make_session(id="second", started=6_000)
    sync(spool.root)
    train = runs.children(runs.parents()[-1])["train"]
    assert "kizu.made_by" not in train.data.tags
    assert "dvc pull" in train.data.tags["mlflow.note.content"]


def test_a_repro_without_any_process_of_ours_is_noticed_by_sync(
    spool: Spool, write_lock: Make, runs: Any, first_repro: dict[str, Any]
) -> None:
    (spool.root / "data").mkdir()
    for outputs in OUTPUTS.values():
        for path in outputs:
            (spool.root / path).touch()
    sync(spool.root)
    assert len(runs.parents()) == 1
    write_lock(rate=0.25)
    for _ in range(2):
        sync(spool.root)
    assert len(runs.parents()) == 2
    second = max(runs.parents(), key=lambda run: run.info.start_time)
    assert second.info.run_name == "restored by DVC"
    assert statuses(second) == dict.fromkeys(OUTPUTS, "cached")


def test_the_lock_of_a_fresh_clone_is_not_taken_for_a_repro(
    spool: Spool, write_lock: Make, runs: Any
) -> None:
    write_lock()
    sync(spool.root)
    assert runs.all() == []


def test_a_damaged_lock_costs_the_cached_stages_only(
    spool: Spool, make_session: Make, make_record: Make, runs: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    (spool.root / "dvc.lock").write_text("<<<<<<< HEAD\nstages:")
    make_session()
    make_record("train")
    report = sync(spool.root)
    assert (report.sent, report.problem) == (1, None)
    assert "dvc.lock cannot be read: not a lock file" in caplog.text


def test_the_lock_of_an_experiment_whose_folder_is_gone_is_read_from_git(
    spool: Spool, make_session: Make, make_record: Make, write_lock: Make, runs: Any,
    first_repro: dict[str, Any],
) -> None:  # fmt: skip
    write_lock(model="7", page="7")

    def git(*arguments: str) -> str:
        command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *arguments]
        result = subprocess.run(command, cwd=spool.root, check=True, capture_output=True, text=True)
        return result.stdout.strip()

    git("add", "dvc.lock")
    git("commit", "-q", "-m", "Experiment")
    git("update-ref", "refs/exps/ab/cdef/fast-fox", git("rev-parse", "HEAD"))
    git("reset", "-q", "--hard", "HEAD~1")
    make_session(id="second", project=str(spool.root / ".dvc/tmp/exps/gone"), experiment="fast-fox")
    outputs = {"data/model.json": "7", "data/scores.json": "5"}
    make_record("train", id="train-2", session="second", outputs=outputs)
    sync(spool.root)
    fox = next(run for run in runs.parents() if run.info.run_name == "fast-fox")
    assert statuses(fox) == {"train": "finished", "numbers": "cached", "show": "cached"}
    # The workspace's own lock has not changed, so its next repro has nothing to tell.
    write_lock()
    make_session(id="third")
    assert send(spool.root, closing="third").parents == ()


def test_the_report_is_published_with_its_runs(
    spool: Spool, make_session: Make, make_record: Make, runs: Any
) -> None:
    from kizu.lineage.hashing import content_hash

    report = spool.root / "data" / "report.html"
    report.parent.mkdir()
    report.write_text('<script type="application/json" id="provenance">{}</script>')
    outputs = {"data/report.html": content_hash(report)}
    make_session()
    make_record("show", outputs=outputs, report="data/report.html")
    sync(spool.root)
    (parent,) = runs.parents()
    child = runs.children(parent)["show"]
    assert runs.artifacts(parent) == ["report/report.html"]
    text = (report.parent / "published" / "report.html").read_text()
    provenance = json.loads(text.partition(">")[2].rpartition("<")[0])
    assert provenance["commit"] == "c" * 40
    assert provenance["runs"] == [
        {
            "stage": "show",
            "run_id": child.info.run_id,
            "url": provenance["runs"][0]["url"],
            "status": "ran",
        }
    ]


def test_a_report_that_changed_since_is_not_published(
    spool: Spool, make_session: Make, make_record: Make, runs: Any
) -> None:
    report = spool.root / "data" / "report.html"
    report.parent.mkdir()
    report.write_text('<script type="application/json" id="provenance">{}</script>')
    make_session()
    make_record("show", outputs={"data/report.html": "other"}, report="data/report.html")
    sync(spool.root)
    assert not (report.parent / "published").exists()
