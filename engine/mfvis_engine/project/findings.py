"""What looking a project over has found."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from mfvis_engine.project.values import JsonValue


class Severity(StrEnum):
    """How bad a finding is."""

    DAMAGE = "damage"
    """Something that a person did is lost, or not what was written."""
    WARNING = "warning"
    """Nothing of that is lost, but somebody should know."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a project.

    Attributes:
        severity: How bad it is.
        what: What is wrong, with the values.
        where: The file, table or frame.
        remedy: What to do.
    """

    severity: Severity
    what: str
    where: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.severity}: {self.where}: {self.what} {self.remedy}"


@dataclass(frozen=True)
class CheckReport:
    """What a check of a project found.

    Attributes:
        path: The project folder.
        frame_count: Frames whose masks were looked at.
        findings: The worst first.
    """

    path: Path
    frame_count: int
    findings: tuple[Finding, ...]

    @property
    def is_clean(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    @property
    def damages(self) -> tuple[Finding, ...]:
        """The findings by which a person's work is lost."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.DAMAGE)

    def to_json(self) -> dict[str, JsonValue]:
        """The report as plain JSON."""
        return {
            "path": str(self.path),
            "clean": self.is_clean,
            "frames": self.frame_count,
            "findings": [
                {
                    "severity": finding.severity.value,
                    "what": finding.what,
                    "where": finding.where,
                    "remedy": finding.remedy,
                }
                for finding in self.findings
            ],
        }


def reason_of(error: BaseException) -> str:
    """What a typed error was made of, else the error itself: its own message already holds a remedy."""
    return str(error.__cause__ or error).rstrip(".") + "."
