"""How the configuration of ``conf/`` is read, by Kedro and by ``kizu`` alike.

``conf/base`` is the default, ``conf/<profile>`` overlays it, ``conf/local`` holds credentials only.
"""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from kedro.config import OmegaConfigLoader

from kizu.lineage.experiments import Choices, Experiment, find_cell, is_cell
from kizu.lineage.overlays import overlay
from kizu.lineage.parameter_types import discriminators
from kizu.lineage.project import BASE, LOCAL, Project

SOURCE = "source"
"""The kind of a catalog entry that stands for the user's own data: read by a stage, made by none.
Its filepath may lie anywhere, or be null where the stage takes its data from elsewhere."""

LOADER_ARGUMENTS: dict[str, Any] = {
    "base_env": BASE,
    "default_run_env": BASE,
    # Credentials are read from conf/local whatever the profile; they change no result.
    "config_patterns": {
        "credentials": ["credentials*", "credentials*/**", f"../{LOCAL}/credentials*"]
    },
}
"""Kedro's ``CONFIG_LOADER_ARGS``."""


def entry_metadata(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a catalog entry's ``metadata.kizu`` says about it."""
    metadata: Mapping[str, Any] = (entry.get("metadata") or {}).get("kizu") or {}
    return metadata


def profile_path(path: str, env: str | None) -> str:
    """Move a path of ``data/`` into the profile's own part of it.

    Two profiles never share a file: ``data/05_model_input/images.npy`` becomes
    ``data/mnist/05_model_input/images.npy`` under the profile ``mnist``.

    Args:
        path: a path relative to the project, with forward slashes.
        env: the profile; None and ``base`` leave the path as it is.
    """
    parts = PurePosixPath(path).parts
    if env in (None, BASE) or parts[:1] != ("data",):
        return path
    return PurePosixPath("data", env, *parts[1:]).as_posix()


class ProfileConfigLoader(OmegaConfigLoader):
    """Kedro's loader, with every profile's data kept apart (see `profile_path`).

    A profile names only the parameters it changes: see `kizu.lineage.overlays`.
    """

    def __getitem__(self, key: str) -> dict[str, Any]:
        """Return the merged configuration of one kind, e.g. ``parameters`` or ``catalog``."""
        if key == "parameters" and key not in self:
            return self._parameters()
        config = super().__getitem__(key)
        if key != "catalog":
            return config
        return {name: _placed(entry, self._part(name)) for name, entry in config.items()}

    def _parameters(self) -> dict[str, Any]:
        """Lay the profile's parameters over the default's, and those of the command line on top."""
        folders = dict.fromkeys((BASE, self.env or BASE))
        parameters: dict[str, Any] = {}
        discriminator = discriminators(Project.find(Path(self.conf_source)))
        for layer in (*map(self._alone, folders), self.runtime_params):
            parameters = overlay(parameters, layer, discriminator)
        # A resolver is the process's: each loader puts its own globals in the place of others'.
        self._register_globals_resolver()
        return parameters

    def _alone(self, folder: str) -> dict[str, Any]:
        """Read the parameters of one folder of ``conf/``."""
        arguments = LOADER_ARGUMENTS | {"base_env": folder}
        loader = OmegaConfigLoader(self.conf_source, env=folder, **arguments)
        parameters: dict[str, Any] = loader["parameters"]
        return parameters

    def _part(self, dataset: str) -> str | None:
        """Return the part of ``data/`` that a dataset lies in."""
        env: str | None = self.env
        return env


class CellConfigLoader(ProfileConfigLoader):
    """The configuration of a cell of an experiment: its profile's, overridden.

    What the experiment's stages make lies in the experiment's part of ``data/``.

    Args:
        experiment: the experiment.
        choices: the choice of each axis that the stage to run depends on.
    """

    def __init__(self, experiment: Experiment, choices: Choices) -> None:
        profile = experiment.description.profile
        experiment.project.require_profile(profile)
        self._experiment, self._choices = experiment, choices
        self._places = experiment.places(choices)
        super().__init__(str(experiment.project.conf), env=profile, **LOADER_ARGUMENTS)

    def __getitem__(self, key: str) -> dict[str, Any]:
        """Return the merged configuration of one kind, e.g. ``parameters`` or ``catalog``."""
        config = super().__getitem__(key)
        return self._experiment.parameters(config, self._choices) if key == "parameters" else config

    def _part(self, dataset: str) -> str | None:
        return self._places.get(dataset, self.env)


def _placed(entry: dict[str, Any], env: str | None) -> dict[str, Any]:
    """Move what a catalog entry writes; the user's own data stays where it is."""
    path = entry.get("filepath")
    if not isinstance(path, str) or entry_metadata(entry).get("kind") == SOURCE:
        return entry
    return {**entry, "filepath": profile_path(path, env)}


def config_loader(project: Project, env: str | None) -> OmegaConfigLoader:
    """Return the loader that the project's settings name, for one profile or cell.

    Raises:
        KizuError: there is no such profile, experiment or cell.
    """
    if is_cell(env):
        return CellConfigLoader(*find_cell(project, env))
    project.require_profile(env)
    settings = project.import_module("settings")
    loader: OmegaConfigLoader = settings.CONFIG_LOADER_CLASS(
        str(project.conf), env=env, **settings.CONFIG_LOADER_ARGS
    )
    return loader
