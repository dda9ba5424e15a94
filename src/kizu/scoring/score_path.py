"""Scoring what lies at a path, a chunk at a time, into a folder."""

from pathlib import Path
from time import perf_counter

from tqdm import tqdm

from kizu.scoring.file_reader import FileReader
from kizu.scoring.files import count_files, find_files, may_hold
from kizu.scoring.output import output_folder
from kizu.scoring.page import score_page
from kizu.scoring.scorer import Scorer
from kizu.scoring.tally import Tally
from kizu.scoring.walk import Walk


def score_path(
    scorer: Scorer, path: Path, out: Path, *, false_discovery_rate: float | None = None
) -> Tally:
    """Score a file or a folder, and write what was found.

    Only a chunk of the data is in memory at once, beside a number for every item and detector.
    Progress is shown where there is a terminal.

    Args:
        scorer: of the data's modality.
        path: of the file or folder.
        out: see `output_folder`.
        false_discovery_rate: flag by Benjamini and Hochberg over all that is scored here, so that
            of the flagged items this share is normal; None flags each item by itself, at the
            model's false-positive rate.

    Raises:
        ScoringError: there is nothing at the path, or the output cannot be written.
    """
    started = perf_counter()
    files = find_files(path)
    total = count_files(path) if isinstance(scorer.reader, FileReader) else None
    with output_folder(out, path) as output:
        walk = Walk(scorer, output, false_discovery_rate)
        with tqdm(total=total, unit=scorer.reader.noun, disable=None) as bar:
            for found in scorer.reader.read(files):
                bar.update(walk.take(found))
        found_in_all = walk.finish()
        walk.tally.other_modality = not walk.tally.scored and not may_hold(
            path, scorer.card.modality
        )
        output.finish_page(score_page(walk.tally, scorer, found_in_all))
        walk.tally.seconds = perf_counter() - started
        output.finish_summary(walk.tally.as_dict())
    return walk.tally
