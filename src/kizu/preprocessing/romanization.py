"""Japanese in Latin letters, for figures whose font has no Japanese ones."""

_VOWELS = "aiueo"
_ROWS = {
    "": "アイウエオ",
    "k": "カキクケコ",
    "s": "サシスセソ",
    "t": "タチツテト",
    "n": "ナニヌネノ",
    "h": "ハヒフヘホ",
    "m": "マミムメモ",
    "r": "ラリルレロ",
    "g": "ガギグゲゴ",
    "z": "ザジズゼゾ",
    "d": "ダヂヅデド",
    "b": "バビブベボ",
    "p": "パピプペポ",
}
_HEPBURN = {
    kana: consonant + vowel
    for consonant, row in _ROWS.items()
    for kana, vowel in zip(row, _VOWELS, strict=True)
} | dict(
    zip(
        "シチツフジヂヅヤユヨワヲンー",
        ("shi", "chi", "tsu", "fu", "ji", "ji", "zu", "ya", "yu", "yo", "wa", "o", "n", ""),
        strict=True,
    )
)
_SMALL_Y = {"ャ": "a", "ュ": "u", "ョ": "o"}
_SMALL_VOWELS = dict(zip("ァィゥェォ", _VOWELS, strict=True))
_DOUBLING = "ッ"
_MARKS = {"、": ",", "。": ".", "「": '"', "」": '"', "・": " ", "？": "?", "！": "!"}
_SH = ("sh", "ch", "j")
# Particles, whose sound is not that of their letter.
_PARTICLES = {"は": "wa", "へ": "e"}


def romanize(katakana: str) -> str:
    """Return katakana in Hepburn's romanization, long vowels unmarked: ``オウジ`` is ``ouji``.

    Japanese punctuation becomes Latin; every other character stays as it is.
    """
    latin = ""
    doubled = False
    for kana in katakana:
        if kana == _DOUBLING:
            doubled = True
            continue
        if kana in _SMALL_Y and latin.endswith("i"):
            stem = latin[:-1]
            latin = stem + ("" if stem.endswith(_SH) else "y") + _SMALL_Y[kana]
            continue
        if kana in _SMALL_VOWELS and latin:
            latin = latin[:-1] + _SMALL_VOWELS[kana]
            continue
        syllable = _HEPBURN.get(kana, _MARKS.get(kana, kana))
        if doubled and syllable[:1].isalpha():
            syllable = ("t" if syllable.startswith("ch") else syllable[0]) + syllable
        doubled = False
        latin += syllable
    return latin


def read_aloud(words: list[str]) -> list[str]:
    """Return Japanese words romanized, as fugashi reads each by itself; other words as they are."""
    import unidic_lite
    from fugashi import Tagger

    tagger = Tagger(f'-r "{unidic_lite.DICDIR}/mecabrc" -d "{unidic_lite.DICDIR}"')
    return [
        _PARTICLES.get(word)
        or "".join(romanize(token.feature.kana or token.surface) for token in tagger(word))
        for word in words
    ]
