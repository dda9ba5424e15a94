"""Figures of a classifier."""

import numpy as np

from kizu.reporting.classifier_figures import (
    mistakes_figure,
    reliability_diagram,
    saliency_figure,
)


def test_the_diagram_leaves_empty_bins_out() -> None:
    figure = reliability_diagram(
        np.array([3, 0, 1]),
        np.array([0.2, np.nan, 0.9]),
        np.array([0.5, np.nan, 1.0]),
        error=0.25,
        title="t",
    )
    (axes,) = figure.axes
    dots, areas = axes.collections[1].get_offsets(), axes.collections[1].get_sizes()

    np.testing.assert_allclose(dots, [[0.2, 0.5], [0.9, 1.0]])
    assert areas[0] > areas[1]
    assert "0.250" in axes.texts[0].get_text()


def test_mistakes_name_both_classes_and_the_confidence() -> None:
    images = np.zeros((2, 3, 8, 8), dtype=np.uint8)
    figure = mistakes_figure(images, ["ant", "a very long class name"], ["bee", "b"], [0.9, 0.51])
    titles = [axes.get_title("left") for axes in figure.axes]

    assert titles == ["ant, not\nbee (90%)", "a very long c…, not\nb (51%)"]


def test_no_mistake_is_a_figure_too() -> None:
    figure = mistakes_figure(np.zeros((0, 1, 8, 8), dtype=np.uint8), [], [], np.zeros(0))

    assert figure.texts[0].get_text() == "no image was named wrong"


def test_maps_are_drawn_at_the_images_size() -> None:
    images = np.zeros((2, 1, 8, 8), dtype=np.uint8)
    maps = {"rollout": np.eye(2)[None].repeat(2, 0), "gradient": np.zeros((2, 8, 8))}
    figure = saliency_figure(images, ["3", "4"], maps)
    titles = [axes.get_title("left") for axes in figure.axes]
    heat = figure.axes[1].images[0].get_array()

    assert titles == ["said: 3", "rollout", "gradient", "said: 4", "rollout", "gradient"]
    assert heat.shape == (8, 8, 3)
    # The brightest color where the map is largest, black where it is zero.
    assert heat[0, 0].sum() > 600
    assert heat[0, 7].sum() < 10
