"""The stage `ingest_images`."""

from .pipeline import create_pipeline

__all__ = ["create_pipeline"]
