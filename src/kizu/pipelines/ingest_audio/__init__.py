"""The stage `ingest_audio`."""

from .pipeline import create_pipeline

__all__ = ["create_pipeline"]
