import logging

import pytest

from mfvis_engine.errors import MfvisError
from mfvis_napari.messages import Kind, Message, Messages


@pytest.fixture
def messages():
    made = Messages()
    made.heard = []
    made.said.connect(made.heard.append)
    return made


def test_good_news_is_said(messages):
    messages.say("Saved.")
    assert messages.heard == [Message("Saved.", Kind.SAID)]


def test_a_refusal_is_told_in_its_own_words(messages):
    error = MfvisError("Select a track first.")
    messages.tell_error(error)
    assert messages.heard == [Message("Select a track first.", Kind.REFUSED, error)]


def test_anything_else_is_a_fault_of_the_program_and_is_logged(messages, caplog):
    error = KeyError("x")
    with caplog.at_level(logging.ERROR):
        messages.tell_error(error)
    assert messages.heard == [Message("KeyError: 'x'", Kind.FAILED, error)]
    assert caplog.records[0].exc_info[1] is error


def test_what_is_guarded_tells_what_it_raises_and_gives_what_it_returns(messages, caplog):
    def halves(number, by=2):
        return number // by

    guarded = messages.guarded(halves)
    assert guarded(6) == 3
    assert guarded(6, by=0) is None
    assert [message.kind for message in messages.heard] == [Kind.FAILED]
    assert guarded.__name__ == "halves"


def test_leaving_the_program_is_no_error(messages):
    def leave():
        raise SystemExit

    with pytest.raises(SystemExit):
        messages.guarded(leave)()
    assert messages.heard == []
