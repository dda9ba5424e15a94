"""The catalog as lineage sees it: where a dataset lies and what DVC and MLflow make of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kizu.lineage.configuration import entry_metadata

NOT_ARGUMENTS = frozenset({"type", "filepath", "metadata"})
"""Keys of an entry that say what and where a dataset is, not how its content is written."""


@dataclass(frozen=True)
class CatalogEntry:
    """One dataset of the catalog.

    Attributes:
        name: the dataset's name.
        path: where it lies, relative to the project; None for one that lies nowhere.
        metadata: what the entry's ``metadata.kizu`` says: ``kind`` and, for plots, the axes.
        arguments: the names of the dataset's own arguments, e.g. ``save_args``.
        config: the entry as it stands in the catalog.
    """

    name: str
    path: str | None
    metadata: Mapping[str, Any]
    arguments: tuple[str, ...]
    config: Mapping[str, Any]

    @classmethod
    def of(cls, name: str, config: Mapping[str, Any]) -> "CatalogEntry":
        """Read an entry as Kedro's configuration loader gives it."""
        arguments = tuple(sorted(config.keys() - NOT_ARGUMENTS))
        return cls(name, config.get("filepath"), entry_metadata(config), arguments, config)

    @property
    def kind(self) -> str:
        """What the dataset is: ``metrics``, ``plots``, ``figure``, ``model``, …"""
        return str(self.metadata.get("kind", "output"))


def read_catalog(config: Mapping[str, Any]) -> dict[str, CatalogEntry]:
    """Return the catalog's entries by name.

    Args:
        config: Kedro's configuration loader, or a mapping with the key ``catalog``.
    """
    return {name: CatalogEntry.of(name, entry) for name, entry in config["catalog"].items()}
