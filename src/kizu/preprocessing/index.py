"""The index of a model's input: what each of its rows is, and which split it is in."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


def item_index(
    ids: Sequence[str],
    sources: Sequence[str],
    class_names: Sequence[str],
    splits: Iterable[str],
    **further: Any,
) -> "pd.DataFrame":
    """Return the index of N items, one row each: id, source, label, class_name, split.

    Classes are numbered in the order of their names: ``label`` is int64.

    Args:
        ids: what identifies each item.
        sources: where each came from.
        class_names: the class of each.
        splits: the split of each.
        further: columns of this modality, N values each.
    """
    import pandas as pd

    numbers = {name: number for number, name in enumerate(sorted(set(class_names)))}
    return pd.DataFrame(
        {
            "id": ids,
            "source": sources,
            "label": np.array([numbers[name] for name in class_names], np.int64),
            "class_name": class_names,
            "split": list(splits),
            **further,
        }
    )
