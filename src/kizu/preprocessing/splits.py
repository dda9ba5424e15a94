"""Train, calibration and test: decided once, stratified, and proven disjoint."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np


class SplitError(ValueError):
    """The data cannot be split as asked, or a split leaks into another."""


def stratified_split(
    labels: Sequence[str],
    contents: Sequence[str],
    fractions: Mapping[str, float],
    seed: int,
) -> np.ndarray:
    """Assign every item to a split, so that each class is split in the given proportions.

    Items of equal content form a group, and a group is never torn apart: a model would otherwise
    be tested on what it was fitted on. Each class's groups are shuffled and the large ones taken
    first. A group goes to the split with most room for its class; where no split has room for the
    whole group, to that of the splits with some room which lags most over all classes so far.
    Without duplicates, each class's share of a split is thus rounded up or down to whole items,
    and rare classes together keep the proportions that none of them can keep alone. A group whose
    items disagree on their label counts for the label of its first item.

    Args:
        labels: the class of each of N items.
        contents: what makes two items the same, for instance a hash of the pixels; N values.
        fractions: share of each split by name; they sum to 1.
        seed: of the shuffle.

    Returns:
        The name of each item's split: an array of N strings.

    Raises:
        SplitError: a split would stay empty.
    """
    groups: dict[str, list[int]] = defaultdict(list)
    for item, content in enumerate(contents):
        groups[content].append(item)
    strata: dict[str, list[list[int]]] = defaultdict(list)
    for members in groups.values():
        strata[labels[members[0]]].append(members)

    names = list(fractions)
    share = np.array([fractions[name] for name in names])
    lag = np.zeros(len(names))  # items that each split lacks, over the classes so far
    chosen = np.empty(len(labels), dtype=np.int64)
    generator = np.random.default_rng(seed)
    for label in sorted(strata):
        stratum = strata[label]
        order = generator.permutation(len(stratum))
        room = share * sum(map(len, stratum))
        lag += room
        for members in sorted((stratum[index] for index in order), key=len, reverse=True):
            split = _choose(room, lag, len(members))
            chosen[members] = split
            room[split] -= len(members)
            lag[split] -= len(members)

    counts = np.bincount(chosen, minlength=len(names))
    empty = [name for name, count in zip(names, counts, strict=True) if count == 0]
    if empty:
        raise SplitError(
            f"{len(labels)} items with {len(groups)} different contents are too few: the split "
            f"{empty[0]!r} would stay empty at a share of {fractions[empty[0]]:g}. Add data, or "
            "raise the share."
        )
    return np.array(names)[chosen]


def _choose(room: np.ndarray, lag: np.ndarray, size: int) -> int:
    """Return the split for a group of ``size`` items; see :func:`stratified_split`."""
    # The last bits of a float must not decide.
    room, lag = room.round(6), lag.round(6)
    if room.max() >= size:
        return int(room.argmax())
    return int(np.where(room > 0, lag, -np.inf).argmax())


def check_disjoint(ids: Sequence[str], contents: Sequence[str], splits: Sequence[str]) -> None:
    """Prove that no item and no content is in two splits.

    Args:
        ids: what identifies each of N items.
        contents: what makes two items the same; N values.
        splits: the split of each item.

    Raises:
        SplitError: an id appears twice, or a content in two splits; the message names the items.
    """
    first_by_id: dict[str, int] = {}
    first_by_content: dict[str, int] = {}
    for item, (identity, content, split) in enumerate(zip(ids, contents, splits, strict=True)):
        if identity in first_by_id:
            raise SplitError(
                f"The id {identity!r} appears twice: in {splits[first_by_id[identity]]} and in "
                f"{split}."
            )
        first_by_id[identity] = item
        first = first_by_content.setdefault(content, item)
        if splits[first] != split:
            raise SplitError(
                f"{ids[first]!r} in {splits[first]} and {identity!r} in {split} have the same "
                "content: what is measured on one was learned from the other."
            )


def content_hashes(array: np.ndarray) -> list[str]:
    """Return the SHA-256 of each row of an array (N, …), in hexadecimal; reads row by row."""
    return [hashlib.sha256(np.ascontiguousarray(row).data).hexdigest() for row in array]
