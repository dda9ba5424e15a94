"""``python -m kizu``: the same as ``kizu``."""

from kizu.cli import main

main()
