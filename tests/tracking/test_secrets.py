import pytest

from kizu.tracking.secrets import MASK, is_secret, mask, redact


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("source.password", "hunter2"),
        ("source.password", 1234),
        ("source.db_passwd", "x"),
        ("aws.secret_access_key", "x"),
        ("aws.accessKey", "x"),
        ("api-key", "x"),
        ("credentials.user", "x"),
        ("download.hf_token", "hf_x"),
        ("Token", "x"),
    ],
)
def test_secrets_are_known_by_their_names(key: str, value: object) -> None:
    assert is_secret(key, value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("language.max_tokens", 128),
        ("classifier.class_token", True),
        ("language.tokenizer", "bpe"),
        ("language.token_dropout", "none"),
        ("gan.key", "value"),
        ("images.access", "read"),
        ("secretary", "name"),
    ],
)
def test_the_words_of_models_are_no_secrets(key: str, value: object) -> None:
    assert not is_secret(key, value)


def test_masking_hides_values_and_keeps_names() -> None:
    hidden = mask({"source.password": "hunter2", "gan.steps": 3})
    assert hidden == {"source.password": MASK, "gan.steps": 3}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kedro run --params db.password=hunter2,n=3", "kedro run --params db.password=***,n=3"),
        ("kedro run --params db.password:hunter2", "kedro run --params db.password:***"),
        ("fetch --api-key abc --all", "fetch --api-key *** --all"),
        ("no route to https://me:pw@host:5000/x", "no route to https://***@host:5000/x"),
        ("the password is wrong", "the password is wrong"),
        ("KeyError: 'steps'", "KeyError: 'steps'"),
    ],
)
def test_free_text_is_redacted(text: str, expected: str) -> None:
    assert redact(text) == expected
