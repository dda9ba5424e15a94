import numpy as np
import pytest
import torch

from kizu.evaluation.features import check_feature_pair, check_features


def test_wraps_arrays_without_a_copy():
    array = np.ones((3, 2), dtype=np.float32)
    assert check_features("reference", array, 1).data_ptr() == array.ctypes.data
    tensor = torch.ones(3, 2)
    assert check_features("reference", tensor, 1) is tensor


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_counts_samples_that_are_not_finite(value):
    features = np.zeros((4, 2))
    features[1] = value
    features[3, 0] = value
    with pytest.raises(ValueError, match="generated holds NaN or infinity in 2 of 4 samples"):
        check_feature_pair(np.zeros((4, 2)), features, 1)


@pytest.mark.parametrize(
    ("features", "message"),
    [
        (np.zeros(3), r"reference must be floating \(N, D\), got torch.float64 \(3,\)"),
        (np.zeros((3, 0)), r"reference must be floating \(N, D\), got torch.float64 \(3, 0\)"),
        (np.zeros((3, 2), dtype=int), "reference must be floating"),
        (np.zeros((1, 2)), "reference must hold at least 2 samples, got 1"),
        (np.zeros((3, 5)), "features of one width, got 5 and 2"),
    ],
)
def test_names_what_is_wrong(features, message):
    with pytest.raises(ValueError, match=message):
        check_feature_pair(features, np.zeros((3, 2)), 2)
