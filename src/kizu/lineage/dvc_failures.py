"""DVC's failures as a sentence and a way out."""

import errno
import os
import re
import signal

from kizu.lineage.dvc_command import DvcRun
from kizu.lineage.errors import KizuError

EXIT_STATUS = re.compile(r"exited with (-?\d+)")
INTERRUPTED = {128 + signal.SIGINT, 128 + signal.SIGTERM, -signal.SIGINT, -signal.SIGTERM}
KILLED = {128 + 9, -9}

# By the name of DVC's exception: what it means, and what to do. `{text}` is DVC's own message.
KNOWN = {
    "LockError": (
        "another DVC process is at work in this repository.",
        "wait for it to end; if it was killed, delete .dvc/tmp/lock and .dvc/tmp/rwlock",
    ),
    "RWLockFileCorruptedError": ("{text}", "delete .dvc/tmp/rwlock, then run `kizu repro` again"),
    "OutputAlreadyTrackedError": (
        "{text}",
        "take the file out of git as shown above: its content is DVC's",
    ),
    "MissingDataSource": (
        "{text}: DVC's cache does not hold it either.",
        "make it again with `kizu repro --force`, or fetch it with `dvc pull`",
    ),
    "CheckoutError": (
        "DVC's cache does not hold what dvc.lock names: {text}",
        "make it again with `kizu repro --force`, or fetch it with `dvc pull`",
    ),
    # dvc.yaml is as `kizu dvc write` writes it, or the repro had not started.
    **dict.fromkeys(
        (
            "YAMLFileCorruptedError",
            "YAMLSyntaxError",
            "YAMLValidationError",
        ),
        (
            "dvc.lock cannot be read: {text}",
            "get it back with `git checkout dvc.lock` (in a merge, keep one side with "
            "`git checkout --ours dvc.lock`), then run `kizu repro` again",
        ),
    ),
}


def explain(run: DvcRun, trains: bool) -> KizuError:
    """Return what a failed DVC command means to its user.

    Args:
        run: the command.
        trains: whether the failed stage keeps checkpoints.
    """
    stage = run.failed_stage
    kinds = dict(run.causes)
    again = "`kizu repro` again: the stages before it are kept"
    resume = f"{again}, and its training goes on from its last checkpoint" if trains else again
    if "StageCmdFailedError" in kinds:
        match = EXIT_STATUS.search(kinds["StageCmdFailedError"])
        status = int(match[1]) if match else 1
        if status in INTERRUPTED:
            return KizuError(f"the stage '{stage}' was interrupted.", f"run {resume}")
        if status in KILLED:
            return KizuError(
                f"the stage '{stage}' was killed from outside (signal 9), most likely because the "
                "machine ran out of memory.",
                f"close other programs or lower the stage's batch size, then run {resume}",
            )
        return KizuError(
            f"the stage '{stage}' failed; its own message stands above.",
            f"correct what it names, then run {again}",
        )
    for kind, text in run.causes:
        if kind in KNOWN:
            message, way_out = KNOWN[kind]
            return KizuError(message.format(text=text.strip()), way_out)
    text = ": ".join(text.strip() for _, text in run.causes if text.strip())
    if os.strerror(errno.ENOSPC) in text:
        return KizuError(
            "the disk is full.",
            "free some space; `dvc gc --workspace` removes old versions from DVC's cache",
        )
    if os.strerror(errno.EACCES) in text:
        return KizuError(f"DVC may not write: {text}", "check the owner of the named file")
    return KizuError(f"DVC failed: {text or f'exit code {run.code}'}", "`dvc repro -v` shows more")
