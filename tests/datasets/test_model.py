"""ModelDataset and SkopsDataset."""

import json

import numpy as np
import pytest
from kedro.io import DatasetError
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.preprocessing import FunctionTransformer

from kizu.datasets.model import ModelDataset
from kizu.datasets.skops import SkopsDataset

TREE = "sklearn.tree._tree.Tree"
MODEL = {
    "config": {"generator": {"width": 3}, "class_names": ["b", "a"]},
    "tensors": {
        "weight": np.arange(12, dtype=np.float32).reshape(3, 4).T,
        "step": np.array(7),
        "empty": np.zeros((0, 3), np.float32),
    },
}


@pytest.fixture
def dataset(tmp_path):
    return ModelDataset(filepath=tmp_path / "model")


def test_gives_back_what_was_saved(dataset, tmp_path):
    dataset.save(MODEL)
    loaded = dataset.load()
    assert loaded["config"] == MODEL["config"]
    assert set(loaded["tensors"]) == set(MODEL["tensors"])
    for name, tensor in MODEL["tensors"].items():
        assert loaded["tensors"][name].dtype == tensor.dtype
        assert loaded["tensors"][name].shape == tensor.shape
        assert np.array_equal(loaded["tensors"][name], tensor)
    files = sorted(path.name for path in (tmp_path / "model").iterdir())
    assert files == ["config.json", "model.safetensors"]


def test_the_order_of_tensors_does_not_change_the_file(dataset, tmp_path):
    dataset.save(MODEL)
    first = (tmp_path / "model" / "model.safetensors").read_bytes()
    dataset.save({**MODEL, "tensors": dict(reversed(MODEL["tensors"].items()))})
    assert (tmp_path / "model" / "model.safetensors").read_bytes() == first


def test_other_keys_are_refused(dataset):
    with pytest.raises(DatasetError, match="'config' and 'tensors'"):
        dataset.save({"tensors": {}})


def test_a_configuration_that_json_cannot_hold_is_refused(dataset, tmp_path):
    with pytest.raises(DatasetError, match="decay is nan"):
        dataset.save({"config": {"decay": float("nan")}, "tensors": {}})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_a_damaged_part_is_an_error(dataset, tmp_path, name):
    dataset.save(MODEL)
    part = tmp_path / "model" / name
    part.write_bytes(part.read_bytes()[:-5])
    with pytest.raises(DatasetError, match="model is no readable model folder"):
        dataset.load()


class TestSkops:
    def test_gives_back_what_was_saved(self, tmp_path):
        data = np.random.default_rng(0).normal(size=(60, 4))
        forest = IsolationForest(n_estimators=5, random_state=0).fit(data)
        dataset = SkopsDataset(filepath=tmp_path / "forest.skops", trusted=[TREE])
        dataset.save(forest)
        loaded = dataset.load()
        assert np.array_equal(loaded.score_samples(data), forest.score_samples(data))

    def test_keys_of_the_user_are_left_alone(self, tmp_path):
        mean = np.arange(4.0)
        value = {"a": mean, "file": mean, "__id__": "7"}
        dataset = SkopsDataset(filepath=tmp_path / "pair.skops")
        dataset.save(value)
        loaded = dataset.load()
        assert list(loaded) == list(value)
        assert loaded["__id__"] == "7"
        assert np.array_equal(loaded["a"], mean)
        assert np.array_equal(loaded["file"], mean)

    def test_an_untrusted_type_is_refused_when_saved(self, tmp_path):
        forest = IsolationForest(n_estimators=2, random_state=0).fit(np.eye(4))
        with pytest.raises(DatasetError, match=rf"not trusted: {TREE}.*`trusted`"):
            SkopsDataset(filepath=tmp_path / "forest.skops").save(forest)
        assert list(tmp_path.iterdir()) == []

    def test_an_untrusted_type_is_refused_when_loaded(self, tmp_path):
        path = tmp_path / "step.skops"
        function = "json.encoder.JSONEncoder"
        SkopsDataset(filepath=path, trusted=[function]).save(
            FunctionTransformer(func=json.JSONEncoder)
        )
        with pytest.raises(DatasetError, match=f"not trusted: {function}"):
            SkopsDataset(filepath=path).load()

    def test_two_equal_fits_are_equal_files(self, tmp_path):
        for name in ("first", "second"):
            keep_alive = [object() for _ in range(100)]  # moves what comes after it in memory
            SkopsDataset(filepath=tmp_path / name).save(PCA(2).fit(np.eye(4)))
            del keep_alive
        assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()
