"""The real texts, where a mirror holds them."""

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from kizu.sources.documents import collect_documents
from kizu.sources.files import SourceFile
from kizu.sources.text import TextChecks, TextColumns, TextLayout
from kizu.sources.text_sources import open_texts

MIRROR = os.environ.get("KIZU_DATA_MIRROR", "")
CHECKS = TextChecks(extensions=[".txt", ".csv"], encoding="auto", max_characters=100_000)
COLUMNS = TextColumns(text=["text"], label=None, normal=None, time=None)
LAYOUT = TextLayout(unit="line", columns=COLUMNS)  # of no consequence to a source that is known


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KIZU_CACHE", str(tmp_path))


@pytest.mark.skipif(not Path(MIRROR, "bgl_2k.csv").is_file(), reason="no mirror with BGL")
def test_bgl_is_whole_and_in_the_order_of_time():
    source, layout = open_texts("bgl", None, LAYOUT)
    found = collect_documents(source.items, layout, CHECKS, max_reject_share=0)
    labels = Counter(found.documents["label"])
    times = np.array(found.documents["time"], np.int64)
    assert len(times) == 2000
    assert (np.diff(times) >= 0).all()
    assert labels["normal"] == 2000 - 143
    assert labels["KERNDTLB"] == 60
    assert found.documents["text"][0] == "instruction cache parity error corrected"


@pytest.mark.slow
@pytest.mark.skipif(not Path(MIRROR, "aclImdb_v1.tar.gz").is_file(), reason="no mirror with IMDb")
def test_imdb_is_whole():
    source, layout = open_texts("imdb", None, LAYOUT)
    files = list(source.items)
    assert layout.unit == "file"
    assert all(isinstance(file, SourceFile) for file in files)
    assert Counter((file.split, file.label) for file in files) == {
        (split, label): 12_500 for split in ("train", "test") for label in ("positive", "negative")
    }
