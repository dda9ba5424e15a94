"""``dvc``, with its log written to a file as well: ``python -m kizu.lineage.dvc_mirror LOG …``.

`kizu.lineage.dvc_command` starts it and reads the log: which stages ran, and which exceptions lie
behind a failure. DVC's own output stays on the terminal, and so does that of the stages.
"""

import json
import logging
import sys
from pathlib import Path


class Mirror(logging.Handler):
    """Appends each message as a line of JSON, with the exceptions behind it."""

    def __init__(self, path: Path) -> None:
        super().__init__(logging.INFO)
        self._file = path.open("a", encoding="utf-8", buffering=1)

    def emit(self, record: logging.LogRecord) -> None:
        causes = []
        error = record.exc_info[1] if record.exc_info else None
        while error is not None:
            causes.append([type(error).__name__, str(error)])
            error = error.__cause__
        entry = {"level": record.levelname, "message": record.getMessage(), "causes": causes}
        self._file.write(json.dumps(entry) + "\n")


def main() -> int:
    """Run DVC with the arguments behind the log's path; return its exit code."""
    from dvc.cli import main as dvc

    logging.getLogger("dvc").addHandler(Mirror(Path(sys.argv[1])))
    sys.argv = ["dvc", *sys.argv[2:]]
    return int(dvc(sys.argv[1:]))


if __name__ == "__main__":
    sys.exit(main())
