import logging
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from kedro.pipeline import Node, Pipeline

from kizu.lineage.hashing import content_hash
from kizu.lineage.project import Project
from kizu.lineage.runner import run_stage
from kizu.tracking.hooks import stages_of_nodes
from kizu.tracking.live import read_rows
from kizu.tracking.records import Status
from kizu.tracking.sessions import session_id
from kizu.tracking.spool import Spool

SetParameter = Callable[[str, str, object], None]


@pytest.fixture
def set_parameter(project: Project) -> SetParameter:
    """Changes one parameter in conf/base."""

    def change(stage: str, key: str, value: object) -> None:
        file = project.conf / "base" / "parameters.yml"
        parameters = yaml.safe_load(file.read_text())
        parameters[stage][key] = value
        file.write_text(yaml.safe_dump(parameters))

    return change


def test_a_stage_leaves_a_complete_record(project: Project, spool: Spool) -> None:
    run_stage(project, "numbers")
    run_stage(project, "train")
    numbers, train = spool.records()
    assert (numbers.stage, train.stage) == ("numbers", "train")
    assert train.status is Status.FINISHED
    assert train.error is None
    assert train.seconds is not None
    assert re.fullmatch(r"[0-9a-f]{40}", str(train.commit))
    assert not train.dirty
    assert numbers.parameters == {"numbers.count": 4, "numbers.api_token": "***"}
    assert train.parameters == {"train.steps": 3, "train.rate": 0.5}
    files = {path.name: path for path in (project.root / "data").iterdir()}
    assert train.inputs == {"data/values.json": content_hash(files["values.json"])}
    assert train.outputs == {
        f"data/{name}": content_hash(files[name])
        for name in ("history.json", "model.json", "scores.json")
    }
    assert train.metrics == {"accuracy": 0.75, "loss": 0.1}
    assert train.key_metrics == ["accuracy"]
    assert [(row["step"], row["loss"]) for row in train.history] == [(0, 6), (1, 3), (2, 1.5)]
    assert train.artifacts == ["metrics/scores.json", "plots/history.json"]
    copy = spool.artifacts(train.id) / "plots/history.json"
    assert copy.read_bytes() == files["history.json"].read_bytes()
    assert train.runtime["python"]


def test_a_report_is_known_as_one(project: Project, spool: Spool) -> None:
    for stage in ("numbers", "train", "show"):
        run_stage(project, stage)
    show = spool.records()[-1]
    assert show.report == "data/report.html"
    assert show.artifacts == ["report/page.html"]


def test_metrics_of_the_training_are_spooled_while_it_runs(project: Project, spool: Spool) -> None:
    handlers = list(logging.getLogger("kizu.metrics").handlers)
    run_stage(project, "numbers")
    run_stage(project, "train")
    rows, _ = read_rows(spool.metrics_file(spool.records()[-1].id))
    assert [(row["step"], row["metrics"]["loss"]) for row in rows] == [(0, 6), (1, 3), (2, 1.5)]
    assert logging.getLogger("kizu.metrics").handlers == handlers


def test_a_failed_stage_says_why(
    project: Project, spool: Spool, set_parameter: SetParameter
) -> None:
    run_stage(project, "numbers")
    set_parameter("train", "rate", -1)
    with pytest.raises(ValueError, match="the rate is negative"):
        run_stage(project, "train")
    record = spool.records()[-1]
    assert record.status is Status.FAILED
    assert record.error == "ValueError: the rate is negative"
    assert record.dirty
    assert record.parameters["train.rate"] == -1
    assert record.outputs == {}
    assert record.inputs


def test_an_input_that_is_missing_fails_the_stage_that_reads_it(
    project: Project, spool: Spool
) -> None:
    with pytest.raises(Exception, match=r"values\.json"):
        run_stage(project, "train")
    (record,) = spool.records()
    assert record.status is Status.FAILED
    assert "values.json" in str(record.error)


def test_a_stage_that_exits_is_interrupted(
    project: Project, spool: Spool, set_parameter: SetParameter
) -> None:
    node = project.package_folder / "pipelines/numbers/__init__.py"
    node.write_text(node.read_text().replace("return list", "raise SystemExit(3)\n    return list"))
    command = [sys.executable, "-m", "kizu", "run", "numbers"]
    assert subprocess.run(command, cwd=project.root, capture_output=True).returncode == 3
    (record,) = spool.records()
    assert record.status is Status.INTERRUPTED
    assert record.ended


def test_outside_a_repository_one_warning_and_no_commit(
    project: Project, spool: Spool, caplog: pytest.LogCaptureFixture
) -> None:
    (project.root / ".git").rename(project.root / ".not-git")
    run_stage(project, "numbers")
    run_stage(project, "train")
    assert spool.records()[-1].commit is None
    assert caplog.text.count("recorded without a commit") == 1


def test_a_store_that_is_down_costs_one_warning(
    project: Project,
    spool: Spool,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    for stage in ("numbers", "train", "show"):
        run_stage(project, stage)
    assert caplog.text.count("MLflow cannot be reached") == 1
    assert "kizu sync" in caplog.text
    assert len(spool.records()) == 3


def test_a_spool_that_cannot_be_written_does_not_stop_a_stage(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    (project.root / "mlflow").write_text("in the way")
    run_stage(project, "numbers")
    assert (project.root / "data/values.json").exists()
    assert "not recorded as it should be" in caplog.text


def test_a_stage_imports_neither_mlflow_nor_what_takes_long(project: Project) -> None:
    code = (
        "import sys; from kizu.lineage.project import Project;"
        "from kizu.lineage.runner import run_stage; run_stage(Project.find(), 'numbers');"
        "print({'mlflow', 'psutil', 'filelock', 'torch', 'sqlalchemy'} & sys.modules.keys())"
    )
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, cwd=project.root, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "set()"


@pytest.mark.parametrize("runner", ["SequentialRunner", "ThreadRunner", "ParallelRunner"])
def test_kedro_run_records_each_stage_under_one_session(
    project: Project, spool: Spool, runner: str
) -> None:
    command = [sys.executable, "-m", "kedro", "run", "--runner", runner]
    environment = {**os.environ, "KEDRO_DISABLE_TELEMETRY": "1"}
    subprocess.run(command, cwd=project.root, env=environment, check=True, capture_output=True)
    records = spool.records()
    assert sorted(record.stage for record in records) == ["numbers", "show", "train"]
    (session,) = spool.sessions()
    assert {record.session for record in records} == {session.id}
    assert session.command == f"kedro run --runner {runner}"
    assert not session.lock
    train = next(record for record in records if record.stage == "train")
    assert train.metrics["accuracy"] == 0.75
    rows, _ = read_rows(spool.metrics_file(train.id))
    assert [row["step"] for row in rows] == [0, 1, 2]


def test_stages_started_by_one_dvc_process_share_its_session(
    project: Project, spool: Spool
) -> None:
    from kizu.tracking.processes import Process

    for stage in ("numbers", "train"):
        subprocess.run(
            ["/bin/sh", "-c", f'"{sys.executable}" -m kizu run {stage}; true'],
            cwd=project.root,
            env={**os.environ, "DVC_STAGE": stage, "DVC_ROOT": str(project.root)},
            check=True,
        )
    (session,) = spool.sessions()
    assert session.id == session_id(Process.current())
    assert {record.session for record in spool.records()} == {session.id}
    assert [r.environment["DVC_STAGE"] for r in spool.records()] == ["numbers", "train"]


def test_the_stage_of_a_node_is_the_one_its_tags_name() -> None:
    nodes = [
        Node(len, "a", "b", name="one", tags=["gan", "quick"]),
        Node(len, "b", "c", name="two"),
    ]
    stages = {"gan", "images"}
    pipeline = Pipeline(nodes)
    assert stages_of_nodes(pipeline, [], stages) == {"one": "gan", "two": "__default__"}
    assert stages_of_nodes(pipeline, ["images"], stages) == {"one": "gan", "two": "images"}


def test_paths_outside_the_project_are_recorded_whole(project: Project, spool: Spool) -> None:
    outside = project.root.parent / "values.json"
    catalog = project.conf / "base" / "catalog.yml"
    text = catalog.read_text().replace("data/values.json", outside.as_posix())
    catalog.write_text(text)
    run_stage(project, "numbers")
    (record,) = spool.records()
    assert record.outputs == {outside.as_posix(): content_hash(Path(outside))}
