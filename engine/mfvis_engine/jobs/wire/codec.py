"""Messages as bytes, and errors as messages."""

from typing import TypeVar

import msgspec

from mfvis_engine.errors import MfvisError
from mfvis_engine.jobs.errors import (
    ClipError,
    EngineError,
    EngineUnavailableError,
    EngineVersionError,
    JobFailedError,
    UnknownBlobError,
    UnknownJobError,
)
from mfvis_engine.jobs.events import Event
from mfvis_engine.jobs.job import AnyJob
from mfvis_engine.jobs.wire.messages import Request

Answer = TypeVar("Answer")


class Refusal(msgspec.Struct, frozen=True):
    """An error as a message."""

    error: str
    message: str

    @classmethod
    def of(cls, error: MfvisError) -> "Refusal":
        """What is sent in the place of an answer."""
        return cls(type(error).__name__, str(error))

    def to_error(self) -> EngineError:
        """The error again; one of a kind that does not travel becomes an `EngineError`."""
        return _ERRORS.get(self.error, EngineError)(self.message)


class Reply(msgspec.Struct, frozen=True):
    """An answer, or why there is none."""

    answer: msgspec.Raw = msgspec.Raw()
    refusal: Refusal | None = None


_ERRORS: dict[str, type[EngineError]] = {
    error.__name__: error
    for error in (
        ClipError,
        EngineError,
        EngineUnavailableError,
        EngineVersionError,
        JobFailedError,
        UnknownBlobError,
        UnknownJobError,
    )
}

_encoder = msgspec.msgpack.Encoder()
_request_decoder: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
_reply_decoder = msgspec.msgpack.Decoder(Reply)
_job_decoder: msgspec.msgpack.Decoder[AnyJob] = msgspec.msgpack.Decoder(AnyJob)
_event_decoder: msgspec.msgpack.Decoder[Event] = msgspec.msgpack.Decoder(Event)


def encode(value: msgspec.Struct) -> bytes:
    """The msgpack bytes of a message."""
    return _encoder.encode(value)


def decode_request(payload: bytes) -> Request:
    """Reads what a client or worker sent.

    Raises:
        EngineError: It is none of our messages.
    """
    try:
        return _request_decoder.decode(payload)
    except (msgspec.MsgspecError, MfvisError) as error:
        raise EngineError(f"The engine was sent a message it cannot read: {error}") from error


def decode_job(record: bytes) -> AnyJob:
    """Reads a job."""
    return _job_decoder.decode(record)


def decode_event(record: bytes | msgspec.Raw) -> Event:
    """Reads an event."""
    return _event_decoder.decode(record)


def encode_answer(answer: msgspec.Struct) -> bytes:
    """The bytes of a reply that carries an answer."""
    return _encoder.encode(Reply(msgspec.Raw(_encoder.encode(answer))))


def encode_refusal(error: MfvisError) -> bytes:
    """The bytes of a reply that carries an error."""
    return _encoder.encode(Reply(msgspec.Raw(_encoder.encode(None)), Refusal.of(error)))


def decode_answer(payload: object, answer_type: type[Answer]) -> Answer:
    """Reads a reply.

    Raises:
        EngineError: It carries one, perhaps of a more special kind.
        EngineUnavailableError: It is no reply of ours.
    """
    try:
        if not isinstance(payload, bytes):
            raise msgspec.DecodeError(f"not bytes but {type(payload).__name__}")
        reply = _reply_decoder.decode(payload)
        if reply.refusal is None:
            return msgspec.msgpack.decode(reply.answer, type=answer_type)
    except msgspec.MsgspecError as error:
        raise EngineUnavailableError(
            f"What answers is no engine of this program ({error}). Check the address, or start one: mfvis engine serve"
        ) from error
    raise reply.refusal.to_error()
