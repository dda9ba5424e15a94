"""Lets the modules of cases in this folder import :mod:`case`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
