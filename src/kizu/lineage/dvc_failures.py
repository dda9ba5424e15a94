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
    "LockfileCorruptedError": (
        "dvc.lock cannot be read: {text}",
        "after a merge, keep one side (`git checkout --ours dvc.lock`) and run `kizu repro`",
    ),
    "YAMLFileCorruptedError": (
        "{text}",
        "after a merge, keep one side (`git checkout --ours dvc.lock`) and run `kizu repro`",
    ),
    "YAMLSyntaxError": (
        "dvc.yaml or dvc.lock is not valid YAML: {text}",
        "write dvc.yaml again with `kizu dvc write`; of a merged dvc.lock keep one side "
        "(`git checkout --ours dvc.lock`)",
    ),
    "YAMLValidationError": (
        "dvc.yaml or dvc.lock does not have DVC's form: {text}",
        "write dvc.yaml again with `kizu dvc write`; get dvc.lock back with "
        "`git checkout dvc.lock`",
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
    resume = "`kizu repro` again: the stages before it are kept" + (
        ", and its training goes on from its last checkpoint" if trains else ""
    )
    if "StageCmdFailedError" in kinds:
        match = EXIT_STATUS.search(kinds["StageCmdFailedError"])
        status = int(match[1]) if match else 1
        if status in INTERRUPTED:
            return KizuError(f"the stage '{stage}' was interrupted.", f"run {resume}")
        if status in KILLED:
            return KizuError(
                f"the stage '{stage}' was killed from outside (signal 9), most likely because the "
                "machine ran out of memory.",
                f"close other programs or lower the stage's batch size, then {resume}",
            )
        return KizuError(
            f"the stage '{stage}' failed; its own message stands above.",
            f"correct it, then {resume}",
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
