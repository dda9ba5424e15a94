"""Figures of sounds, and the section of the report."""

import numpy as np
import pandas as pd
import pytest

from kizu.reporting import audio_figures
from kizu.reporting.audio_figures import Sound, Spectrogram
from kizu.reporting.document import Report
from kizu.reporting.gallery import exhibit
from kizu.reporting.html import render
from kizu.reporting.sections.audio_data import audio_data_section

RATE = 8000


def tone(seconds: float = 1.0) -> Sound:
    time = np.arange(round(seconds * RATE)) / RATE
    return Sound("a tone", np.sin(2 * np.pi * 440 * time).astype(np.float32), RATE)


def png(figure) -> bytes:
    return exhibit("x", "x", "x", figure).png


@pytest.mark.parametrize("seconds", [0.001, 1.0, 30.0])
def test_a_waveform_of_any_length_fills_its_panel(seconds: float) -> None:
    figure = audio_figures.waveforms([tone(seconds), tone(seconds / 2)])

    above, below = figure.axes
    assert above.get_title(loc="left") == "a tone"
    assert above.get_xlim() == below.get_xlim()
    drawn = above.get_lines() or above.collections
    assert len(drawn) == 1
    assert png(figure) == png(audio_figures.waveforms([tone(seconds), tone(seconds / 2)]))


def test_every_sample_of_a_moment_can_be_shown() -> None:
    figure = audio_figures.waveforms([tone(0.004)], points=True)

    (line,) = figure.axes[0].get_lines()
    assert line.get_xdata() == pytest.approx(np.arange(32) / 8)  # milliseconds


def test_the_loudness_of_frames_is_shown_with_that_of_the_whole() -> None:
    figure = audio_figures.loudness(tone(), np.array([0.1, 0.5]), np.array([0.2, 0.9]), 0.7)

    frames, whole = figure.axes[1].get_lines()
    assert frames.get_ydata().tolist() == [0.2, 0.9]
    assert set(whole.get_ydata()) == {0.7}


def test_a_narrow_peak_of_a_long_spectrum_is_not_lost() -> None:
    amplitudes = np.full(100_001, 1e-9)
    amplitudes[25_000] = 0.5
    figure = audio_figures.spectra({"tone": (np.linspace(0, 4000, 100_001), amplitudes)})

    (line,) = figure.axes[0].get_lines()
    peak = np.argmax(line.get_ydata())
    assert line.get_ydata()[peak] == pytest.approx(20 * np.log10(0.5))
    assert line.get_xdata()[peak] == pytest.approx(1000, abs=10)
    assert min(line.get_ydata()) == -120


def test_the_loudest_of_neighboring_cells_of_a_spectrogram_is_shown() -> None:
    decibels = np.full((513, 1000), -80.0)
    decibels[300, 700] = 0
    figure = audio_figures.spectrograms([Spectrogram("x", decibels, 10.0, 4000.0)])

    shown = figure.axes[0].images[0]
    assert max(shown.get_array().shape) <= 50
    assert shown.get_array().max() == 0
    assert shown.get_extent() == [0, 10, 0, 4]


def test_sizes_are_compared_with_the_first() -> None:
    figure = audio_figures.file_sizes({"WAV": 1000, "FLAC": 500, "MP3": 100})

    assert [text.get_text() for text in figure.axes[0].texts] == [
        "1 : 1.00",
        "1 : 2.00",
        "1 : 10.00",
    ]


def test_the_overview_has_a_row_for_each_of_the_first_classes() -> None:
    features = np.random.default_rng(0).normal(-40, 5, (40, 63))
    examples = {f"class {number:02d}": [features] * (1 + number % 2) for number in range(13)}

    figure = audio_figures.class_overview(examples, 1.0)

    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert len(figure.axes) == 24
    assert len(shown) == 12 + 6
    assert "the first 12 of 13" in figure.get_suptitle()
    assert shown[0].images[0].get_array().max() == pytest.approx(0)


def test_warps_are_lines_in_kilohertz() -> None:
    line = (np.array([0.0, 2000, 4000]), np.array([0.0, 1700, 4000]))

    figure = audio_figures.frequency_warps({"factor 0.85": line})

    assert figure.axes[0].get_lines()[0].get_ydata().tolist() == [0, 1.7, 4]


def test_the_section_says_what_the_clips_are_and_that_they_are_synthetic() -> None:
    index = pd.DataFrame({"class_name": ["normal", "knocks"], "split": ["train", "test"]})
    section = audio_data_section(
        index,
        metrics={"rate": 8000, "seconds": 1.0, "bands": 40, "frames": 63},
        origin={
            "name": "x",
            "title": "Machine sounds",
            "address": "",
            "license": "",
            "note": "They are synthetic.",
        },
        rejects=pd.DataFrame({"file": ["a.wav"], "reason": ["is empty"]}),
        overview=png(audio_figures.waveforms([tone(0.01)])),
    )

    page = render(Report("t", "s", [section]))

    for expected in (
        "Clips by class and split",
        "They are synthetic.",
        "8,000 Hz",
        "40 × 63",
        "1 file left out",
        "2 clips",
    ):
        assert expected in page
