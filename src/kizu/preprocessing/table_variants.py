"""The preprocessing with one step changed: what is each step worth?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kizu.preprocessing.table_plan import MISSING_LEVEL, OTHER_LEVEL, ColumnPlan, kept
from kizu.preprocessing.table_resampling import Resampling


@dataclass(frozen=True)
class Variant:
    """A preprocessing of a table.

    Attributes:
        name: what differs from ``all_steps``.
        plans: of the columns.
        clip_outliers: whether outliers are pulled to their fences.
        resampling: of the training rows.
        complete_rows: whether rows with a missing value are left out, in place of imputation.
    """

    name: str
    plans: Sequence[ColumnPlan]
    clip_outliers: bool
    resampling: Resampling
    complete_rows: bool = False


def make_variants(
    plans: Sequence[ColumnPlan],
    leaks: Sequence[ColumnPlan],
    *,
    clip_outliers: bool,
    resampling: Resampling,
) -> list[Variant]:
    """Return the preprocessing as it is, and one variant for each step left out or changed.

    Args:
        plans: of all columns.
        leaks: plans that use the columns which determine the target, as if they did not.
        clip_outliers, resampling: of the preprocessing as it is.
    """
    whole = Variant("all_steps", plans, clip_outliers, resampling)
    by_leak = {plan.name: plan for plan in leaks}
    variants = [
        whole,
        replace(whole, name="without_scaling", plans=[_unscaled(plan) for plan in plans]),
        replace(whole, name="standard_scaling_only", plans=[_standard(plan) for plan in plans]),
        replace(whole, name="labels_for_one_hot", plans=[_labeled(plan) for plan in plans]),
        replace(whole, name="complete_rows_for_imputation", complete_rows=True),
        replace(
            whole,
            name="without_clipping" if clip_outliers else "with_clipping",
            clip_outliers=not clip_outliers,
        ),
    ]
    variants += [
        replace(whole, name=name, resampling=method)
        for name, method in _RESAMPLINGS.items()
        if method != resampling
    ]
    if leaks:
        leaking = [by_leak.get(plan.name, plan) for plan in plans]
        variants.append(replace(whole, name="with_leaks", plans=leaking))
    return variants


_RESAMPLINGS: dict[str, Resampling] = {
    "without_resampling": "none",
    "under_sampling": "under",
    "over_sampling": "over",
}


def _unscaled(plan: ColumnPlan) -> ColumnPlan:
    return replace(plan, scaler="none")


def _standard(plan: ColumnPlan) -> ColumnPlan:
    return replace(plan, scaler="standard") if plan.encoding == "number" else plan


def _labeled(plan: ColumnPlan) -> ColumnPlan:
    if plan.encoding != "one_hot":
        return plan
    levels = tuple(level for level in plan.levels if level not in (MISSING_LEVEL, OTHER_LEVEL))
    return replace(plan, encoding="label", levels=levels)


def used_columns(variant: Variant) -> list[str]:
    """Return the names of the columns that a variant gives to a model."""
    return [plan.name for plan in kept(variant.plans)]
