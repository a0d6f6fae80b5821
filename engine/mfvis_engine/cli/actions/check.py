"""The report of a check as a file."""

import json
from pathlib import Path

from mfvis_engine.project import CheckReport
from mfvis_engine.project.files import write_durably


def write_report(path: Path, report: CheckReport) -> None:
    """Writes a report as JSON.

    Raises:
        OSError: The file cannot be written.
    """
    write_durably(path, (json.dumps(report.to_json(), ensure_ascii=False, indent=1) + "\n").encode("utf-8"))
