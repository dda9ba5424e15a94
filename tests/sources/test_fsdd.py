"""The Free Spoken Digit Dataset: what is a recording, and which are test."""

from kizu.sources.files import Reject, SourceFile
from kizu.sources.fsdd import read_recordings


def member(path: str) -> SourceFile:
    return SourceFile(path, path, "recordings", b"")


def test_digit_speaker_and_take_are_in_the_name() -> None:
    refused = Reject("recordings/x.wav", "is damaged")
    items = [
        member("recordings/7_jackson_4.wav"),
        member("free-spoken-digit-dataset-1.0.10/recordings/0_theo_49.wav"),
        refused,
        member("free-spoken-digit-dataset-1.0.10/README.md"),
        member("free-spoken-digit-dataset-1.0.10/utils/trimmer.py"),
    ]

    first, second, third = read_recordings(items)

    assert (first.id, first.path) == ("7_jackson_4", "7/7_jackson_4.wav")
    assert (first.label, first.split) == ("7", "test")
    assert (second.id, second.label, second.split) == ("0_theo_49", "0", "train")
    assert third is refused


def test_the_first_five_takes_are_test() -> None:
    items = [member(f"recordings/1_lucas_{take}.wav") for take in range(50)]

    splits = [item.split for item in read_recordings(items)]

    assert splits == ["test"] * 5 + ["train"] * 45
