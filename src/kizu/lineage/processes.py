"""Several processes that run one stage together."""

import os


def leads() -> bool:
    """Tell whether this process is the one that writes: the first of those ``torchrun`` started."""
    return int(os.environ.get("RANK", "0")) == 0
