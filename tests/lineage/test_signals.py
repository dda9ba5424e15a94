"""Signals that `kizu repro` and `kizu experiment run` send on."""

import subprocess
import sys

INSIDE = """
import sys
from kizu.lineage.signals import passed_on
with passed_on():
    print("psutil" in sys.modules)
"""


def test_a_handler_imports_nothing():
    """A second signal while the first one's handler imports finds half a module."""
    done = subprocess.run(
        [sys.executable, "-c", INSIDE], capture_output=True, text=True, check=True
    )
    assert done.stdout == "True\n"
