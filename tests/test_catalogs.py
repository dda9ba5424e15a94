"""The catalogs, as Kedro's own commands read them."""

from pathlib import Path

import pytest
import yaml

CATALOGS = sorted((Path(__file__).parents[1] / "conf").glob("*/catalog*.yml"))


@pytest.mark.parametrize("path", CATALOGS, ids=[f"{p.parent.name}/{p.stem}" for p in CATALOGS])
def test_only_an_entry_itself_has_a_path(path):
    # `kedro run` prefixes the project's folder to every value with such a key, at any depth.
    for name, entry in yaml.safe_load(path.read_text()).items():
        nested = [key for value in entry.values() for key in _keys(value)]
        assert not {"path", "filepath", "filename"} & set(nested), name


def _keys(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _keys(inner)
