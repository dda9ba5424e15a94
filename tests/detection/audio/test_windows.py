"""Windows of spectrograms, and back."""

import numpy as np
import torch

from kizu.detection.audio.windows import spread, to_windows


def test_windows_are_slices_of_the_clip():
    clips = torch.arange(2 * 3 * 7).view(2, 3, 7).float()
    windows = to_windows(clips, 4)
    assert windows.shape == (8, 12)
    for clip in range(2):
        for start in range(4):
            expected = clips[clip, :, start : start + 4].flatten()
            torch.testing.assert_close(windows[4 * clip + start], expected)


def test_spreading_windows_gives_the_clip_back():
    clips = torch.randn(2, 3, 7, generator=torch.Generator().manual_seed(0)).double()
    windows = to_windows(clips, 4).view(2, 4, 12).numpy()
    np.testing.assert_allclose(spread(windows, (3, 7)), clips.numpy())


def test_a_cell_gets_the_mean_over_the_windows_that_hold_it():
    values = np.array([[[1.0, 1.0], [3.0, 5.0]]])  # two windows of two frames, one band
    np.testing.assert_allclose(spread(values, (1, 3)), [[[1.0, 2.0, 5.0]]])
