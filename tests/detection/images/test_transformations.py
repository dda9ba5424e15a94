import numpy as np
import pytest
import torch

from kizu.detection.images.transformations import transformation_count, transformed


@pytest.mark.parametrize("max_shift", [0, 1, 3])
def test_first_view_is_the_image_and_none_repeats(max_shift):
    images = torch.rand(2, 1, 8, 8)
    views = transformed(images, max_shift)
    assert views.shape == (2, transformation_count(max_shift), 1, 8, 8)
    assert torch.equal(views[:, 0], images)
    assert len({view.numpy().tobytes() for view in views[0]}) == views.shape[1]


def test_against_numpy():
    image = np.arange(25.0).reshape(1, 1, 5, 5)
    views = transformed(torch.from_numpy(image), 1)[0, :, 0].numpy()
    padded = np.pad(image[0, 0], 1, mode="reflect")
    position = 0
    for turns in range(4):
        for row in (1, 0, 2):
            for column in (1, 0, 2):
                expected = np.rot90(padded[row : row + 5, column : column + 5], turns)
                np.testing.assert_array_equal(views[position], expected)
                position += 1
    assert position == len(views)


def test_shift_as_large_as_the_image_is_refused(parameters, normal):
    from kizu.detection.images.feature_neighbors import FeatureNeighbors

    wide = parameters["feature_neighbors"].model_copy(update={"max_shift": 16})
    with pytest.raises(ValueError, match="max_shift=16 must be less than the images' size 16"):
        FeatureNeighbors(wide).fit(normal)
