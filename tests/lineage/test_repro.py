"""`kizu repro` and plain DVC on a real repository: what re-runs, and what failures say."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kizu.lineage.dvc_command import run_dvc
from kizu.lineage.dvc_yaml import dvc_yaml
from kizu.lineage.errors import KizuError
from kizu.lineage.repro import Outcome, Repro
from kizu.lineage.survey import survey

ALL = {"prepare", "train", "write"}


@pytest.fixture(scope="module")
def reproduced(tmp_path_factory: pytest.TempPathFactory, make_toy: Callable[[Path], object]):
    """The toy project after its first repro, to be copied."""
    toy = make_toy(tmp_path_factory.mktemp("reproduced") / "toy")
    toy.set_up_repository()
    dvc_yaml(survey(toy.project)).write()
    assert run_dvc(toy.root, ["repro"]).ran == ALL
    return toy.root


@pytest.fixture
def done(toy, reproduced):
    """The toy project with everything up to date."""
    shutil.rmtree(toy.root)
    shutil.copytree(reproduced, toy.root, symlinks=True)
    return toy


def reproduce(toy, *targets: str, jobs: int = 1, force: bool = False) -> Outcome:
    return Repro(toy.project, targets).run({}, jobs=jobs, force=force)


def failure(toy, **options: object) -> KizuError:
    with pytest.raises(KizuError) as raised:
        reproduce(toy, **options)
    return raised.value


def dvc_runs(toy) -> set[str]:
    """Let plain DVC bring everything up to date and tell what ran."""
    run = run_dvc(toy.root, ["repro"])
    assert run.code == 0
    return {*run.ran}


def test_an_edited_file_runs_the_stages_that_reach_it_and_no_other(done):
    assert dvc_runs(done) == set()

    # Reached by `train` alone, by an import inside a function and another one behind it. What the
    # stage writes stays the same, so nothing after it runs.
    done.edit("src/toy/models/shared.py", "return 2 * x", "return x + x")
    assert dvc_runs(done) == {"train"}

    done.edit("src/toy/models/unused.py", "x / 2", "x / 2.0")
    assert dvc_runs(done) == set()

    done.edit("src/toy/reporting/page.html", "<p>", "<p class='total'>")
    assert dvc_runs(done) == {"write"}


def test_an_edited_parameter_runs_the_stages_that_read_it_and_no_other(done):
    # `write` reads `train.model` and not `train.steps`.
    done.edit("conf/base/parameters_train.yml", "steps: 3", "steps: 4")
    assert dvc_runs(done) == {"train"}

    done.edit("conf/base/parameters_train.yml", "width: 2", "width: 3")
    assert dvc_runs(done) == {"train", "write"}

    done.edit("conf/base/parameters_prepare.yml", "# numbers", "# a comment changes no value")
    assert dvc_runs(done) == set()

    done.edit("conf/base/catalog.yml", "suffix: note", "suffix: txt")
    assert dvc_runs(done) == {"train", "write"}


@pytest.mark.slow
def test_a_forced_repro_writes_the_same_lock_file(done):
    before = done.path("dvc.lock").read_bytes()
    assert reproduce(done, force=True) == Outcome(frozenset(ALL), frozenset())
    assert done.path("dvc.lock").read_bytes() == before


def test_siblings_run_by_dvcs_of_their_own(done):
    assert reproduce(done, jobs=3).up_to_date

    done.edit("conf/base/parameters_train.yml", "width: 2", "width: 3")
    assert reproduce(done, jobs=3).ran == {"train", "write"}

    done.edit("conf/base/parameters_train.yml", "width: 3", "width: 4")
    assert reproduce(done, "train", jobs=3).ran == {"train"}
    assert dvc_runs(done) == {"write"}


def test_a_profile_beside_the_default(done):
    done.write("conf/big/parameters.yml", "prepare:\n  count: 50\n")
    dvc_yaml(survey(done.project, "big")).write()

    outcome = Repro(done.project, ["prepare"], "big").run({})

    assert outcome.ran == {"prepare"}
    assert len(json.loads(done.path("data/big/01_raw/numbers.json").read_text())) == 50
    assert len(json.loads(done.path("data/01_raw/numbers.json").read_text())) == 5
    assert done.path("conf/big/dvc.lock").is_file()
    assert dvc_runs(done) == set()


def test_drift_comes_before_anything_runs(done):
    done.edit("conf/base/catalog.yml", "data/01_raw/numbers.json", "data/01_raw/digits.json")
    error = failure(done)
    assert error.message.startswith("dvc.yaml is out of date:")
    assert error.way_out == "kizu dvc write"
    assert not done.path("data/01_raw/digits.json").exists()


def test_an_unknown_stage(done):
    with pytest.raises(KizuError, match="no stage 'wirte'") as raised:
        reproduce(done, "wirte")
    assert raised.value.way_out == "did you mean 'write'? stages: prepare, train, write"


def test_a_failed_stage_is_named_with_what_to_do(done, capfd):
    done.edit("src/toy/models/shared.py", "return 2 * x", "raise ValueError('too large')")

    error = failure(done)

    assert error.message == "the stage 'train' failed; its own message stands above."
    assert error.way_out == (
        "correct what it names, then run `kizu repro` again: the stages before it are kept"
    )
    assert "Error: the stage 'train' failed: ValueError: too large" in capfd.readouterr().err


@pytest.mark.slow
def test_a_failed_sibling_is_named_too(done, capfd):
    done.edit("src/toy/models/shared.py", "return 2 * x", "raise ValueError('too large')")
    assert failure(done, jobs=2).message.startswith("the stage 'train' failed")
    assert "train | Error: the stage 'train' failed" in capfd.readouterr().out


def test_an_interrupted_training_says_that_it_goes_on(done):
    done.edit("src/toy/models/shared.py", "return 2 * x", "raise SystemExit(143)")
    error = failure(done)
    assert error.message == "the stage 'train' was interrupted."
    assert error.way_out.endswith("and its training goes on from its last checkpoint")
    assert [path.name for path in done.path("data/.checkpoints/train").glob("*/*")] == ["step"]


def damage(toy, path: str) -> Path:
    """Change a file of DVC's cache behind its back, and let DVC restore it."""
    (copy,) = [
        file
        for file in toy.path(".dvc/cache/files").rglob("*")
        if file.is_file() and file.read_bytes() == toy.path(path).read_bytes()
    ]
    copy.chmod(0o644)
    copy.write_text("[1]")
    copy.chmod(0o444)
    toy.path(path).unlink()
    return copy


def test_a_damaged_cache_does_not_pass_for_a_result(done):
    copy = damage(done, "data/01_raw/numbers.json")

    error = failure(done)

    assert error.message.startswith("data/01_raw/numbers.json: not what dvc.lock says")
    command = error.way_out.partition(": ")[2].removesuffix(" && kizu repro")
    assert str(copy) in command
    subprocess.run(command, shell=True, check=True, cwd=done.root)
    assert "prepare" in reproduce(done).ran
    assert json.loads(done.path("data/01_raw/numbers.json").read_text()) == [0, 1, 2, 3, 4]


@pytest.mark.slow
def test_a_damaged_file_of_a_folder_is_found(done):
    copy = damage(done, "data/06_models/model/total.note")
    assert str(copy) in failure(done).way_out


@pytest.mark.slow
def test_a_lost_cache_is_made_again(done):
    shutil.rmtree(done.path(".dvc/cache"))
    shutil.rmtree(done.path("data"))
    assert reproduce(done).ran == ALL


@pytest.mark.parametrize("text", ["<<<<<<< HEAD\nschema: '2.0'\n", "- a list\n", "stages: 3\n#"])
def test_a_broken_lock_file(done, text):
    lock = done.path("dvc.lock")
    lock.write_text(text + lock.read_text())
    error = failure(done)
    assert error.message.startswith("dvc.lock cannot be read: ")
    assert "git checkout dvc.lock" in error.way_out


def test_an_output_that_git_has_already(done):
    done.command("git", "add", "-f", "data/01_raw/numbers.json")
    done.edit("conf/base/parameters_prepare.yml", "count: 5", "count: 6")
    error = failure(done)
    assert "already tracked by SCM" in error.message
    assert "out of git" in error.way_out


def test_another_dvc_at_work(done):
    import zc.lockfile

    lock = zc.lockfile.LockFile(str(done.path(".dvc/tmp/lock")))
    try:
        assert failure(done).message == "another DVC process is at work in this repository."
    finally:
        lock.close()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_reaches_the_stage_which_ends_by_itself(done, number):
    done.edit(
        "src/toy/models/shared.py",
        "    return 2 * x",
        f"""
    import pathlib, signal, sys, time

    def save(*_):
        time.sleep(0.5)
        pathlib.Path("saved").touch()
        sys.exit({128 + number})

    signal.signal({number}, save)
    pathlib.Path("started").touch()
    time.sleep(60)
""",
    )
    script = (
        "from kizu.lineage.project import Project\n"
        "from kizu.lineage.repro import Repro\n"
        "Repro(Project.find()).run({})\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=done.root,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    for _ in range(600):
        if done.path("started").exists():
            break
        time.sleep(0.1)

    if number == signal.SIGINT:  # as a terminal sends it: to all of the group
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)

    _, errors = process.communicate(timeout=60)
    assert "the stage 'train' was interrupted" in errors
    assert done.path("saved").exists()
