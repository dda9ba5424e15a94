"""Log-mel features of 3,000 clips at once, against librosa, clip by clip.

Half a second at 8 kHz, of noise, tones and tones in faint noise; windows of 256 samples every 128,
40 mel bands, as the stage `audio` has them. Theirs is the plain loop around
``librosa.feature.melspectrogram`` and ``librosa.power_to_db``, ours one call. Both give the same
features, to a tenth of a millidecibel; a larger difference ends the benchmark. Each contestant has
a process of its own and one thread.

    python benchmarks/log_mel.py

Results: results/log_mel.json.
"""

import argparse
from collections.abc import Callable

import numpy as np
import torch
from _timing import interleave, own_processes, report

from kizu.preprocessing.log_mel import LogMel, LogMelParameters

PEER, OURS = "librosa, clip by clip", "kizu, all at once"
RATE = 8000
CLIPS = 3000
SAMPLES = RATE // 2
MOST_DECIBELS = 1e-4
PARAMETERS = LogMelParameters(
    window_length=256,
    hop_length=128,
    bands=40,
    lowest_frequency=0.0,
    highest_frequency=None,
    dynamic_range=80.0,
    centered=True,
)


def main() -> None:
    """Parse the command line, run the contestants in turn and write the results."""
    parser = argparse.ArgumentParser(description="Log-mel features, side by side.")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    torch.set_num_threads(1)
    apart = float(np.abs(build_ours()() - build_theirs()()).max())
    if apart > MOST_DECIBELS:
        raise SystemExit(f"The features are {apart:.2g} dB apart: no comparison.")
    with own_processes({PEER: build_theirs, OURS: build_ours}) as contestants:
        seconds = interleave(contestants, options.rounds)
    report(
        "log_mel",
        "Log-mel features of 3,000 half-second clips at 8 kHz",
        seconds,
        reference=PEER,
        goals={OURS: 12.0},
        facts={"largest difference in dB": f"{apart:.1e}"},
    )


def build_ours() -> Callable[[], np.ndarray]:
    """Return the batched transform of all clips."""
    clips, transform = make_clips(), LogMel(RATE, PARAMETERS)
    return lambda: transform(clips)


def build_theirs() -> Callable[[], np.ndarray]:
    """Return the loop over the clips."""
    import librosa

    clips = make_clips()

    def run() -> np.ndarray:
        return np.stack(
            [
                librosa.power_to_db(
                    librosa.feature.melspectrogram(
                        y=clip,
                        sr=RATE,
                        n_fft=PARAMETERS.window_length,
                        hop_length=PARAMETERS.hop_length,
                        n_mels=PARAMETERS.bands,
                    )
                )
                for clip in clips
            ]
        )

    return run


def make_clips() -> np.ndarray:
    """Return float32 (3000, 4000): noise, tones, and tones 60 dB above noise."""
    random = np.random.default_rng(0)
    third = CLIPS // 3
    tones = np.sin(2 * np.pi * random.uniform(50, 3900, (2 * third, 1)) * np.arange(SAMPLES) / RATE)
    tones[third:] += 1e-3 * random.standard_normal((third, SAMPLES))
    noise = 0.1 * random.standard_normal((third, SAMPLES))
    return np.concatenate([noise, tones]).astype(np.float32)


if __name__ == "__main__":
    main()
