"""Sound files as the audio detectors take them."""

import numpy as np

from kizu.preprocessing.audio_files import AudioDecodingError, read_audio
from kizu.preprocessing.clips import prepare_clip
from kizu.preprocessing.log_mel import LogMel
from kizu.reporting.pictures import encode_png, heat_map
from kizu.scoring.audio.recipe import AudioRecipe
from kizu.scoring.file_reader import FileReader
from kizu.scoring.reader import Chunk, Explanation
from kizu.sources.audio import inspect_audio
from kizu.sources.files import RejectedFileError, SourceFile


class AudioReader(FileReader):
    """Reads sounds by a recipe."""

    noun = "sound"
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
