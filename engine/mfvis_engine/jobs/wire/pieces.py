"""Files on their way, in pieces that are compressed where that helps."""

from collections.abc import Iterator
from pathlib import Path

from numcodecs import zstd  # type: ignore[import-untyped]

from mfvis_engine.jobs.errors import EngineError
from mfvis_engine.jobs.wire.messages import Piece

PIECE_BYTES = 2**22
_LEVEL = 1
_WORTH = 0.9
"""Of its size: a piece that stays larger when compressed is sent as it is, as those of videos are."""


def pack(data: bytes) -> Piece:
    """A piece to send."""
    packed = zstd.compress(data, _LEVEL) if data else data
    if len(packed) < _WORTH * len(data):
        return Piece(packed, len(data), packed=True)
    return Piece(data, len(data), packed=False)


def unpack(piece: Piece) -> bytes:
    """The bytes of a piece that came.

    Raises:
        EngineError: It is damaged, or of another size than it says.
    """
    if not 0 <= piece.size_bytes <= PIECE_BYTES:
        raise EngineError(f"A piece of {piece.size_bytes} bytes came, but {PIECE_BYTES} is the most")
    data = _unzipped(piece) if piece.packed else piece.sent
    if len(data) != piece.size_bytes:
        raise EngineError(f"A piece of {len(data)} bytes came that should have {piece.size_bytes}. Send it again.")
    return data


def read_piece(path: Path, offset: int) -> Piece:
    """The piece of a file that starts at `offset`; empty behind its end.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        file.seek(offset)
        return pack(file.read(PIECE_BYTES))


def offsets(size_bytes: int) -> Iterator[int]:
    """Where the pieces of a file start; an empty file has one piece, too."""
    yield from range(0, max(size_bytes, 1), PIECE_BYTES)


def _unzipped(piece: Piece) -> bytes:
    room = bytearray(piece.size_bytes)
    try:
        zstd.decompress(piece.sent, room)
    except (RuntimeError, ValueError) as error:
        raise EngineError(f"A piece of a file came damaged ({error}). Send it again.") from error
    return bytes(room)
