"""Steps on words."""

import pytest
import stopwordsiso

from kizu.preprocessing.token_steps import UnknownLanguageError, lemmatize, remove_stop_words


def test_stop_words_go_and_negations_stay():
    words = ["This", "is", "not", "the", "scratch", "I", "didn't", "see"]
    assert remove_stop_words(words, language="en") == ["not", "scratch", "didn't"]
    assert remove_stop_words(words, language="en", keep_negations=False) == ["scratch"]


@pytest.mark.parametrize("language", ["en", "de", "fr", "ja"])
def test_only_negations_stay(language):
    listed = sorted(stopwordsiso.stopwords(language))
    assert remove_stop_words(listed, language=language, keep_negations=False) == []
    assert 0 < len(remove_stop_words(listed, language=language)) < 0.1 * len(listed)


def test_an_unknown_language_is_named():
    with pytest.raises(UnknownLanguageError, match=r"'xx'; known: af, ar"):
        remove_stop_words(["a"], language="xx")
    with pytest.raises(UnknownLanguageError, match="set keep_negations to false"):
        remove_stop_words(["a"], language="es")
    assert remove_stop_words(["perro", "el"], language="es", keep_negations=False) == ["perro"]


def test_words_become_their_dictionary_form():
    assert lemmatize(["ran", "mice", "kizu"], language="en") == ["run", "mouse", "kizu"]
    assert lemmatize(["Häuser"], language="de") == ["Haus"]


def test_a_language_without_lemmas_says_what_to_do():
    with pytest.raises(UnknownLanguageError, match="form: dictionary"):
        lemmatize(["姫"], language="ja")
    with pytest.raises(UnknownLanguageError, match="'zz' in simplemma"):
        lemmatize(["a"], language="zz")
