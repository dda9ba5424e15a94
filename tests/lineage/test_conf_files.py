"""Which file and line defines a key."""

from kizu.lineage.conf_files import ConfFile, conf_files, defining_file, is_defined

TEXT = """\
# comment
_common: &common
  rate: 0.1
  deep: {a: 1}
gan:
  steps: 3
  layers:
    - width: 1
    - width: 2
  optimizer:
    <<: *common
    beta: 0.5
  several:
    <<: [*common, {x: 1}]
list: [a, b]
"""


def file(toy, text: str = TEXT, name: str = "conf/base/parameters_x.yml") -> ConfFile:
    toy.write(name, text)
    return ConfFile(name, toy.path(name))


def test_lines_of_keys(toy):
    found = file(toy)
    expected = {
        ("gan",): 5,
        ("gan", "steps"): 6,
        ("gan", "layers", 1): 9,
        ("gan", "layers", 1, "width"): 9,
        ("gan", "optimizer", "beta"): 12,
        ("gan", "optimizer", "rate"): 3,
        ("gan", "several", "deep", "a"): 4,
        ("gan", "several", "x"): 14,
        ("list", 0): 15,
    }
    assert {key: found.locate(key)[1] for key in expected} == expected
    assert all(found.locate(key)[0] == len(key) for key in expected)


def test_keys_that_are_not_there_give_the_depth_that_is(toy):
    found = file(toy)
    assert found.locate(("gan", "optimizer", "none", "x")) == (2, 10)
    assert found.locate(("nothing",)) == (0, 1)
    assert found.locate(("gan", "layers", 2)) == (2, 7)
    assert not is_defined([found], ("gan", "layers", 2))


def test_an_empty_file_defines_nothing(toy):
    assert file(toy, "").locate(("gan",)) == (0, 1)
    assert [*file(toy, "").scalars()] == []


def test_files_in_the_order_in_which_they_override(toy):
    toy.write("conf/base/parameters/deep/more.yaml", "")
    toy.write("conf/base/deep/parameters_late.json", "{}")
    toy.write("conf/base/notes.yml", "")
    toy.write("conf/big/parameters.yml", "")
    assert [file.name for file in conf_files(toy.project, "parameters", "big")] == [
        "conf/base/deep/parameters_late.json",
        "conf/base/parameters/deep/more.yaml",
        "conf/base/parameters_prepare.yml",
        "conf/base/parameters_train.yml",
        "conf/big/parameters.yml",
    ]


def test_the_last_definition_decides(toy):
    base = file(toy)
    overlay = file(toy, "gan:\n  steps: 4\n", "conf/big/parameters.yml")
    assert defining_file([base, overlay], ("gan", "steps")) == (overlay, 2)
    assert defining_file([base, overlay], ("gan", "layers", 0)) == (base, 8)
    # Defined by neither: the last that defines the most of it.
    assert defining_file([base, overlay], ("gan", "none")) == (overlay, 1)
    assert defining_file([base, overlay], ("none",)) is None
