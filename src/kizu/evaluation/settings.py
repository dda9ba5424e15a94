"""Parameters of the metrics. Free of torch: stages validate them before anything heavy loads."""

from typing import Self

from pydantic import Field

from kizu.parameters import Parameters


class FidelityParameters(Parameters):
    """How generated samples are measured; the defaults are the papers'."""

    neighbors: int = Field(
        default=5, gt=0, description="k of precision, recall, density and coverage."
    )
    kernel_subset_count: int = Field(
        default=100, gt=0, description="Random subsets that the kernel distance averages."
    )
    kernel_subset_size: int = Field(
        default=1000, gt=1, description="Samples of either set in a subset."
    )
    inception_splits: int = Field(
        default=10, gt=0, description="Splits that the inception score averages."
    )
    seed: int = Field(default=0, ge=0, description="Seed of subsets and splits.")

    def in_subsets_of_at_most(self, count: int) -> Self:
        """The same, with subsets for the kernel distance that so few samples fill."""
        smaller = min(self.kernel_subset_size, count)
        return self.model_copy(update={"kernel_subset_size": smaller})
