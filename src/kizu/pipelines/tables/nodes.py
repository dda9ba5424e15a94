"""Nodes of the stage `tables`."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kizu.pipelines.tables.parameters import TablesParameters

_MOST_HISTOGRAMS = 12


def check_columns(raw_table: Any, parameters: TablesParameters) -> tuple[Any, Any, Any, Any]:
    """Return the features by row id, the target, the role of each column, and its strength.

    Raises:
        TargetError: there is no target, or it has too few or too many classes.
        LeakError: a column determines the target, and the parameters refuse that.
    """
    from kizu.preprocessing.table_leaks import column_strengths, refuse_leaks
    from kizu.preprocessing.table_roles import check_names, column_roles, separate_target

    features, target = separate_target(raw_table.set_index("row_id"), parameters.target)
    check_names("drop", parameters.drop, features)
    roles = column_roles(features, parameters.levels())
    strengths = column_strengths(features, target, roles)
    if parameters.leaks == "refuse":
        refuse_leaks(strengths, parameters.leak_strength)
    return features, target, roles, strengths


def split_table(
    features: Any,
    target: Any,
    roles: Mapping[str, Any],
    strengths: Sequence[Any],
    parameters: TablesParameters,
) -> Any:
    """Return the index of the rows: id, source, label, class_name, split.

    Rows that are equal in all columns that a model gets share a split.

    Raises:
        ValueError: no column is left that a model could use.
        SplitError: a split would stay empty, or leaks into another.
    """
    import pandas as pd

    from kizu.preprocessing.index import item_index
    from kizu.preprocessing.splits import check_disjoint
    from kizu.preprocessing.table_roles import usable_columns

    used = usable_columns(roles, _left_out(strengths, parameters))
    hashes = pd.util.hash_pandas_object(features[used], index=False)
    contents = [f"{value:016x}" for value in hashes]
    names = target.tolist()
    splits = parameters.split.assign(names, contents, [""] * len(names), parameters.seed)
    check_disjoint(features.index.tolist(), contents, splits.tolist())
    sources = [identity.rpartition(":")[0] for identity in features.index]
    return item_index(features.index.tolist(), sources, names, splits.tolist())


def plan_table(
    features: Any,
    roles: Mapping[str, Any],
    strengths: Sequence[Any],
    index: Any,
    parameters: TablesParameters,
) -> tuple[Any, Any, Any]:
    """Return what is done with each column, the same for leaks if they were used, and as JSON."""
    from functools import partial

    from kizu.preprocessing.table_leaks import leak_reasons
    from kizu.preprocessing.table_plan import plan_columns

    plan = partial(
        plan_columns,
        features[(index["split"] == "train").to_numpy()],
        roles,
        ordinal=parameters.levels(),
        max_levels=parameters.max_levels,
        significance=parameters.significance,
        outlier_share=parameters.outlier_share,
    )
    leaks = leak_reasons(strengths, parameters.leak_strength)
    plans = plan(drop=_left_out(strengths, parameters))
    leaking = [] if parameters.leaks == "keep" else plan(drop=_chosen(parameters))
    by_column = {entry.column: entry for entry in strengths}
    columns = [
        entry.as_dict()
        | {
            "leak": entry.name in leaks,
            "target_strength": by_column[entry.name].strength,
            "target_strength_of": by_column[entry.name].measured_on,
        }
        for entry in plans
    ]
    return plans, [entry for entry in leaking if entry.name in leaks], columns


def _left_out(strengths: Sequence[Any], parameters: TablesParameters) -> dict[str, str]:
    """Return why a column is left out, by its name, beside those that no model could use."""
    from kizu.preprocessing.table_leaks import leak_reasons

    if parameters.leaks == "keep":
        return _chosen(parameters)
    return _chosen(parameters) | leak_reasons(strengths, parameters.leak_strength)


def _chosen(parameters: TablesParameters) -> dict[str, str]:
    return dict.fromkeys(parameters.drop, "the parameters leave it out")


def transform_table(
    features: Any, index: Any, plans: Sequence[Any], parameters: TablesParameters
) -> tuple[np.ndarray, Any, list[str], dict[str, Any]]:
    """Return the model input float32 (N, F), its fitted transform, the names of F, and alignment.

    The transform is fitted on the training rows alone.
    """
    from kizu.preprocessing.table_alignment import align
    from kizu.preprocessing.table_plan import feature_names
    from kizu.preprocessing.table_transform import build_transform

    train = (index["split"] == "train").to_numpy()
    aligned, alignment = align(features, plans)
    transform = build_transform(plans, clip_outliers=parameters.clip_outliers)
    transform.fit(aligned[train])
    inputs = transform.transform(aligned).astype(np.float32)
    return inputs, transform, feature_names(plans), alignment.as_dict()


def compare_steps(
    features: Any,
    index: Any,
    plans: Sequence[Any],
    leaks: Sequence[Any],
    parameters: TablesParameters,
) -> Any:
    """Return the scores of both classifiers with and without each step, a row each."""
    import pandas as pd

    from kizu.preprocessing.table_baselines import compare_variants, draw_rows
    from kizu.preprocessing.table_variants import make_variants

    settings = parameters.baselines
    labels = index["label"].to_numpy()
    parts = []
    for split in ("train", "test"):
        members = np.flatnonzero(index["split"] == split)
        rows = members[draw_rows(labels[members], settings.rows, parameters.seed)]
        parts.append((features.iloc[rows], labels[rows]))
    variants = make_variants(
        plans,
        leaks,
        clip_outliers=parameters.clip_outliers,
        resampling=settings.resampling,
    )
    scores = compare_variants(
        variants,
        *parts,
        tree_iterations=settings.tree_iterations,
        seed=parameters.seed,
    )
    return pd.DataFrame(scores)


def describe_table(
    raw_table: Any,
    index: Any,
    columns: Sequence[Mapping[str, Any]],
    feature_names: Sequence[str],
    alignment: Mapping[str, Any],
    scores: Any,
) -> tuple[dict[str, Any], dict[str, float]]:
    """Return what is known of the columns, and metrics."""
    metrics: dict[str, float] = {
        "rows": len(index),
        "rows_without_target": len(raw_table) - len(index),
        "columns": len(columns),
        "columns_used": sum(column["encoding"] != "drop" for column in columns),
        "features": len(feature_names),
        "leaks": sum(column["leak"] for column in columns),
        "train.missing": sum(column["missing"] for column in columns),
        "train.outliers": sum(
            column["distribution"]["outliers"] for column in columns if column["distribution"]
        ),
        "unknown_values": sum(alignment["unknown"].values()),
    }
    for split, count in index["split"].value_counts().items():
        metrics[f"{split}.count"] = int(count)
    for name, count in index["class_name"].value_counts().items():
        metrics[f"class.{name}.count"] = int(count)
    for row in scores.to_dict("records"):
        for name in row.keys() - {"model", "variant"}:
            if row[name] == row[name]:  # only one of the classifiers is compared to a pipeline
                metrics[f"{row['model']}.{row['variant']}.{name}"] = row[name]
    document = {
        "columns": list(columns),
        "features": list(feature_names),
        "alignment": dict(alignment),
    }
    return document, metrics


def draw_distributions(features: Any, index: Any, plans: Sequence[Any]) -> Any:
    """Return the histograms of the numbers of the training rows, with tests and scalers."""
    from kizu.pipelines.tables.gallery_columns import distribution_figure

    train = features[(index["split"] == "train").to_numpy()]
    return distribution_figure(train, plans, most=_MOST_HISTOGRAMS)


def show_operations(
    features: Any,
    target: Any,
    index: Any,
    plans: Sequence[Any],
    strengths: Sequence[Any],
    scores: Any,
    schema: str,
    raw_table: Any,
    parameters: TablesParameters,
) -> dict[str, bytes]:
    """Return the gallery: every operation, shown on the table itself."""
    from kizu.pipelines.tables.gallery import table_gallery
    from kizu.reporting.gallery import gallery_files

    exhibits = table_gallery(
        features=features,
        target=target,
        index=index,
        plans=plans,
        strengths=strengths,
        scores=scores,
        schema=schema,
        raw_table=raw_table,
        parameters=parameters,
    )
    return gallery_files(exhibits)
