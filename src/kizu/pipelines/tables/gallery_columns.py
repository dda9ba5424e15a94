"""The operations on columns, shown on the table itself."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from kizu.pipelines.tables.gallery_sample import MOST_PANELS, SHOWN_ROWS, Shown
from kizu.preprocessing.table_missing import count_missing, fit_medians, impute
from kizu.preprocessing.table_outliers import fences
from kizu.preprocessing.table_plan import ColumnPlan, kept, level_names
from kizu.preprocessing.table_steps import clip, fit_scale, scale
from kizu.reporting import table_figures as figures
from kizu.reporting.gallery import Exhibit, exhibit


def distribution_figure(train: Any, plans: Sequence[ColumnPlan], *, most: int = MOST_PANELS) -> Any:
    """Return the histograms of the first ``most`` columns of numbers that a model gets."""
    panels: dict[str, np.ndarray] = {}
    notes: dict[str, str] = {}
    for plan in kept(plans):
        if plan.encoding == "number" and len(panels) < most:
            panels[plan.name] = train[plan.name].to_numpy(float, na_value=np.nan)
            found = plan.distribution
            tests = (
                f"normal p {found.normal_p:.2g}\nuniform p {found.uniform_p:.2g}" if found else ""
            )
            notes[plan.name] = f"{tests}\n{plan.scaler.replace('_', '-')}".strip()
    return figures.histograms(panels, notes, title="Distributions and recommended scalers")


def show_encodings(shown: Shown) -> Iterator[Exhibit]:
    """Yield the first columns of each encoding, before and after."""
    for encoding, title in (("one_hot", "One-hot encoding"), ("label", "Label encoding")):
        chosen = [plan for plan in kept(shown.plans) if plan.encoding == encoding][:2]
        if not chosen:
            continue
        names = [plan.name for plan in chosen]
        made = [name for plan in chosen for name in level_names(plan) or [plan.name]][:6]
        rows = [
            [str(before[name]) for name in names] + [f"{after[name]:g}" for name in made]
            for (_, before), (_, after) in zip(
                shown.aligned.head(SHOWN_ROWS).iterrows(),
                shown.encoded.head(SHOWN_ROWS).iterrows(),
                strict=True,
            )
        ]
        reasons = "; ".join(f"{plan.name}: {plan.encoding_reason}" for plan in chosen)
        yield exhibit(
            encoding,
            title,
            f"{reasons[0].upper()}{reasons[1:]}.",
            figures.cells([*names, *(f"→ {name}" for name in made)], rows, title=title),
        )


def show_booleans(shown: Shown) -> Iterator[Exhibit]:
    """Yield the first booleans, before and after."""
    names = [plan.name for plan in kept(shown.plans) if plan.encoding == "zero_one"][:3]
    if not names:
        return
    rows = [
        [str(before[name]) for name in names] + [f"{after[name]:g}" for name in names]
        for (_, before), (_, after) in zip(
            shown.features.head(SHOWN_ROWS).iterrows(),
            shown.aligned.head(SHOWN_ROWS).iterrows(),
            strict=True,
        )
    ]
    means = ", ".join(f"{name} {shown.aligned[name].mean():.1%}" for name in names)
    yield exhibit(
        "booleans",
        "Booleans to 0 and 1",
        f"True is 1, false is 0, and the mean is the share that is true: {means}.",
        figures.cells([*names, *(f"→ {name}" for name in names)], rows, title="Booleans"),
    )


def show_missing(shown: Shown) -> Iterator[Exhibit]:
    """Yield the missing values by column, and what fills them."""
    counts = {
        name: float(count)
        for name, count in count_missing(shown.features[shown.train]).items()
        if count
    }
    total = int(sum(counts.values()))
    yield exhibit(
        "missing",
        "Missing values counted",
        f"{total} values of the {shown.train.sum()} training rows are missing, in {len(counts)} "
        "columns.",
        figures.bars(counts or {"none": 0.0}, title="Missing values", label="training rows"),
    )
    holes = [plan.name for plan in shown.numbers() if plan.name in counts][:3]
    if not holes:
        return
    train, rest = shown.encoded[shown.train], shown.encoded[~shown.train]
    medians = fit_medians(train[holes])
    filled = impute(rest[holes], medians)
    count = int(rest[holes].isna().to_numpy().sum())
    values = ", ".join(f"{name} {medians[name]:g}" for name in holes)
    yield exhibit(
        "imputation",
        "Median imputation",
        f"Medians of the training rows ({values}) fill {count} holes of the other rows.",
        figures.before_and_after(
            {name: (rest[name].to_numpy(), filled[name].to_numpy()) for name in holes},
            title="Rows beside the training rows",
            after="imputed",
        ),
    )


def show_outliers(shown: Shown) -> Iterator[Exhibit]:
    """Yield the outliers by column, and the columns with most of them clipped."""
    plans = [plan for plan in shown.numbers() if plan.distribution]
    columns = {plan.name: shown.encoded[plan.name][shown.train].to_numpy() for plan in plans}
    counts = {plan.name: plan.distribution.outliers for plan in plans if plan.distribution}
    if not columns:
        return
    yield exhibit(
        "outliers",
        "Outliers by the interquartile range",
        f"{sum(counts.values())} values lie more than 1.5 interquartile ranges beyond a quartile; "
        "their number is under each name.",
        figures.box_plots(columns, counts, title="Outliers of the training rows"),
    )
    worst = sorted(plans, key=lambda plan: (-counts[plan.name], plan.name))[:3]
    limits = {plan.name: fences(columns[plan.name]) for plan in worst}
    clipped = clip(shown.encoded[shown.train], limits)
    moved = sum(counts[plan.name] for plan in worst)
    yield exhibit(
        "clipping",
        "Outliers pulled to their fences",
        f"{moved} values of the {len(worst)} columns with most outliers are moved to the fences.",
        figures.before_and_after(
            {name: (columns[name], clipped[name].to_numpy()) for name in limits},
            title="Clipping",
            after="clipped",
        ),
    )


def show_scaling(shown: Shown) -> Iterator[Exhibit]:
    """Yield a column for each scaler, before and after."""
    first = {plan.scaler: plan for plan in reversed(shown.numbers()) if plan.scaler != "none"}
    if not first:
        return
    pairs, sentences = {}, []
    for scaler in sorted(first):
        plan = first[scaler]
        train = shown.encoded[shown.train][[plan.name]].dropna()
        values = train[plan.name].to_numpy()
        center, spread = fit_scale(values, plan.scaler)
        scaled = scale(train, {plan.name: (center, spread)})[plan.name].to_numpy()
        pairs[f"{plan.name}: {scaler.replace('_', '-')}"] = (values, scaled)
        sentences.append(
            f"{plan.name}: {plan.scaler_reason}; ({plan.name} - {center:.4g}) / {spread:.4g} runs "
            f"from {scaled.min():.3g} to {scaled.max():.3g}."
        )
    yield exhibit(
        "scaling",
        "Scaling: standard, min-max and robust",
        " ".join(sentences),
        figures.before_and_after(pairs, title="The scaler that suits a column", after="scaled"),
    )
