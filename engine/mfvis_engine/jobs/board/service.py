"""Answers the messages of clients and workers for a board."""

import msgspec

from mfvis_engine.errors import MfvisError
from mfvis_engine.jobs.board.board import Board
from mfvis_engine.jobs.board.file_service import FileService
from mfvis_engine.jobs.errors import EngineError
from mfvis_engine.jobs.job import clips_of
from mfvis_engine.jobs.wire import codec, messages
from mfvis_engine.jobs.wire.messages import Noted, Request, Version

LONGEST_WAIT_S = 30.0
BATCH_BYTES = 2**22


class Service:
    """The board's counter: one message in, one out."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._files = FileService(board)

    async def handle(self, payload: bytes) -> bytes:
        """Answers a message; an error is an answer, too."""
        try:
            return codec.encode_answer(await self._answer(codec.decode_request(payload)))
        except MfvisError as error:
            return codec.encode_refusal(error)
        except OSError as error:
            return codec.encode_refusal(EngineError(f"The engine's system refuses: {error}"))

    async def _answer(self, request: Request) -> msgspec.Struct:
        match request:
            case messages.Hello():
                return messages.Welcome(Version.own(), self._board.engine_id)
            case messages.Begin() | messages.Tell() | messages.AskOrders() | messages.Conclude():
                return self._answer_worker(request)
            case messages.Submit():
                return await self._submit(request)
            case (
                messages.ListJobs()
                | messages.AskJob()
                | messages.AskEvents()
                | messages.SetWish()
                | messages.SetFocus()
            ):
                return await self._answer_client(request)
            case _:
                return await self._files.answer(request)

    def _answer_worker(
        self, request: messages.Begin | messages.Tell | messages.AskOrders | messages.Conclude
    ) -> msgspec.Struct:
        match request:
            case messages.Begin():
                return self._board.begin(request)
            case messages.Tell(job_id, attempt, number, event):
                return self._board.tell(job_id, attempt, number, event)
            case messages.AskOrders(job_id, attempt):
                return self._board.orders(job_id, attempt)
            case messages.Conclude(job_id, attempt, ending):
                self._board.conclude(job_id, attempt, ending)
                return Noted()

    async def _answer_client(
        self,
        request: messages.ListJobs | messages.AskJob | messages.AskEvents | messages.SetWish | messages.SetFocus,
    ) -> msgspec.Struct:
        match request:
            case messages.ListJobs():
                return messages.JobList(self._board.infos(), self._board.worker_count)
            case messages.AskJob(job_id, wait_s):
                record = self._board.record(job_id)
                await record.wait_until_ended(min(wait_s, LONGEST_WAIT_S))
                return record.info()
            case messages.AskEvents():
                return await self._events(request)
            case messages.SetWish(job_id, wish):
                self._board.set_wish(job_id, wish)
            case messages.SetFocus(job_id, frame_index):
                self._board.record(job_id).focus_frame = frame_index
        return Noted()

    async def _events(self, request: messages.AskEvents) -> messages.EventBatch:
        record = self._board.record(request.job_id)
        after = max(request.after, 0)
        await record.wait_until_told(after, min(request.wait_s, LONGEST_WAIT_S))
        batch = record.journal.read(after, BATCH_BYTES)
        ended = record.state.ended and after + len(batch) >= len(record.journal)
        return messages.EventBatch(tuple(map(msgspec.Raw, batch)), ended)

    async def _submit(self, request: messages.Submit) -> messages.Submitted:
        missing = () if self._board.has(request.job_id) else await self._files.missing(clips_of(request.job))
        if not missing:
            self._board.submit(request.job_id, request.job)
        return messages.Submitted(not missing, missing)
