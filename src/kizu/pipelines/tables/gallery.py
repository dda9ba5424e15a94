"""The operations on tables, shown on the table itself."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from kizu.pipelines.tables.gallery_columns import (
    distribution_figure,
    show_booleans,
    show_encodings,
    show_missing,
    show_outliers,
    show_scaling,
)
from kizu.pipelines.tables.gallery_sample import SHOWN_ROWS, Shown
from kizu.pipelines.tables.parameters import TablesParameters
from kizu.preprocessing.table_alignment import align
from kizu.preprocessing.table_plan import ColumnPlan, kept
from kizu.preprocessing.table_resampling import Resampling, resample
from kizu.preprocessing.table_schema import find_violations
from kizu.preprocessing.table_steps import encode
from kizu.reporting import table_figures as figures
from kizu.reporting.gallery import Exhibit, exhibit
from kizu.reporting.sections.parts import SPLITS

_MOST_BARS = 20


def table_gallery(
    *,
    features: Any,
    target: Any,
    index: Any,
    plans: Sequence[ColumnPlan],
    strengths: Sequence[Any],
    scores: Any,
    schema: str,
    raw_table: Any,
    parameters: TablesParameters,
) -> Iterator[Exhibit]:
    """Yield a picture of every operation, in the order in which they are done."""
    aligned, _ = align(features, plans)
    shown = Shown(
        features=features,
        target=target,
        index=index,
        plans=plans,
        strengths=strengths,
        train=(index["split"] == "train").to_numpy(),
        aligned=aligned,
        encoded=encode(aligned, plans),
        parameters=parameters,
    )
    yield _schema(raw_table, schema)
    yield _target(shown)
    yield _split(shown)
    yield _leaks(shown)
    yield _dropped(shown)
    yield from show_encodings(shown)
    yield from show_booleans(shown)
    yield from show_missing(shown)
    if shown.numbers():
        yield from show_outliers(shown)
        yield exhibit(
            "distributions",
            "Distributions, and tests of them",
            "Numbers of the training rows with the p-values of Shapiro and Wilk's test (normal) "
            "and of the chi-square test (uniform). A small p rejects.",
            distribution_figure(features[shown.train], plans),
        )
        yield from show_scaling(shown)
    yield _resampling(shown)
    yield _alignment(shown)
    yield from _baselines(scores)


def _schema(raw_table: Any, schema: str) -> Exhibit:
    table = raw_table.set_index("row_id")
    damaged = table.head(SHOWN_ROWS).astype(object)
    spoiled = damaged.columns[: SHOWN_ROWS - 1]
    for row, name in enumerate(spoiled):
        damaged.iloc[row, damaged.columns.get_loc(name)] = None if row % 2 else "!"
    numbers = table.select_dtypes("number").columns
    if len(numbers):
        damaged.iloc[-1, damaged.columns.get_loc(numbers[0])] = 1e9
    violations = find_violations(damaged, schema)[1]
    rows = [[v.column, str(v.row), v.rule, str(v.value)] for v in violations[:8]]
    return exhibit(
        "schema",
        "Enforce the schema",
        f"Values of {SHOWN_ROWS} rows were spoiled; {len(violations)} violations were found, each "
        "with column, row and rule.",
        figures.cells(["column", "row", "rule", "value"], rows, title="Violations of the schema"),
    )


def _target(shown: Shown) -> Exhibit:
    counts = Counter(shown.target.tolist())
    ordered = {name: float(count) for name, count in sorted(counts.items())}
    rarest = min(counts.values()) / len(shown.target)
    return exhibit(
        "target",
        "Target and features apart",
        f"The target {shown.parameters.target!r} has {len(counts)} classes, the rarest "
        f"{rarest:.1%} of the rows; {shown.features.shape[1]} columns are left as features.",
        figures.bars(ordered, title=f"Classes of {shown.parameters.target}", label="rows"),
    )


def _split(shown: Shown) -> Exhibit:
    sizes = shown.index.groupby(["class_name", "split"]).size()
    names = sorted(shown.index["class_name"].unique())
    totals = shown.index["split"].value_counts()
    shares = {
        name: [100 * sizes.get((name, split), 0) / totals[split] for split in SPLITS]
        for name in names[:6]
    }
    counted = ", ".join(f"{totals[split]} {split}" for split in SPLITS)
    return exhibit(
        "split",
        "Stratified split",
        f"{counted}: every class has the same share of each split.",
        figures.grouped_bars(SPLITS, shares, title="Share of each class", label="% of the split"),
    )


def _leaks(shown: Shown) -> Exhibit:
    threshold = shown.parameters.leak_strength
    strengths = {s.column: max(s.strength, 0.0) for s in shown.strengths[:_MOST_BARS]}
    leaks = [name for name, strength in strengths.items() if strength >= threshold]
    found = f"{', '.join(leaks)} determine the target" if leaks else "No column determines it"
    return exhibit(
        "leaks",
        "Leak check",
        f"{found}. The share of errors that knowing one column removes; from {threshold:g} on it "
        "is a leak.",
        figures.bars(
            strengths,
            title="How far a column alone determines the target",
            label="Goodman and Kruskal's lambda",
            limit=threshold,
            decimals=2,
        ),
    )


def _dropped(shown: Shown) -> Exhibit:
    dropped = [plan for plan in shown.plans if plan.encoding == "drop"]
    rows = [[plan.name, plan.role, plan.encoding_reason] for plan in dropped] or [["none", "", ""]]
    return exhibit(
        "drop",
        "Drop columns",
        f"{len(dropped)} of {len(shown.plans)} columns are left out: "
        + "; ".join(f"{plan.name} ({plan.encoding_reason})" for plan in dropped)
        + ".",
        figures.cells(["column", "role", "why"], rows[:_MOST_BARS], title="Columns left out"),
    )


def _resampling(shown: Shown) -> Exhibit:
    labels = shown.target.to_numpy()[shown.train]
    names = sorted(set(labels))[:6]
    methods: tuple[Resampling, ...] = ("none", "under", "over")
    counts: dict[str, list[float]] = {}
    for method in methods:
        drawn = Counter(labels[resample(labels, method, shown.parameters.seed)].tolist())
        counts[method] = [float(drawn[name]) for name in names]
    return exhibit(
        "resampling",
        "Under- and over-sampling of the training rows",
        f"Under-sampling leaves {int(sum(counts['under']))} of {len(labels)} training rows, "
        f"over-sampling makes them {int(sum(counts['over']))}. Other rows are never resampled.",
        figures.grouped_bars(names, counts, title="Training rows by class", label="rows"),
    )


def _alignment(shown: Shown) -> Exhibit:
    """Spoil the other rows' columns in every way there is, and align them."""
    used = kept(shown.plans)
    rows = shown.features[~shown.train].copy()
    rows = rows[list(reversed(rows.columns))].drop(columns=used[0].name)
    rows["comment"] = "new"
    categories = [plan.name for plan in used[1:] if plan.encoding in ("one_hot", "label")]
    for name in categories[:1]:
        rows[name] = ["never seen", *rows[name].astype(object).iloc[1:]]
    _, report = align(rows, shown.plans)
    unknown = ", ".join(f"{name}: {count}" for name, count in report.unknown.items())
    listing = [
        ["missing columns, added", ", ".join(report.added)],
        ["columns not used, dropped", ", ".join(report.dropped)],
        ["in another order", "put in order" if report.reordered else "no"],
        ["unknown values", unknown or "none"],
    ]
    return exhibit(
        "alignment",
        "New rows aligned to the training rows",
        f"Rows that lack {len(report.added)} column, have {len(report.dropped)} that are not used, "
        f"stand in another order and hold {sum(report.unknown.values())} unknown value come out "
        f"with the {len(used)} columns of training.",
        figures.cells(["found", "what was done"], listing, title="Alignment"),
    )


def _baselines(scores: Any) -> Iterator[Exhibit]:
    for model, title in (("svc", "Support vector machine"), ("boosted_trees", "Boosted trees")):
        rows = scores[scores["model"] == model]
        whole = rows[rows["variant"] == "all_steps"].iloc[0]
        plain = rows[rows["variant"] == "without_scaling"].iloc[0]
        caption = (
            f"Balanced accuracy on test rows: {whole['test_balanced_accuracy']:.3f} with all "
            f"steps, {plain['test_balanced_accuracy']:.3f} without scaling."
        )
        if model == "svc":
            apart = rows["pipeline_difference"].max()
            caption += f" One pipeline of scikit-learn decides the same, at most {apart:.0e} apart."
        yield exhibit(
            model,
            f"{title}, with and without each step",
            caption,
            figures.train_and_test(
                [name.replace("_", " ") for name in rows["variant"]],
                rows["train_balanced_accuracy"].to_numpy(),
                rows["test_balanced_accuracy"].to_numpy(),
                title=title,
                label="balanced accuracy",
            ),
        )
