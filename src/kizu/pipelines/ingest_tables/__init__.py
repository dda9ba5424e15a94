"""The stage `ingest_tables`."""

from .pipeline import create_pipeline

__all__ = ["create_pipeline"]
