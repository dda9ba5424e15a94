"""Train, calibration and test: decided once, stratified, and proven disjoint."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from kizu.preprocessing.blocks import read_blocks

EXCLUDED = "excluded"


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


def official_split(
    labels: Sequence[str],
    contents: Sequence[str],
    source_splits: Sequence[str],
    fractions: Mapping[str, float],
    seed: int,
) -> np.ndarray:
    """Keep the test split that comes with a source, and divide the rest into the other splits.

    The rest is divided by :func:`stratified_split`, in proportion to the shares of the other
    splits; the share of ``test`` does not matter. An item of the rest whose content is also in the
    source's test split would leak into it. The test split stays what everybody else measures on,
    so that item is ``excluded``: it keeps its row in the index, where the report counts it, and no
    model sees it.

    Args:
        labels: the class of each of N items.
        contents: what makes two items the same; N values.
        source_splits: the source's own split of each item: ``test``, or else ``train`` or empty.
        fractions: share of each split by name, ``test`` among them.
        seed: of the shuffle.

    Returns:
        The name of each item's split: an array of N strings.

    Raises:
        SplitError: the source has no test split, or one of another name; or a split would stay
            empty.
    """
    own = np.array(source_splits)
    unknown = sorted(set(own.tolist()) - {"train", "test", ""})
    if unknown:
        raise SplitError(f"The source has the split {unknown[0]!r}; 'train' and 'test' are known.")
    tested = own == "test"
    if not tested.any():
        raise SplitError(
            "split.official is true, but the source has no test split of its own. Set it to false."
        )
    in_test = {contents[item] for item in np.flatnonzero(tested).tolist()}
    leaks = np.array([content in in_test for content in contents]) & ~tested
    splits = np.where(tested, "test", EXCLUDED).astype(object)
    rest = np.flatnonzero(~tested & ~leaks).tolist()
    shares = {name: share for name, share in fractions.items() if name != "test"}
    total = sum(shares.values())
    splits[rest] = stratified_split(
        [labels[item] for item in rest],
        [contents[item] for item in rest],
        {name: share / total for name, share in shares.items()},
        seed,
    )
    return splits.astype(str)


def _choose(room: np.ndarray, lag: np.ndarray, size: int) -> int:
    """Return the split for a group of ``size`` items; see :func:`stratified_split`."""
    # The last bits of a float must not decide.
    room, lag = room.round(6), lag.round(6)
    if room.max() >= size:
        return int(room.argmax())
    return int(np.where(room > 0, lag, -np.inf).argmax())


def check_disjoint(ids: Sequence[str], contents: Sequence[str], splits: Sequence[str]) -> None:
    """Prove that no item and no content is in two splits; ``excluded`` is none.

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
        if split == EXCLUDED:
            continue
        first = first_by_content.setdefault(content, item)
        if splits[first] != split:
            raise SplitError(
                f"{ids[first]!r} in {splits[first]} and {identity!r} in {split} have the same "
                "content: what is measured on one was learned from the other."
            )


def content_hashes(array: np.ndarray) -> list[str]:
    """Return the SHA-256 of each row of an array (N, …), in hexadecimal; it is read in blocks."""
    return [
        hashlib.sha256(np.ascontiguousarray(row).data).hexdigest()
        for block in read_blocks(array)
        for row in block
    ]
