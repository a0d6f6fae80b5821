"""The zarr store of a project: zarr's local store with durable writes."""

import asyncio

from zarr.abc.store import ByteRequest
from zarr.core.buffer import Buffer, BufferPrototype
from zarr.storage import LocalStore

from mfvis_engine.project.files import RETRY_PAUSES_S, write_durably


class ProjectStore(LocalStore):
    """A local store whose chunks and metadata survive crashes, kills and full disks whole.

    zarr's own store replaces files too (from 3.1.3), but leaves the bytes in the system's cache, where a
    power cut can make an empty file of a replaced one. It also makes hard links for new files, which memory
    sticks and some network drives do not know.
    """

    async def set(self, key: str, value: Buffer) -> None:
        """Writes one chunk or metadata file; see `write_durably`."""
        await asyncio.to_thread(self.set_sync, key, value)

    def set_sync(self, key: str, value: Buffer) -> None:
        """Writes one chunk or metadata file; see `write_durably`."""
        self._check_writable()
        write_durably(self.root / key, value.to_bytes())

    async def set_if_not_exists(self, key: str, value: Buffer) -> None:
        """Writes a file unless it is there. Not exclusive between processes: an array has one writer."""
        if not await self.exists(key):
            await self.set(key, value)

    async def get(
        self, key: str, prototype: BufferPrototype | None = None, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """Reads a file or a range of it; None where there is none.

        Waits a moment where the system refuses because the file is just being replaced.
        """
        for pause_s in RETRY_PAUSES_S:
            try:
                return await super().get(key, prototype, byte_range)
            except PermissionError:
                await asyncio.sleep(pause_s)
        return await super().get(key, prototype, byte_range)
