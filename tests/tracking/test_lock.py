import pytest

from kizu.tracking.lock import after, lock_digest, outputs_digest, parse_lock

LOCK = """
schema: '2.0'
stages:
  train:
    cmd: kizu run train
    deps:
    - {path: data/values.json, hash: md5, md5: aaa, size: 3}
    - {path: src/toy/train.py, hash: md5, md5: ccc, size: 3}
    params:
      conf/all/parameters.yml:
        train: {rate: 0.1}
      conf/base/parameters.yml:
        train: {rate: 0.5, api_key: x}
    outs:
    - {path: data/model, hash: md5, md5: bbb.dir, size: 3, nfiles: 1}
  numbers:
    cmd: kizu run numbers
    outs:
    - {path: data/values.json, hash: md5, md5: aaa, size: 3}
  show:
    cmd: kizu run show
    deps:
    - {path: data/model, hash: md5, md5: bbb.dir, size: 3, nfiles: 1}
"""


def test_makers_come_before_users() -> None:
    assert list(parse_lock(LOCK)) == ["numbers", "train", "show"]


def test_a_stage_has_its_hashes_and_its_resolved_parameters() -> None:
    stage = parse_lock(LOCK)["train"]
    assert stage.inputs == {"data/values.json": "aaa", "src/toy/train.py": "ccc"}
    assert stage.outputs == {"data/model": "bbb.dir"}
    # A profile's file overlays conf/base, wherever the alphabet puts it.
    assert stage.parameters == {"train.rate": 0.1, "train.api_key": "***"}


def test_users_of_a_changed_stage_are_found_through_others() -> None:
    stages = parse_lock(LOCK)
    assert after(stages, {"numbers"}) == {"train", "show"}
    assert after(stages, {"show"}) == set()


def test_the_digest_is_of_the_state_not_of_the_file() -> None:
    stages = parse_lock(LOCK)
    backwards = dict(reversed(stages.items()))
    assert lock_digest(stages) == lock_digest(backwards)
    assert lock_digest(stages) != lock_digest(parse_lock(LOCK.replace("0.1", "0.2")))


def test_outputs_of_two_stages_differ_even_if_equal() -> None:
    assert outputs_digest("a", {"x": "1", "y": "2"}) == outputs_digest("a", {"y": "2", "x": "1"})
    assert outputs_digest("a", {"x": "1"}) != outputs_digest("b", {"x": "1"})


@pytest.mark.parametrize("text", ["", "schema: '2.0'", "stages:"])
def test_a_lock_without_stages(text: str) -> None:
    assert parse_lock(text) == {}


@pytest.mark.parametrize("text", ["<<<<<<< HEAD\nstages:", "- 1", "stages: {a: {outs: [1]}}"])
def test_a_damaged_lock(text: str) -> None:
    with pytest.raises(ValueError, match="not a lock file of DVC 3"):
        parse_lock(text)
