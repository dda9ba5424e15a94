"""Where the project lies, and what it is called."""

import importlib
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from kizu.lineage.errors import KizuError

BASE = "base"
LOCAL = "local"


@dataclass(frozen=True)
class Project:
    """A Kedro project on disk.

    Attributes:
        root: the absolute folder that holds ``pyproject.toml``, ``conf/`` and ``data/``.
        package: the name of its Python package.
        source: the absolute folder that holds the package.
    """

    root: Path
    package: str
    source: Path

    @classmethod
    def at(cls, root: Path) -> "Project":
        """Read the project at ``root``.

        Raises:
            KizuError: ``root`` holds no Kedro project.
        """
        root = root.resolve()
        declared = _kedro_table(root)
        if declared is None:
            raise KizuError(
                f"{root} is not a Kedro project: no pyproject.toml with a [tool.kedro] table.",
                "run the command inside a clone of the project",
            )
        return cls(root, declared["package_name"], root / declared.get("source_dir", "src"))

    @classmethod
    def find(cls, start: Path | None = None) -> "Project":
        """Return the project that ``start`` (the working directory by default) lies in.

        Raises:
            KizuError: neither ``start`` nor a parent of it holds a Kedro project.
        """
        start = (start or Path.cwd()).resolve()
        for folder in (start, *start.parents):
            if _kedro_table(folder) is not None:
                return cls.at(folder)
        raise KizuError(
            f"{start} is not inside a Kedro project: no pyproject.toml with a [tool.kedro] table "
            "here or above.",
            "run the command inside a clone of the project",
        )

    @property
    def package_folder(self) -> Path:
        """The folder of the Python package."""
        return self.source / self.package

    @property
    def conf(self) -> Path:
        """The configuration folder."""
        return self.root / "conf"

    @property
    def stage_names(self) -> tuple[str, ...]:
        """The names of all stages, sorted: one folder of ``pipelines``, one stage."""
        folder = self.package_folder / "pipelines"
        return tuple(sorted(path.parent.name for path in folder.glob("[!._]*/__init__.py")))

    @property
    def profiles(self) -> tuple[str, ...]:
        """The names of the configuration folders that can overlay ``conf/base``, sorted."""
        folders = (path.name for path in self.conf.iterdir() if path.is_dir())
        return tuple(sorted(name for name in folders if name not in (BASE, LOCAL)))

    def require_profile(self, env: str | None) -> None:
        """Check that ``env`` names a profile; None and ``base`` stand for the default.

        Raises:
            KizuError: there is no such profile.
        """
        if env not in (None, BASE, *self.profiles):
            known = ", ".join(self.profiles) or "none yet"
            raise KizuError(
                f"there is no profile '{env}': no folder conf/{env} that holds one.",
                f"profiles: {known}; without --env the default of conf/base runs",
            )

    def import_module(self, name: str) -> ModuleType:
        """Import a module of the package, e.g. ``settings`` or ``pipelines.gan``.

        The project's source folder goes in front of ``sys.path`` first, as Kedro does it.
        """
        if str(self.source) not in sys.path:
            sys.path.insert(0, str(self.source))
        return importlib.import_module(f"{self.package}.{name}")

    def relative(self, path: Path) -> str:
        """Return ``path`` relative to the root, with forward slashes."""
        return path.relative_to(self.root).as_posix()


def _kedro_table(folder: Path) -> dict[str, str] | None:
    try:
        text = (folder / "pyproject.toml").read_text(encoding="utf-8")
    except OSError:
        return None
    try:
        table = tomllib.loads(text).get("tool", {}).get("kedro")
    except tomllib.TOMLDecodeError as error:
        raise KizuError(f"{folder / 'pyproject.toml'} cannot be read: {error}.") from error
    return table if isinstance(table, dict) else None
