"""How the spectrum of one sound changes over time, in decibels."""

import numpy as np

from kizu.preprocessing.waveforms import Waveform

_FLOOR_DECIBELS = 80.0


def stft_decibels(waveform: Waveform, *, window_length: int, hop_length: int) -> np.ndarray:
    """Return the magnitudes of the short-time Fourier transform, float32 (bins, frames).

    In decibels below the loudest, no lower than -80; Hann windows, centered.

    Args:
        waveform: (T,) samples.
        window_length: samples a frame; ``window_length // 2 + 1`` bins reach the Nyquist frequency.
        hop_length: samples from one frame to the next.
    """
    import librosa

    spectrum = librosa.stft(waveform.samples, n_fft=window_length, hop_length=hop_length)
    return librosa.amplitude_to_db(np.abs(spectrum), ref=np.max, top_db=_FLOOR_DECIBELS)


def mel_decibels(
    waveform: Waveform, *, window_length: int, hop_length: int, bands: int
) -> np.ndarray:
    """Return the mel spectrogram, float32 (bands, frames), as :func:`stft_decibels`."""
    import librosa

    energies = librosa.feature.melspectrogram(
        y=waveform.samples,
        sr=waveform.rate,
        n_fft=window_length,
        hop_length=hop_length,
        n_mels=bands,
    )
    return librosa.power_to_db(energies, ref=np.max, top_db=_FLOOR_DECIBELS)
