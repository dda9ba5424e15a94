"""Sound files as the audio detectors take them."""

from collections.abc import Sequence

import numpy as np

from kizu.preprocessing.audio_files import AudioDecodingError, read_audio
from kizu.preprocessing.clips import prepare_clip
from kizu.preprocessing.log_mel import LogMel
from kizu.reporting.document import Block
from kizu.reporting.exhibits import Clip
from kizu.reporting.pictures import data_uri, encode_png, heat_map
from kizu.reporting.sections.examples import brightest
from kizu.reporting.sections.examples_audio import sound_views
from kizu.scoring.audio.recipe import AudioRecipe
from kizu.scoring.file_reader import FileReader
from kizu.scoring.reader import Chunk, Explanation
from kizu.sources.audio import inspect_audio
from kizu.sources.files import RejectedFileError, SourceFile

# Bytes of a clip that a page holds; in the page they take a third more.
_MOST_SOUND = 2**18


class AudioReader(FileReader):
    """Reads sounds by a recipe."""

    noun = "sound"
    legend = (
        "The clip to listen to, as the detectors got it; its log-mel spectrogram (time to the "
        "right, frequency upward, loud is bright); and the heat map: the brighter, the more a band "
        "at a moment departs from what was expected. Each heat map has a scale of its own."
    )
    dtype = np.float32

    def __init__(self, recipe: AudioRecipe) -> None:
        self._recipe = recipe
        self.shape = recipe.shape
        self._features = LogMel(recipe.rate, recipe.log_mel)

    def item(self, file: SourceFile) -> np.ndarray:
        """Return the features of the clip, float32 (bands, frames) in decibels.

        Raises:
            RejectedFileError: it fails the checks, cannot be decoded, or ends in another form.
        """
        inspect_audio(file, self._recipe.checks)
        try:
            # As a 16-bit file and back, as the clips of the training were.
            clip = read_audio(prepare_clip(file.content, self._recipe.steps))
        except (AudioDecodingError, ValueError) as error:
            raise RejectedFileError(str(error)) from error
        if clip.samples.ndim != 1:
            raise RejectedFileError(f"has {len(clip.samples)} channels; the model knows one")
        if clip.rate != self._recipe.rate:
            raise RejectedFileError(
                f"has {clip.rate} samples a second; the model knows {self._recipe.rate}"
            )
        if self._features.shape(len(clip.samples)) != self.shape:
            raise RejectedFileError(
                f"has {len(clip.samples)} samples after the steps of the training, which make "
                f"{self._features.shape(len(clip.samples))[1]} frames; the model knows "
                f"{self.shape[1]}"
            )
        features: np.ndarray = self._features(clip.samples[np.newaxis])[0]
        return features

    def explain(self, chunk: Chunk, position: int, weights: np.ndarray) -> Explanation:
        """Return the spectrogram over its heat map; time runs right, frequency up."""
        decibels = chunk.items[position][::-1]
        sound = heat_map(decibels - decibels.min(), float(np.ptp(decibels)))
        heat = heat_map(weights[::-1], float(weights.max()))
        return Explanation(encode_png(np.concatenate([sound, heat])), ".png")

    def show(self, chunk: Chunk, position: int, weights: np.ndarray) -> Sequence[Block]:
        """Return the clip to listen to, and the spectrogram beside its heat map."""
        try:
            clip = prepare_clip(chunk.shown[position], self._recipe.steps)
        except AudioDecodingError:  # the file has been taken away since
            clip = b""
        source = data_uri(clip, "audio/flac") if 0 < len(clip) <= _MOST_SOUND else ""
        views = sound_views(chunk.items[position], weights, brightest(weights))
        return [Clip(chunk.files[position], source), views]
