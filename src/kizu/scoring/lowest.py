"""The few most anomalous items of many, kept while they go by."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass
class Kept(Generic[Item]):
    """An item that was kept.

    Attributes:
        p_value: it was kept for being so low.
        item: made when it was.
        alike: how many others were the same.
    """

    p_value: float
    item: Item
    alike: int = 0


class Lowest(Generic[Item]):
    """Keeps the items of the lowest p-values; of equal ones, those that came first.

    Args:
        count: of items, at most.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._met = 0
        self._heap: list[tuple[float, int, Hashable]] = []
        self._kept: dict[Hashable, Kept[Item]] = {}

    def offer(self, p_value: float, content: Hashable, make: Callable[[], Item]) -> None:
        """Keep an item if it is among the lowest so far.

        Args:
            p_value: of the item.
            content: items of equal content and p-value are one, and counted.
            make: returns the item; called only if it is kept.
        """
        key = (p_value, content)
        if key in self._kept:
            self._kept[key].alike += 1
            return
        self._met += 1
        if len(self._heap) == self._count:
            if p_value >= -self._heap[0][0]:
                return
            _, _, worst = heappop(self._heap)
            del self._kept[worst]
        heappush(self._heap, (-p_value, -self._met, key))
        self._kept[key] = Kept(p_value, make())

    def found(self, highest: float = 1.0) -> list[Kept[Item]]:
        """Return what was kept, the lowest first.

        Args:
            highest: p-value; what is beyond it is left out.
        """
        ordered = [self._kept[key] for _, _, key in sorted(self._heap, reverse=True)]
        return [kept for kept in ordered if kept.p_value <= highest]
