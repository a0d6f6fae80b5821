"""The one row of `meta`: how far the log has been done, what is half done, and the digests of the tables."""

import json
import sqlite3
import zlib
from dataclasses import dataclass, replace

from mfvis_engine.project.rows import DIGEST_RANGE, TABLES, Table
from mfvis_engine.project.schema import SCHEMA_VERSION

_COLUMNS = (
    "format_version",
    "position",
    "last_log_id",
    "pending_log_id",
    *(f"{table.name}_digest" for table in TABLES),
)


@dataclass(frozen=True)
class Meta:
    """Where a project stands.

    Attributes:
        position: The last change that is done, as its id in the log; 0 before all of them. Later ones are undone.
        last_log_id: The highest id that was ever given.
        pending_log_id: The change whose pixels are being written, done or undone; None where none is.
        digests: Of `TABLES`, in their order; see `rows.digest_of`.
        crc: What the row says of itself.
    """

    position: int = 0
    last_log_id: int = 0
    pending_log_id: int | None = None
    digests: tuple[int, ...] = (0,) * len(TABLES)
    crc: int = 0

    @classmethod
    def read(cls, connection: sqlite3.Connection) -> "Meta":
        """Reads the row; raises sqlite3.Error or TypeError where there is none."""
        row = connection.execute(f"SELECT {', '.join(_COLUMNS)}, crc FROM meta").fetchone()
        _, position, last_log_id, pending_log_id, *digests, crc = row
        return cls(position, last_log_id, pending_log_id, tuple(digest % DIGEST_RANGE for digest in digests), crc)

    def write(self, connection: sqlite3.Connection) -> None:
        """Puts this in the place of the row."""
        places = ", ".join("?" for _ in _COLUMNS)
        connection.execute("DELETE FROM meta")
        connection.execute(f"INSERT INTO meta VALUES ({places}, ?)", (*self._row(), self.true_crc))

    @property
    def true_crc(self) -> int:
        """What `crc` must be: CRC-32 of the other columns as a JSON array without spaces."""
        return zlib.crc32(json.dumps(self._row(), separators=(",", ":")).encode("ascii"))

    def digest(self, table: Table) -> int:
        """The digest of a table's rows."""
        return self.digests[TABLES.index(table)]

    def with_digest_moved(self, table: Table, by: int) -> "Meta":
        """With something added to the digest of a table."""
        digests = list(self.digests)
        digests[TABLES.index(table)] = (self.digest(table) + by) % DIGEST_RANGE
        return replace(self, digests=tuple(digests))

    def _row(self) -> tuple[int | None, ...]:
        return SCHEMA_VERSION, self.position, self.last_log_id, self.pending_log_id, *map(_signed, self.digests)


def _signed(digest: int) -> int:
    """SQLite's integers are signed."""
    return digest - DIGEST_RANGE if digest >= DIGEST_RANGE // 2 else digest
