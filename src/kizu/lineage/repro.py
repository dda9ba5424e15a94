"""``kizu repro``: ``dvc repro`` with checks before it and sentences for its failures."""

import json
import subprocess
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from kizu.lineage.damage import damage_error, find_damage
from kizu.lineage.dvc_command import DvcRun, run_dvc
from kizu.lineage.dvc_failures import explain
from kizu.lineage.dvc_yaml import dvc_yaml
from kizu.lineage.errors import KizuError, guess
from kizu.lineage.preflight import check_repository, check_room
from kizu.lineage.project import Project
from kizu.lineage.siblings import run_siblings, stale_and_after
from kizu.lineage.signals import passed_on
from kizu.lineage.stages import upstream
from kizu.lineage.survey import Survey, survey

ATTEMPTS = 5
"""How often a stage is tried when siblings hold DVC's locks; each attempt waits for 3 s."""


@dataclass(frozen=True)
class Outcome:
    """What a repro did.

    Attributes:
        ran: the stages whose command ran.
        restored: the stages whose outputs came out of DVC's cache.
    """

    ran: frozenset[str]
    restored: frozenset[str]

    @property
    def up_to_date(self) -> bool:
        """Whether there was nothing to do."""
        return not self.ran and not self.restored


class Repro:
    """A repro that may start: everything that can be known to fail has been checked.

    Args:
        project: the project.
        targets: the stages to bring up to date, with those before them; none means all.
        env: the profile that overlays ``conf/base``.

    Raises:
        KizuError: a stage is unknown, the configuration is wrong, ``dvc.yaml`` is out of date, or
            the repository is not fit for a run.
    """

    def __init__(
        self, project: Project, targets: Collection[str] = (), env: str | None = None
    ) -> None:
        check_repository(project)
        self._survey: Survey = survey(project, env)
        self._root = project.root
        generated = dvc_yaml(self._survey)
        generated.require_no_drift()
        self._file = generated.path
        self._upstream = upstream(self._survey.stages)
        self._targets = _checked(targets, sorted(self._upstream))
        catalog = self._survey.catalog
        outputs = (name for stage in self._survey.stages for name in stage.outputs)
        check_room(project, (str(catalog[name].path) for name in outputs if name in catalog))

    def run(self, environment: Mapping[str, str], *, jobs: int = 1, force: bool = False) -> Outcome:
        """Bring the stages up to date.

        Args:
            environment: variables for the stages, besides this process's own.
            jobs: how many stages may run at once.
            force: run stages that are up to date, too.

        Raises:
            KizuError: DVC or a stage failed, or DVC's cache turned out to be damaged.
        """
        with passed_on():
            if jobs > 1:
                runs = self._run_siblings(environment, jobs, force)
            else:
                addresses = [self._address(name) for name in self._targets] or [self._address()]
                runs = [run_dvc(self._root, ["repro", *_force(force), *addresses], environment)]
        ran = frozenset().union(*(run.ran for run in runs))
        restored = frozenset().union(*(run.restored for run in runs))
        failed = next((run for run in runs if run.code), None)
        suspects = ran | restored
        if failed and failed.failed_stage:
            suspects |= self._upstream[failed.failed_stage]
            suspects -= {failed.failed_stage}
        if damage := find_damage(self._root, self._file.with_suffix(".lock"), suspects):
            raise damage_error(self._root, damage)
        if failed:
            trains = {stage.name for stage in self._survey.stages if stage.trains}
            raise explain(failed, failed.failed_stage in trains)
        return Outcome(ran, restored)

    def _run_siblings(self, environment: Mapping[str, str], jobs: int, force: bool) -> list[DvcRun]:
        """Run each stale stage by a DVC of its own; their output gets the stages' names."""
        wanted = self._targets or [*self._upstream]
        stale = {*self._upstream} if force else self._stale()
        todo = stale_and_after(stale, wanted, self._upstream)
        width = max(map(len, todo), default=0)

        def run(stage: str) -> DvcRun:
            options = ["--wait-for-lock", "repro", "--single-item", *_force(force)]
            for _ in range(ATTEMPTS):
                arguments = [*options, self._address(stage)]
                result = run_dvc(self._root, arguments, environment, f"{stage:{width}} | ")
                if not any(kind == "LockError" for kind, _ in result.causes):
                    break
            return result

        return run_siblings(todo, self._upstream, run, jobs)

    def _stale(self) -> set[str]:
        """Ask DVC which stages are not up to date."""
        command = [sys.executable, "-m", "dvc", "status", "--json", self._address()]
        status = subprocess.run(command, cwd=self._root, capture_output=True, text=True)
        if status.returncode:
            raise KizuError(
                f"DVC cannot tell what is up to date: {status.stderr.strip()}",
                "`kizu repro` without --jobs names the cause",
            )
        return {address.rpartition(":")[2] for address in json.loads(status.stdout)}

    def _address(self, stage: str | None = None) -> str:
        file = self._survey.project.relative(self._file)
        if stage is None:
            return file
        return stage if self._survey.env is None else f"{file}:{stage}"


def _checked(targets: Collection[str], known: list[str]) -> tuple[str, ...]:
    for name in targets:
        if name not in known:
            raise KizuError(
                f"there is no stage '{name}'.", f"{guess(name, known)}stages: {', '.join(known)}"
            )
    return tuple(targets)


def _force(force: bool) -> list[str]:
    return ["--force"] if force else []
