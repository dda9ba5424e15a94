"""Steps on the words of a document, after it is cut into tokens."""

import re
from functools import lru_cache, partial
from typing import Annotated

from pydantic import BeforeValidator

from kizu.preprocessing.steps import Step, parse_steps

# Words that turn a sentence around; lists of stop words hold them, and classifiers need them.
_NEGATIONS = {
    "en": re.compile(
        r"no|not|nor|never|none|nobody|nothing|neither|nowhere|cannot|without|hardly|\w*n['’]t"
    ),
    "de": re.compile(r"nicht|kein\w*|nie|niemals|ohne|nichts"),
    "fr": re.compile(r"ne|pas|non|ni|jamais|rien|aucune?|sans|plus"),
    "ja": re.compile(r"ない|なかっ|なく|ず|ぬ"),
}


class UnknownLanguageError(ValueError):
    """There is no list or dictionary for a language."""


def remove_stop_words(words: list[str], *, language: str, keep_negations: bool = True) -> list[str]:
    """Return the words without those that are frequent and say little, by ``stopwordsiso``.

    Args:
        words: of a document; compared in lower case.
        language: its ISO 639-1 code, such as ``en``.
        keep_negations: keep ``not``, ``no``, ``never`` and their like, although the lists hold
            them: without them, "not good" and "good" are the same. Known for en, de, fr and ja;
            elsewhere only False is allowed.

    Raises:
        UnknownLanguageError: there is no list for the language, or no list of its negations.
    """
    stop_words = _stop_words(language, keep_negations)
    return [word for word in words if word.lower() not in stop_words]


def lemmatize(words: list[str], *, language: str) -> list[str]:
    """Return the words in their dictionary form (``ran`` becomes ``run``), by ``simplemma``.

    A word that the dictionary lacks stays as it is. Japanese has no list of forms; its analyzers
    give the dictionary form themselves (``form: dictionary`` of the tokenizer).

    Args:
        words: of a document.
        language: its ISO 639-1 code, such as ``en``.

    Raises:
        UnknownLanguageError: there is no dictionary for the language.
    """
    _check_lemmas(language)
    return [_lemma(word, language) for word in words]


TOKEN_STEPS = {"remove_stop_words": remove_stop_words, "lemmatize": lemmatize}

TokenSteps = Annotated[
    tuple[Step, ...], BeforeValidator(partial(parse_steps, functions=TOKEN_STEPS))
]
"""A list of these steps in the parameters."""


@lru_cache(maxsize=8)
def _stop_words(language: str, keep_negations: bool) -> frozenset[str]:
    import stopwordsiso

    if not stopwordsiso.has_lang(language):
        known = ", ".join(sorted(stopwordsiso.langs()))
        raise UnknownLanguageError(f"no stop words for the language {language!r}; known: {known}")
    listed = frozenset(stopwordsiso.stopwords(language))
    if not keep_negations:
        return listed
    if language not in _NEGATIONS:
        raise UnknownLanguageError(
            f"the negations of {language!r} are not known (only those of "
            f"{', '.join(sorted(_NEGATIONS))}); set keep_negations to false"
        )
    negation = _NEGATIONS[language]
    return frozenset(word for word in listed if not negation.fullmatch(word))


@lru_cache(maxsize=8)
def _check_lemmas(language: str) -> None:
    import simplemma

    if language == "ja":
        raise UnknownLanguageError(
            "no lemmas for Japanese here: use the tokenizer janome or fugashi with form: dictionary"
        )
    try:
        simplemma.lemmatize("a", lang=language)
    except ValueError as error:
        raise UnknownLanguageError(
            f"no lemmas for the language {language!r} in simplemma ({error})"
        ) from error


@lru_cache(maxsize=2**16)
def _lemma(word: str, language: str) -> str:
    import simplemma

    return str(simplemma.lemmatize(word, lang=language))
