import numpy as np

from kizu.preprocessing.index import item_index


def test_classes_are_numbered_in_the_order_of_their_names():
    index = item_index(
        ["1", "2", "3"], ["x", "y", "z"], ["b", "a", "b"], ["train"] * 3, length=[4] * 3
    )
    assert index["label"].tolist() == [1, 0, 1]
    assert index["label"].dtype == np.int64
    assert list(index.columns) == ["id", "source", "label", "class_name", "split", "length"]
    assert index.iloc[1].tolist() == ["2", "y", 0, "a", "train", 4]
