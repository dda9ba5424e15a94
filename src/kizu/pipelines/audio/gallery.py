"""Every operation on sound, done to a sample, with what was measured."""

from collections.abc import Iterator

from kizu.pipelines.audio import spectrum_exhibits, waveform_exhibits
from kizu.preprocessing.log_mel import LogMelParameters
from kizu.preprocessing.waveforms import Waveform, fit_length, to_mono
from kizu.reporting.gallery import Exhibit

_SHORTEST_SECONDS = 0.25  # of a sample that all operations can be shown on


def build_gallery(sound: Waveform, name: str, log_mel: LogMelParameters) -> Iterator[Exhibit]:
    """Yield the exhibits, in order.

    Args:
        sound: the sample, as loaded; at most five seconds of it are shown.
        name: of its file.
        log_mel: how features are made.
    """
    yield waveform_exhibits.show_loading(sound, name)
    longest = waveform_exhibits.LONGEST_SECONDS
    seconds = min(max(sound.seconds, _SHORTEST_SECONDS), longest)
    sample = fit_length(to_mono(sound), seconds=seconds)
    for show in (
        waveform_exhibits.show_cutting,
        waveform_exhibits.show_resampling,
        waveform_exhibits.show_loudness,
        waveform_exhibits.show_saving,
        waveform_exhibits.show_compressing,
        waveform_exhibits.show_clipping,
        waveform_exhibits.show_fitting,
        spectrum_exhibits.show_spectrum,
        spectrum_exhibits.show_spectrograms,
        spectrum_exhibits.show_pitch,
        spectrum_exhibits.show_tempo,
        spectrum_exhibits.show_vocal_tract,
    ):
        yield show(sample)
    yield spectrum_exhibits.show_features(sample, log_mel)
