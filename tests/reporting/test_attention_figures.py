import io

import numpy as np
import pytest

from kizu.reporting.attention_figures import attention_figure


@pytest.mark.parametrize("channels", [1, 3])
def test_each_place_asks_the_map_of_its_own_row_and_column(channels):
    images = np.zeros((2, channels, 16, 16), np.uint8)
    maps = np.zeros((2, 8, 8, 4, 4))
    # Let a map's values name the place that asks.
    maps += np.arange(64).reshape(1, 8, 8, 1, 1)
    maps[1] += 100
    figure = attention_figure(images, maps)
    shown = [np.asarray(axes.images[0].get_array()) for axes in figure.axes]
    assert len(shown) == 2 * 5
    named = [int(values.flat[0]) for values in shown]
    assert [named[1:5], named[6:10]] == [[18, 22, 36, 52], [118, 122, 136, 152]]


def test_the_same_bytes_twice():
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (1, 1, 16, 16)).astype(np.uint8)
    maps = random.random((1, 8, 8, 4, 4))
    written = []
    for _ in range(2):
        buffer = io.BytesIO()
        attention_figure(images, maps).savefig(buffer, format="png", metadata={"Software": None})
        written.append(buffer.getvalue())
    assert written[0] == written[1]
