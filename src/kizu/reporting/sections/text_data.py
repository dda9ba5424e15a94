"""What the models of text were given: counts, lengths, frequencies, origin, what was left out."""

from collections.abc import Mapping
from typing import Any

from kizu.reporting.document import Block, Cell, Column, Picture, Pictures, Section, Table
from kizu.reporting.formatting import count, counted
from kizu.reporting.sections.parts import SPLITS, origin_blocks, rejected, split_counts


def text_data_section(
    index: Any,
    *,
    metrics: Mapping[str, float],
    tokenizer: Mapping[str, Any],
    origin: Mapping[str, str],
    rejects: Any,
    lengths: bytes,
    frequencies: bytes,
) -> Section:
    """The documents by class and split, their tokens, where they come from, and what is left out.

    Args:
        index: one row a document, with ``class_name`` and ``split``.
        metrics: of the stage `text`.
        tokenizer: its saved state: ``name``, ``versions`` and settings.
        origin: of the source: ``title``, ``address``, ``license`` and ``note``.
        rejects: one row a file, line or row that was left out, with ``file`` and ``reason``.
        lengths: PNG of the lengths of documents.
        frequencies: PNG of the frequencies of tokens.
    """
    pictures = [
        Picture.figure(lengths, alt="Histogram of the documents' lengths in tokens, by split."),
        Picture.figure(frequencies, alt="How often each token occurs, by its rank."),
    ]
    blocks: list[Block] = [
        *origin_blocks(origin),
        split_counts(index, "document"),
        _tokens(metrics, tokenizer),
        Pictures(pictures),
        rejected(rejects, "document"),
    ]
    lead = (
        f"{counted(len(index), 'document')} of {metrics['mean_length']:.1f} tokens on average. "
        "The vocabulary and all that is learned come from train."
    )
    return Section("data-text", "Data: text", lead, blocks)


def _tokens(metrics: Mapping[str, float], tokenizer: Mapping[str, Any]) -> Table:
    versions = ", ".join(f"{name} {version}" for name, version in tokenizer["versions"].items())
    rows = [
        ("tokenizer", f"{tokenizer['name']} ({versions})" if versions else tokenizer["name"]),
        ("tokens", count(int(metrics["tokens"]))),
        ("vocabulary, with <unk> and <pad>", count(int(metrics["vocabulary"]))),
        ("documents that are cut", f"{metrics['cut_share']:.1%}"),
        ("documents without a token", count(int(metrics["empty"]))),
        *(
            (f"unknown tokens in {split}", f"{metrics[f'{split}.unknown_share']:.2%}")
            for split in SPLITS
        ),
        ("tokens of the vocabulary with a word vector", f"{metrics['vectors.coverage']:.1%}"),
    ]
    return Table(
        caption="Tokens",
        columns=[Column("figure"), Column("value", numeric=True)],
        rows=[[Cell(name), Cell(value)] for name, value in rows],
    )
