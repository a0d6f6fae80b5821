"""Which worker carries out which job, whatever comes and goes."""

from hypothesis import given
from hypothesis import strategies as st

from mfvis_engine.jobs.cluster.dispatcher import Dispatcher

WORKERS = ("a", "b", "c")


class World:
    """Workers and jobs around a dispatcher: who is there, who does what, and in which order jobs began."""

    def __init__(self):
        self.dispatcher = Dispatcher(self.begin, lambda job_id: job_id not in self.ended)
        self.there, self.doing, self.began, self.ended, self.handed_in = set(), {}, [], set(), []

    def begin(self, job_id, worker):
        assert worker in self.there
        assert worker not in self.doing
        assert job_id not in self.doing.values()
        assert job_id not in self.ended
        self.doing[worker] = job_id
        self.began.append(job_id)

    def happen(self, what):
        if what == "job":
            self.handed_in.append(str(len(self.handed_in)))
            self.dispatcher.add_job(self.handed_in[-1])
        elif what.startswith("cancel"):
            self.ended.update(self.waiting()[:1])
        elif what not in self.there:
            self.there.add(what)
            self.dispatcher.add_worker(what)
        elif what in self.doing and len(self.began) % 2:
            self.ended.add(self.doing.pop(what))
            self.dispatcher.release(what)
        else:
            self.there.discard(what)
            self.doing.pop(what, None)
            self.dispatcher.remove_worker(what)

    def waiting(self):
        return [job_id for job_id in self.handed_in if job_id not in self.ended | set(self.doing.values())]


@given(st.lists(st.sampled_from(("job", "cancel", *WORKERS)), max_size=60))
def test_no_worker_stands_idle_none_has_two_jobs_and_jobs_begin_in_their_order(happenings):
    world = World()
    for what in happenings:
        world.happen(what)
        assert not (world.waiting() and world.there - set(world.doing))
    firsts = list(dict.fromkeys(world.began))
    assert firsts == sorted(firsts, key=int)
    for worker in WORKERS:
        world.happen(worker) if worker not in world.there else None
    while world.doing:
        worker = next(iter(world.doing))
        world.ended.add(world.doing.pop(worker))
        world.dispatcher.release(worker)
    assert world.ended == set(world.handed_in)


def test_the_job_of_a_worker_that_is_gone_comes_before_those_that_wait():
    world = World()
    for what in ("a", "job", "job", "job"):
        world.happen(what)
    world.there.add("b")
    world.there.discard("a")
    world.doing.pop("a")
    world.dispatcher.remove_worker("a")
    world.dispatcher.add_worker("b")
    assert world.began == ["0", "0"]
