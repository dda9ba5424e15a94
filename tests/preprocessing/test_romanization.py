"""Japanese in Latin letters."""

import pytest

from kizu.preprocessing.romanization import read_aloud, romanize


@pytest.mark.parametrize(
    ("katakana", "latin"),
    [
        ("オウジ", "ouji"),
        ("ジョセイ", "josei"),
        ("ガッコウ", "gakkou"),
        ("ケンシュツ", "kenshutsu"),
        ("チャワン", "chawan"),
        ("マッチ", "matchi"),
        ("キョウ", "kyou"),
        ("ファイル", "fairu"),
        ("センサー", "sensa"),
        ("キズ、", "kizu,"),
        ("abc 傷", "abc 傷"),
        ("", ""),
    ],
)
def test_hepburn(katakana, latin):
    assert romanize(katakana) == latin


def test_every_kana_has_letters():
    kana = [chr(code) for code in range(ord("ア"), ord("ン") + 1) if chr(code) not in "ヮヰヱッ"]
    assert all(romanize("キ" + character).isascii() for character in kana)


def test_words_are_read():
    words = ["姫", "は", "女性", "。", "kizu"]
    assert read_aloud(words) == ["hime", "wa", "josei", ".", "kizu"]
