"""Where downloads and unpacked archives are kept between runs."""

import os
from pathlib import Path


def cache_folder() -> Path:
    """Return the folder that ``KIZU_CACHE`` names, or the user's own cache on this system.

    What lies there can be removed at any time: it is fetched or unpacked again.
    """
    import pooch

    chosen = os.environ.get("KIZU_CACHE")
    return Path(chosen).expanduser().absolute() if chosen else Path(pooch.os_cache("kizu"))
