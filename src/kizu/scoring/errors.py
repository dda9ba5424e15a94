"""What can keep new data from being scored."""


class ScoringError(ValueError):
    """New data cannot be scored at all; a single file or row that cannot be is listed instead.

    Attributes:
        message: what is wrong.
        way_out: what to do about it.
    """

    def __init__(self, message: str, way_out: str) -> None:
        super().__init__(f"{message} {way_out}")
        self.message = message
        self.way_out = way_out


class ModelVersionError(ScoringError):
    """A model was saved by another version of this package."""
