"""Word vectors, shown on made-up sentences in which relations between words are known."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from kizu.preprocessing.gensim_vectors import train_vectors
from kizu.preprocessing.tokenizers import FugashiParameters, make_tokenizer
from kizu.preprocessing.word_vectors import WordVectors, nearest
from kizu.sources.sample_sentences import relation_sentences

_PEOPLE = ("姫", "王子", "女性", "男性", "少女", "少年")
_PAIRS = ((2, 0), (3, 1))  # from the adult to the royal child, of either sex
_UNSEEN = "女性たち"


def show_vectors(seed: int) -> Iterator[Any]:
    """Yield exhibits of word2vec, fastText, analogies and nearest neighbors."""
    from kizu.preprocessing.romanization import read_aloud
    from kizu.reporting.gallery import exhibit
    from kizu.reporting.token_figures import similarity_bars, word_map

    sentences = relation_sentences()
    tokenizer = make_tokenizer(FugashiParameters(name="fugashi", form="surface"), [])
    cut = list(tokenizer.tokenize(sentences))
    word2vec, fasttext = (_learn(cut, method, seed) for method in ("word2vec", "fasttext"))

    def bars(*questions: tuple[str, list[tuple[str, float]]]) -> Any:
        named = []
        for title, answers in questions:
            words = read_aloud([word for word, _ in answers])
            named.append((title, list(zip(words, (value for _, value in answers), strict=True))))
        return similarity_bars(named)

    yield exhibit(
        "word2vec",
        "Word vectors: word2vec",
        "Six words on the first two principal components of their vectors, learned by gensim "
        f"from {len(sentences)} made-up sentences: {'、'.join(_PEOPLE)}. The arrows lead from 女性 "
        f"to 姫 and from 男性 to 王子; in all {word2vec.vectors.shape[1]} dimensions, the cosine "
        f"between them is {_cosine(word2vec, _PAIRS):.2f}.",
        word_map(_plane(word2vec), read_aloud(list(_PEOPLE)), _PAIRS),
    )
    answers = nearest(word2vec, ["姫", "男性"], ["女性"], count=6)
    more = nearest(word2vec, ["少年", "女性"], ["男性"], count=6)
    yield exhibit(
        "analogy",
        "Analogies",
        f"姫 - 女性 + 男性 gives {answers[0][0]} ({answers[0][1]:.2f}), and 少年 - 男性 + 女性 "
        f"gives {more[0][0]} ({more[0][1]:.2f}). The sentences were made to hold this relation.",
        bars(("hime - josei + dansei", answers), ("shounen - dansei + josei", more)),
    )
    yield exhibit(
        "neighbors",
        "Nearest neighbors",
        f"The words most similar to 姫: {_listed(nearest(word2vec, ['姫'], count=3))}; and to 城: "
        f"{_listed(nearest(word2vec, ['城'], count=3))}.",
        bars(
            ("nearest to hime", nearest(word2vec, ["姫"], count=6)),
            ("nearest to shiro", nearest(word2vec, ["城"], count=6)),
        ),
    )
    unseen = nearest(fasttext, [_UNSEEN], count=6)
    solved = nearest(fasttext, ["姫", "男性"], ["女性"], count=6)
    yield exhibit(
        "fasttext",
        "Word vectors: fastText",
        f"FastText learns character n-grams too: {_UNSEEN}, which no sentence has, gets a vector, "
        f"nearest to {unseen[0][0]} ({unseen[0][1]:.2f}); word2vec has none for it. Its answer to "
        f"姫 - 女性 + 男性 is {solved[0][0]} ({solved[0][1]:.2f}).",
        bars(("nearest to joseitachi (unseen)", unseen), ("hime - josei + dansei", solved)),
    )


def _learn(sentences: list[list[str]], method: Any, seed: int) -> WordVectors:
    return train_vectors(
        sentences,
        method=method,
        dimension=32,
        window=5,
        min_frequency=1,
        epochs=100,
        seed=seed,
        buckets=2000,
    )


def _plane(vectors: WordVectors) -> np.ndarray:
    """Return the people's first two principal components, (6, 2), signs fixed."""
    chosen = np.array([vectors.vector(word) for word in _PEOPLE], np.float64)
    centered = chosen - chosen.mean(axis=0)
    axes = np.linalg.svd(centered, full_matrices=False)[2][:2]
    # An axis has no sign of its own: the first word lies on the positive side.
    places: np.ndarray = centered @ axes.T
    return places * np.where(places[0] < 0, -1, 1)


def _cosine(vectors: WordVectors, pairs: tuple[tuple[int, int], ...]) -> float:
    first, second = (
        vectors.vector(_PEOPLE[end]) - vectors.vector(_PEOPLE[start]) for start, end in pairs
    )
    return float(first @ second / np.linalg.norm(first) / np.linalg.norm(second))


def _listed(answers: list[tuple[str, float]]) -> str:
    return ", ".join(f"{word} ({similarity:.2f})" for word, similarity in answers)
