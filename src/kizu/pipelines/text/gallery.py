"""Every operation on text, shown on the data and on made-up sentences."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from kizu.pipelines.text.parameters import TextParameters
from kizu.pipelines.text.token_gallery import show_batches, show_numbers, show_tokenizers
from kizu.pipelines.text.vector_gallery import show_vectors
from kizu.preprocessing.text_cleaning import lowercase, normalize_unicode, numbers, strip_html
from kizu.preprocessing.token_steps import lemmatize, remove_stop_words
from kizu.preprocessing.tokenizers import (
    WordParameters,
    make_tokenizer,
)
from kizu.preprocessing.vocabulary import Vocabulary
from kizu.sources.sample_sentences import ENGLISH

_HTML = "A quiet film.<br /><br />The <b>ending</b> isn&#39;t good &amp; isn't short."
_LOOK_ALIKES = ("ﬁve ﬂaws in №4…", "cafe\u0301 = café", "10 µm, x² ≠ x₂")
_WIDE, _NARROW = "Ｋｉｚｕ　３．５㎜", "ｷｽﾞ"
_SAMPLED_DOCUMENTS = 2000


def show_operations(
    raw_documents: Any,
    documents: Any,
    tokens: np.ndarray,
    index: Any,
    vocabulary: dict[str, Any],
    parameters: TextParameters,
) -> dict[str, bytes]:
    """Return the files of the gallery: pictures of every operation, and their captions."""
    from kizu.reporting.gallery import gallery_files

    raw = raw_documents.head(_SAMPLED_DOCUMENTS)
    known = Vocabulary.from_json(vocabulary)
    return gallery_files(
        [
            _table(raw_documents),
            *_cleaning(raw["text"].tolist()),
            *_words(),
            *show_tokenizers(raw["text"].tolist()),
            *show_numbers(documents, tokens, index, known),
            show_batches(tokens, index, parameters.seed),
            *show_vectors(parameters.seed),
        ]
    )


def _table(raw_documents: Any) -> Any:
    from kizu.reporting.gallery import exhibit
    from kizu.reporting.text_figures import text_table

    places = np.unique(np.linspace(0, len(raw_documents) - 1, 5).astype(int))
    columns = {"id": 20, "text": 34, "label": 16, "time": 20}
    rows = [
        [_short(str(raw_documents[name].iloc[place]), most) for name, most in columns.items()]
        for place in places
    ]
    caption = (
        f"{len(raw_documents):,} documents of {raw_documents['label'].nunique()} classes, a row "
        f"each in one Parquet file; {len(rows)} of them, evenly spread."
    )
    return exhibit(
        "documents_table", "Documents as a table", caption, text_table(list(columns), rows)
    )


def _cleaning(texts: list[str]) -> Iterator[Any]:
    from kizu.reporting.gallery import exhibit
    from kizu.reporting.text_figures import before_and_after

    stripped = strip_html(_HTML)
    yield exhibit(
        "strip_html",
        "HTML tags become a space",
        f"A made-up review with {_HTML.count('<')} tags: of {len(_HTML)} characters, "
        f"{len(stripped)} are text. Entities become their characters, and no two words become one.",
        before_and_after([(_HTML, stripped)]),
    )
    pairs = [(text, normalize_unicode(text)) for text in _LOOK_ALIKES]
    lengths = [sum(map(len, side)) for side in zip(*pairs, strict=True)]
    yield exhibit(
        "normalize_unicode",
        "Unicode NFKC",
        f"What looks alike becomes the same: {lengths[0]} characters become {lengths[1]}. In "
        f"Japanese, {_WIDE} becomes {normalize_unicode(_WIDE)}, and {_NARROW} becomes "
        f"{normalize_unicode(_NARROW)}.",
        before_and_after(pairs),
    )
    samples = texts[:: max(1, len(texts) // 4)][:4]
    pairs = [(_short(text, 80), lowercase(_short(text, 80))) for text in samples]
    changed = sum(text != lowercase(text) for text in texts)
    yield exhibit(
        "lowercase",
        "Lower case",
        f"The step changes {changed:,} of the first {len(texts):,} documents.",
        before_and_after(pairs),
    )
    sample = "speed 2950 rpm, then 12400 rpm at 104.5 C on axis x2"
    yield exhibit(
        "numbers",
        "Numbers: replaced, digits only, removed",
        "Replacing makes all numbers alike, and a value out of range can no longer be seen; with "
        "digits alone, how large a number is stays. To keep numbers, the step is left out.",
        before_and_after(
            [(sample, numbers(sample, mode=mode)) for mode in ("replace", "digits", "remove")]
        ),
    )


def _words() -> Iterator[Any]:
    from kizu.reporting.gallery import exhibit
    from kizu.reporting.text_figures import tokens_in_boxes

    words = make_tokenizer(WordParameters(name="word"), [])
    sentences = list(words.tokenize(lowercase(sentence) for sentence in ENGLISH))
    sentence = sentences[4]
    kept = [
        remove_stop_words(sentence, language="en", keep_negations=keep) for keep in (True, False)
    ]
    total = sum(map(len, sentences))
    left = sum(len(remove_stop_words(each, language="en")) for each in sentences)
    yield exhibit(
        "stop_words",
        "Stop words",
        f"In {len(sentences)} made-up English sentences, {total - left} of {total} words are stop "
        "words. Negations are among them; unless they are kept, what was not seen is seen.",
        tokens_in_boxes([("all", sentence), ("no stop words", kept[0]), ("no negations", kept[1])]),
    )
    sentence = sentences[0]
    lemmas = [lemmatize(each, language="en") for each in sentences]
    changed = sum(
        word != lemma
        for before, after in zip(sentences, lemmas, strict=True)
        for word, lemma in zip(before, after, strict=True)
    )
    yield exhibit(
        "lemmas",
        "Lemmas",
        f"{changed} of {total} words of the English sentences have another dictionary form. "
        "Japanese words get theirs from the tokenizer; a language that has none is an error.",
        tokens_in_boxes([("words", sentence), ("lemmas", lemmas[0])]),
    )


def _short(text: str, most: int) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= most else one_line[: most - 1] + "…"
