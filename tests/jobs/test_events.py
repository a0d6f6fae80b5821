import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mfvis_engine.jobs import events
from mfvis_engine.jobs.events import Event, JobState, Stage, state_after
from tests.jobs.strategies import any_event

STATES = st.sampled_from(JobState)


@given(any_event)
@settings(max_examples=100)
def test_an_event_survives_the_wire(event):
    there = msgspec.msgpack.decode(msgspec.msgpack.encode(event), type=Event)
    assert there == event
    assert type(there) is type(event)


def test_losses_of_an_older_engine_have_no_masks():
    assert msgspec.json.decode(
        b'{"projection":1,"pairwise":2,"temporal":3,"outside":4,"teacher":5}', type=events.Losses
    ) == events.Losses(1, 2, 3, 4, 5, 0)


@pytest.mark.parametrize(
    ("event", "state"),
    [
        (events.Queued(), JobState.QUEUED),
        (events.Started(attempt=1, device="cpu"), JobState.RUNNING),
        (events.Paused(), JobState.PAUSED),
        (events.Resumed(), JobState.RUNNING),
        (events.Finished(), JobState.FINISHED),
        (events.Failed("no room"), JobState.FAILED),
        (events.Cancelled(), JobState.CANCELLED),
    ],
)
@given(before=STATES)
def test_some_events_change_where_a_job_stands(event, state, before):
    assert state_after(event, before) is state


@pytest.mark.parametrize("event", [events.Progress(stage=Stage.READING, fraction_done=0.0), events.Warned("slow")])
@given(before=STATES)
def test_others_leave_it_there(event, before):
    assert state_after(event, before) is before


def test_three_states_are_the_end():
    assert {state for state in JobState if state.ended} == {JobState.FINISHED, JobState.FAILED, JobState.CANCELLED}
