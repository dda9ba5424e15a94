"""The failure of a node as a sentence, where it happened, and a way out."""

import errno
import traceback
from pathlib import Path

from kedro.io import DatasetError

from kizu.lineage.errors import KizuError
from kizu.lineage.project import Project

MACHINERY = ("lineage", "cli.py")


def explain(error: Exception, project: Project, stage: str) -> KizuError:
    """Return what a failed node means to its user.

    The modeling rooms do not know this package: an exception of theirs says what to do in an
    attribute ``way_out``, beside its ``message``.

    Args:
        error: what the node raised.
        project: the project; only its own code is named.
        stage: the stage that the node belongs to.
    """
    if isinstance(error, KizuError):
        return error
    if way_out := getattr(error, "way_out", ""):
        return KizuError(getattr(error, "message", str(error)), way_out)
    system = _system_error(error)
    if system and system.errno == errno.ENOSPC:
        return KizuError(
            f"the disk is full{_of(system)}.",
            "free some space (`dvc gc --workspace` removes old versions from DVC's cache), then "
            "run the same command again",
        )
    if isinstance(system, PermissionError):
        return KizuError(f"no permission to write{_of(system)}.", "check the owner of the file")
    if isinstance(error, DatasetError):
        return KizuError(str(error), _more(stage))
    what = f"{type(error).__name__}: {str(error).strip()}".rstrip(": ")
    where = "".join(f"\n  at {place}" for place in _places(error, project))
    return KizuError(f"the stage '{stage}' failed: {what}{where}", _more(stage))


def _more(stage: str) -> str:
    return f"`kizu --debug run {stage}` shows the whole traceback"


def _of(error: OSError) -> str:
    return f" ({error.filename})" if error.filename else ""


def _system_error(error: BaseException | None) -> OSError | None:
    """Return the operating system's error behind an exception, if there is one."""
    while error is not None and not isinstance(error, OSError):
        error = error.__cause__ or error.__context__
    return error


def _places(error: Exception, project: Project) -> list[str]:
    """Return the lines of the project's own code on the way to the error, runner aside."""
    package, places = project.package_folder, []
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename)
        if not path.is_relative_to(package):
            continue
        if path.relative_to(package).parts[0] not in MACHINERY:
            places.append(f"{project.relative(path)}:{frame.lineno} in {frame.name}")
    return places
