"""How a worker talks to the board."""

import time

from mfvis_engine.jobs.errors import EngineUnavailableError
from mfvis_engine.jobs.wire.codec import Answer, decode_answer, encode
from mfvis_engine.jobs.wire.messages import Request
from mfvis_engine.jobs.worker.side import WorkerSide

_PAUSES_S = (0.2, 1.0, 3.0)
"""Before a message is sent again whose connection broke."""


class BoardLink:
    """Puts questions to the board from a task; each may be repeated."""

    def __init__(self, side: WorkerSide) -> None:
        self.side = side

    def ask(self, request: Request, answer_type: type[Answer]) -> Answer:
        """The board's answer.

        Raises:
            EngineUnavailableError: The connection broke, and again each time it was tried.
            EngineError: The board answers with it.
        """
        payload = encode(request)
        for pause_s in _PAUSES_S:
            try:
                return decode_answer(self.side.call(payload), answer_type)
            except OSError:
                time.sleep(pause_s)
        try:
            return decode_answer(self.side.call(payload), answer_type)
        except OSError as error:
            raise EngineUnavailableError(f"The worker lost its engine: {error}") from error
