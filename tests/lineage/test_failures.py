"""Failures of nodes and of DVC, said as a sentence and a way out."""

import errno

import pytest
from kedro.io import DatasetError

from kizu.lineage import dvc_failures, node_failures
from kizu.lineage.dvc_command import DvcRun
from kizu.lineage.errors import KizuError


def failed(*causes: tuple[str, str]) -> DvcRun:
    outer = ("ReproductionError", "failed to reproduce 'conf/mnist/dvc.yaml:gan'")
    return DvcRun(255, (), (outer, *causes))


@pytest.mark.parametrize(
    ("kind", "text", "message", "way_out"),
    [
        ("StageCmdFailedError", "failed to run: kizu run gan, exited with 1",
         "the stage 'gan' failed", "stages before it are kept"),
        ("StageCmdFailedError", "failed to run: kizu run gan, exited with 130",
         "the stage 'gan' was interrupted", "goes on from its last checkpoint"),
        ("StageCmdFailedError", "failed to run: kizu run gan, exited with -9",
         "the stage 'gan' was killed", "goes on from its last checkpoint"),
        ("StageCmdFailedError", "failed to run: kizu run gan, exited with 137",
         "ran out of memory", "batch size"),
        ("MissingDataSource", "missing data 'source': data/x", "data/x", "dvc pull"),
        ("CheckoutError", "Checkout failed for following targets:\ndata/x", "data/x", "--force"),
        ("LockError", "Unable to acquire lock.", "another DVC process", ".dvc/tmp/lock"),
        ("OSError", "[Errno 28] No space left on device: 'x'", "disk is full", "dvc gc"),
        ("PermissionError", "[Errno 13] Permission denied: 'x'", "DVC may not write", "owner"),
        ("Surprise", "something else", "something else", "dvc repro -v"),
    ],
)  # fmt: skip
def test_failures_of_dvc(kind, text, message, way_out):
    error = dvc_failures.explain(failed((kind, text)), trains=True)
    assert message in error.message
    assert way_out in error.way_out


def test_a_failure_without_any_message():
    error = dvc_failures.explain(DvcRun(254, (), ()), trains=False)
    assert error.message == "DVC failed: exit code 254"


def explain(toy, error: Exception) -> KizuError:
    return node_failures.explain(error, toy.project, "train")


def test_errors_that_know_their_way_out(toy):
    class TrainingError(RuntimeError):
        message = "No such device."
        way_out = "Set device: cpu."

    error = explain(toy, TrainingError("No such device. Set device: cpu."))
    assert (error.message, error.way_out) == ("No such device.", "Set device: cpu.")
    own = KizuError("a", "b")
    assert explain(toy, own) is own


def test_the_operating_system_behind_a_dataset(toy):
    def raised(cause: OSError) -> Exception:
        try:
            raise DatasetError("cannot save") from cause
        except DatasetError as error:
            return error

    full = OSError(errno.ENOSPC, "No space left on device", "/data/x")
    assert explain(toy, raised(full)).message == "the disk is full (/data/x)."
    forbidden = PermissionError(errno.EACCES, "Permission denied", "/data/x")
    assert explain(toy, raised(forbidden)).message == "no permission to write (/data/x)."


def test_errors_of_datasets_keep_their_own_words(toy):
    error = explain(toy, DatasetError("numbers: no readable JSON document."))
    assert error.message == "numbers: no readable JSON document."


def test_other_errors_name_the_lines_of_the_project(toy):
    toy.edit("src/toy/models/shared.py", "return 2 * x", "return x['two']")
    shared = toy.project.import_module("models.shared")
    try:
        shared.double(2)
    except TypeError as raised:
        error = explain(toy, raised)
    assert error.message.splitlines() == [
        "the stage 'train' failed: TypeError: 'int' object is not subscriptable",
        "  at src/toy/models/shared.py:2 in double",
    ]
    assert error.way_out == "`kizu --debug run train` shows the whole traceback"
