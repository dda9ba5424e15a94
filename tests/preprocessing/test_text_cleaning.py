"""Steps on text before it is cut."""

import html
import re
import unicodedata

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from kizu.preprocessing.steps import apply_steps, parse_steps
from kizu.preprocessing.text_cleaning import (
    TEXT_STEPS,
    collapse_spaces,
    hexadecimals,
    lowercase,
    normalize_unicode,
    numbers,
    strip_html,
)

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("end.<br />Start", "end. Start"),
        ("end.<br>Start", "end. Start"),
        ("<p>one</p><p>two</p>", "one two"),
        ("caf&eacute; &lt; &#39;x&#39; &amp; y", "café < 'x' & y"),
        ("5 &lt; 6<br/>", "5 < 6"),
        ("a < b and x<10, y>3", "a < b and x<10, y>3"),
        ("<script>alert(1)</script>text<!-- no --><style>p{}</style>", "text"),
        ('an <a href="x">open <b>tag', "an open tag"),
        ("", ""),
    ],
)
def test_tags_become_a_space_and_entities_characters(markup, words):
    assert collapse_spaces(strip_html(markup)) == words


@given(st.lists(st.from_regex(r"[a-z]{1,6}", fullmatch=True), min_size=1, max_size=8))
def test_words_between_tags_stay_words(words):
    for tag in ("<br />", "<b>", "</p><p>", "<img src='a>b'/>"):
        assert strip_html(tag.join(words)).split() == words


MARKUP = st.recursive(
    st.from_regex(r"[a-z&;#<>éあ ]{0,8}", fullmatch=True).map(html.escape),
    lambda inner: st.builds(
        lambda tag, parts: f"<{tag} class='a>b'>{'<br />'.join(parts)}</{tag}>",
        st.sampled_from(["p", "b", "div", "H1"]),
        st.lists(inner, max_size=3),
    ),
    max_leaves=12,
)


@given(MARKUP)
def test_well_formed_markup_is_read_as_beautiful_soup_reads_it(markup):
    expected = BeautifulSoup(markup, "html.parser").get_text(" ")
    assert strip_html(markup).split() == expected.split()


@pytest.mark.parametrize("broken", ["<a ", "<!--", "<", "<![", "&", '<a href="', "</", "<script>"])
def test_broken_markup_takes_no_longer_than_its_length(broken):
    # With a search that starts anew at each of these, this test would take hours.
    assert isinstance(strip_html(broken * 300_000), str)


@given(TEXTS)
def test_without_markup_the_text_stays(text):
    plain = re.sub("[<&]", "", text)
    assert strip_html(plain) == plain


@given(TEXTS)
def test_nfkc_is_unicodes_and_stays(text):
    once = normalize_unicode(text)
    assert unicodedata.is_normalized("NFKC", once)
    assert normalize_unicode(once) == once


def test_what_looks_alike_becomes_the_same():
    assert normalize_unicode("Ｋｉｚｕ　３．５㎜ ｷｽﾞ") == "Kizu 3.5mm キズ"
    assert normalize_unicode("㎜", form="NFC") == "㎜"


def test_lowercase_is_unicodes():
    assert lowercase("ÄÖÜ Σ 傷 RPM") == "äöü σ 傷 rpm"


@pytest.mark.parametrize(
    ("text", "replaced", "digits", "removed"),
    [
        ("at 2950 rpm", "at <number> rpm", "at 0000 rpm", "at rpm"),
        ("-3.5 +1,000.25 2e-5", *("<number> <number> <number>", "-0.0 +0,000.00 0e-0", "")),
        ("x86 T4 v1.2 25mm", "x86 T4 v1.2 25mm", "x00 T0 v0.0 00mm", "x86 T4 v1.2 25mm"),
        ("(7), 8.", "(<number>), <number>.", "(0), 0.", "( ), ."),
        ("none", "none", "none", "none"),
    ],
)
def test_numbers(text, replaced, digits, removed):
    assert numbers(text, mode="replace") == replaced
    assert numbers(text, mode="digits") == digits
    assert collapse_spaces(numbers(text, mode="remove")) == removed


@given(TEXTS)
def test_digits_keep_the_length(text):
    changed = numbers(text, mode="digits")
    assert len(changed) == len(text)
    assert not re.search("[1-9]", changed)


@given(TEXTS)
def test_spaces_are_single(text):
    assert collapse_spaces(text) == " ".join(text.split())


def test_steps_are_named_in_parameters():
    steps = parse_steps(["strip_html", "lowercase", {"numbers": {"mode": "replace"}}], TEXT_STEPS)
    assert apply_steps("Take<br/>3", steps) == "take <number>"
    with pytest.raises(ValueError, match="'replace', 'digits' or 'remove'"):
        parse_steps([{"numbers": {"mode": "keep"}}], TEXT_STEPS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("iar 0x00105ea8, dear 00FF4c3a", "iar <number> , dear <number>"),
        ("mask 0xf", "mask <number>"),
        ("at 1117838570", "at <number>"),
        # Short ones and words stay.
        ("unit 0b bead facade deadbeef x0x1 12345", "unit 0b bead facade deadbeef x0x1 12345"),
    ],
)
def test_hexadecimals(text, expected):
    assert collapse_spaces(hexadecimals(text)) == expected
    assert hexadecimals(hexadecimals(text)) == hexadecimals(text)
