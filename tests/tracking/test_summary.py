import json
from collections.abc import Callable
from typing import Any

import pytest

from kizu.lineage.project import Project
from kizu.tracking.publish import publish
from kizu.tracking.records import Status
from kizu.tracking.summary import Row, summarize
from kizu.tracking.sync import SyncReport

Make = Callable[..., Any]


@pytest.fixture
def data(project: Project) -> None:
    """The outputs of all stages."""
    folder = project.root / "data"
    folder.mkdir()
    (folder / "scores.json").write_text(json.dumps({"accuracy": 0.75, "loss": 0.1}))
    (folder / "report.html").write_text('<script id="provenance">{}</script>')


@pytest.fixture
def lock(write_lock: Make) -> None:
    """The dvc.lock that belongs to them."""
    write_lock()


def test_rows_are_in_the_order_of_the_pipeline(
    project: Project, make_session: Make, make_record: Make, data: None, lock: None
) -> None:
    session = make_session()
    show = make_record("show", started=0, ended=71_000)
    summary = summarize(project, SyncReport(session=session, records=(show,)))
    assert summary.rows == (
        Row("numbers", "cached", None, {}),
        Row("train", "cached", None, {"accuracy": 0.75}),
        Row("show", "finished", 71.0, {}),
    )
    assert summary.report == "data/report.html"
    lines = summary.render().splitlines()
    assert lines[2].split() == ["train", "cached", "-", "accuracy", "0.75"]
    assert lines[3].split() == ["show", "finished", "1", "min", "11", "s"]
    assert "kizu ui" in summary.render()


def test_a_stage_that_ran_shows_its_own_metrics(
    project: Project, make_session: Make, make_record: Make, data: None, lock: None
) -> None:
    train = make_record("train", metrics={"accuracy": 0.123456, "x": 1.0}, key_metrics=["accuracy"])
    summary = summarize(project, SyncReport(session=make_session(), records=(train,)))
    assert summary.rows[1].key_metrics == {"accuracy": 0.123456}
    assert "accuracy 0.1235" in summary.render()


def test_after_a_failure_no_report_is_shown_that_was_not_brought_up_to_date(
    project: Project, make_session: Make, make_record: Make, data: None, lock: None
) -> None:
    train = make_record("train", status=Status.FAILED, error="no")
    summary = summarize(project, SyncReport(session=make_session(), records=(train,)))
    assert [row.status for row in summary.rows] == ["cached", "failed", "not reached"]
    assert summary.report is None


def test_the_published_report_is_shown_if_it_is_this_report(
    project: Project, make_session: Make, data: None, lock: None
) -> None:
    report = project.root / "data" / "report.html"
    publish(report, {"commit": "abc"})
    summary = summarize(project, SyncReport(session=make_session()))
    assert summary.report == "data/published/report.html"
    report.write_text('<script id="provenance">{}</script>newer')
    assert summarize(project, SyncReport(session=make_session())).report == "data/report.html"


def test_a_first_repro_that_fails_has_no_lock_yet(
    project: Project, make_session: Make, make_record: Make
) -> None:
    numbers = make_record("numbers", status=Status.FAILED, error="no")
    summary = summarize(project, SyncReport(session=make_session(), records=(numbers,)))
    assert [row.stage for row in summary.rows] == ["numbers"]


def test_a_problem_of_the_store_is_said(project: Project, make_session: Make, lock: None) -> None:
    report = SyncReport(waiting=3, problem="http://x does not answer", session=make_session())
    assert (
        "MLflow does not have all runs: http://x does not answer"
        in summarize(project, report).render()
    )
