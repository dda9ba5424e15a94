import os
import subprocess
import sys
from pathlib import Path

import pytest

from kizu.tracking.processes import Process
from kizu.tracking.sessions import current_session, session_id, tracking_root

ASK = (
    "import json; from pathlib import Path; from kizu.tracking.sessions import current_session;"
    "print(json.dumps(current_session(Path('/p'), None).to_dict()))"
)


def ask(**variables: str) -> dict:
    """Return the session that a stage started by this process finds itself in."""
    import json

    environment = {**os.environ, **variables}
    command = [sys.executable, "-c", ASK]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return json.loads(result.stdout)


def test_stages_of_one_dvc_process_share_a_session() -> None:
    first, second = ask(DVC_STAGE="images"), ask(DVC_STAGE="gan")
    assert first["id"] == second["id"] == session_id(Process.current())
    assert first["process"]["pid"] == os.getpid()
    assert first["lock"]


def test_experiments_of_one_process_are_sessions_of_their_own() -> None:
    variables = {"DVC_STAGE": "gan", "DVC_EXP_BASELINE_REV": "abc"}
    fox, owl = ask(**variables, DVC_EXP_NAME="fox"), ask(**variables, DVC_EXP_NAME="owl")
    assert fox["id"] != owl["id"]
    assert (fox["experiment"], fox["baseline"]) == ("fox", "abc")


def test_kizu_repro_names_the_session() -> None:
    session = ask(DVC_STAGE="gan", KIZU_REPRO="repro-1")
    assert session["id"] == "repro-1"
    assert session["lock"]


def test_a_hostile_name_cannot_leave_the_spool() -> None:
    assert ask(KIZU_REPRO="../../x'y")["id"] == "______x_y"


def test_a_run_by_hand_is_a_session_of_its_own() -> None:
    session = ask()
    assert session["process"]["pid"] != os.getpid()
    assert not session["lock"]


def test_the_default_profile_has_no_name() -> None:
    assert current_session(Path("/p"), "base", {}).profile is None
    assert current_session(Path("/p"), "mnist", {}).profile == "mnist"


def test_a_secret_on_the_command_line_is_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "orig_argv", ["/bin/kedro", "run", "--params", "db.password=hunter2"])
    assert current_session(Path("/p"), None, {}).command == "kedro run --params db.password=***"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a project in a subfolder and DVC's temporary clone of it."""
    clone = tmp_path / "repository/project/.dvc/tmp/exps/standalone/tmpabc"
    for folder in (tmp_path / "repository/.git", clone / ".git", clone / "project"):
        folder.mkdir(parents=True)
    return tmp_path / "repository"


def test_a_temporary_clone_records_in_the_original(repository: Path) -> None:
    project = repository / "project"
    clone = project / ".dvc/tmp/exps/standalone/tmpabc/project"
    variables = {"DVC_EXP_NAME": "fox", "DVC_ROOT": str(project)}
    assert tracking_root(clone, variables) == project


def test_an_experiment_in_the_workspace_records_where_it_is(repository: Path) -> None:
    project = repository / "project"
    assert tracking_root(project, {"DVC_EXP_NAME": "fox", "DVC_ROOT": str(project)}) == project


def test_a_plain_repro_records_where_it_is(repository: Path) -> None:
    # A repro inside a clone names the clone's own root, or that of an outer repro.
    project = repository / "project"
    assert tracking_root(project, {"DVC_ROOT": "/elsewhere"}) == project
