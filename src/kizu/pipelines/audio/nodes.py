"""Nodes of the stage `audio`."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from kizu.pipelines.audio.parameters import AudioParameters
from kizu.preprocessing.audio_files import AudioDecodingError, read_audio
from kizu.preprocessing.blocks import read_blocks
from kizu.preprocessing.clips import ClipFeatures, clip_names, common_form, prepare_clip
from kizu.preprocessing.index import item_index
from kizu.preprocessing.splits import check_disjoint, content_hashes
from kizu.preprocessing.steps import Step

_EXAMPLES_A_CLASS = 4


def prepare_clips(
    files: Mapping[str, bytes | Path], manifest: Any, parameters: AudioParameters
) -> dict[str, Callable[[], bytes]]:
    """Return the sounds of the manifest after all steps, as 16-bit FLAC files made when saved."""
    paths = manifest["path"].tolist()
    return {
        name: partial(_prepare, files, path, parameters.steps)
        for name, path in zip(clip_names(paths), paths, strict=True)
    }


def extract_features(
    clips: Mapping[str, Path], manifest: Any, parameters: AudioParameters
) -> ClipFeatures:
    """Return log-mel features in decibels, float32 (N, bands, frames), in the manifest's order.

    Raises:
        UnequalClipsError: the steps leave clips of several channels, rates or lengths.
    """
    files = [clips[name] for name in clip_names(manifest["path"].tolist())]
    return ClipFeatures(files, common_form(files), parameters.log_mel)


def split_clips(features: np.ndarray, manifest: Any, parameters: AudioParameters) -> Any:
    """Return the index of the clips, one row each: id, source, label, class_name, split, clip.

    ``clip`` is the clip's name among the FLAC files. Clips of equal features share a split.
    Classes are numbered in the order of their names.

    Raises:
        SplitError: a split would stay empty, or leaks into another.
    """
    contents = content_hashes(features)
    names = manifest["label"].tolist()
    splits = parameters.split.assign(names, contents, manifest["split"].tolist(), parameters.seed)
    check_disjoint(manifest["id"].tolist(), contents, splits.tolist())
    return item_index(
        manifest["id"].tolist(),
        manifest["path"].tolist(),
        names,
        splits.tolist(),
        clip=clip_names(manifest["path"].tolist()),
    )


def describe_clips(
    features: np.ndarray, index: Any, clips: Mapping[str, Path]
) -> tuple[dict[str, float], Any]:
    """Return metrics, and the figure of some clips' features a class."""
    from kizu.reporting.audio_figures import class_overview

    form = common_form([clips[index["clip"][0]]])
    seconds = form.samples / form.rate
    metrics: dict[str, float] = {
        "count": len(features),
        "rate": form.rate,
        "seconds": seconds,
        "bands": features.shape[1],
        "frames": features.shape[2],
        "minimum": min(float(block.min()) for block in read_blocks(features)),
        "maximum": max(float(block.max()) for block in read_blocks(features)),
    }
    for split, count in index["split"].value_counts().items():
        metrics[f"{split}.count"] = int(count)
    for name, count in index["class_name"].value_counts().items():
        metrics[f"class.{name}.count"] = int(count)
    examples: dict[str, list[np.ndarray]] = defaultdict(list)
    for row, name in enumerate(index["class_name"]):
        if len(examples[name]) < _EXAMPLES_A_CLASS:
            examples[name].append(features[row])
    return metrics, class_overview(examples, seconds)


def show_operations(
    files: Mapping[str, Path], manifest: Any, parameters: AudioParameters
) -> dict[str, bytes]:
    """Return the gallery: every operation, done to the first sound of the manifest."""
    from kizu.pipelines.audio.gallery import build_gallery
    from kizu.reporting.gallery import gallery_files

    sound = read_audio(files[manifest["path"][0]])
    return gallery_files(build_gallery(sound, manifest["path"][0], parameters.log_mel))


def _prepare(files: Mapping[str, bytes | Path], path: str, steps: tuple[Step, ...]) -> bytes:
    try:
        return prepare_clip(files[path], steps)
    except (KeyError, AudioDecodingError) as error:
        raise AudioDecodingError(
            f"{path} is in the manifest, but the raw file is missing or {error}. "
            "Run the stage ingest_audio again."
        ) from error
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
