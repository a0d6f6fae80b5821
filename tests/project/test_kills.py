"""A process that is killed at any moment leaves what it had done; what it was just doing is done or never was."""

import multiprocessing
import random
import threading
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from mfvis_engine.annotation import Annotations, Track
from mfvis_engine.annotation.verbs import ReplaceAnnotations
from mfvis_engine.project import Project, backup_project, check_project

from .conftest import write_pictures
from .killed_writer import work_until_killed
from .model import Model, do_at_random, state_of

LENGTH, HEIGHT, WIDTH = 5, 6, 8
HAS_FORKSERVER = "forkserver" in multiprocessing.get_all_start_methods()
ROUNDS, KILLS_A_ROUND = (4, 55) if HAS_FORKSERVER else (1, 12)
"""Over 200; fewer where every process has to import everything anew."""


@pytest.fixture(scope="module")
def processes():
    """Starts processes out of one that has imported everything, where the system can do that."""
    if not HAS_FORKSERVER:
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["mfvis_engine.project", "mfvis_engine.annotation.verbs"])
    return context


def new_project(folder: Path) -> tuple[Path, str, Model]:
    """A project with two tracks and a run for both; its path, the run, and its model."""
    clip = write_pictures(folder / "clip", LENGTH, (HEIGHT, WIDTH))
    with Project.create(folder / "walk", clip) as project:
        model = Model(project)
        for one in (project, model):
            one.do(ReplaceAnnotations(Annotations((Track(1, "cell"), Track(2, "cell")))))
        return project.path, new_run(project, model), model


def new_run(project: Project, model: Model) -> str:
    """Makes a run for the tracks as they are now: those of an earlier one may have become others."""
    track_ids = project.annotations().track_ids or (1,)
    writer = project.create_run({}, track_ids)
    for frame_index in range(LENGTH):
        label = track_ids[frame_index % len(track_ids)]
        writer.write_frame(frame_index, np.full((HEIGHT, WIDTH), label), [0.5] * len(track_ids))
    writer.finish()
    model.note_run(writer.run_id)
    return writer.run_id


def killed_at_work(processes, path: Path, seed: int, run_id: str, chance: random.Random) -> int:
    """Lets a process work for a moment, kills it, and returns how many things it had told to be done."""
    hears, tells = processes.Pipe(duplex=False)
    process = processes.Process(target=work_until_killed, args=(path, seed, run_id, tells), daemon=True)
    process.start()
    tells.close()
    if chance.random() < 0.9:  # else it may be killed while it opens the project, and repairs it
        hears.poll(60)
    time.sleep(chance.random() * 0.1)
    process.kill()
    process.join()
    done = 0
    with suppress(EOFError, OSError):
        while hears.poll(0):
            done = hears.recv()
    hears.close()
    process.close()
    return done


@pytest.mark.slow
@pytest.mark.parametrize("round_index", range(ROUNDS))
def test_whenever_a_process_is_killed_what_it_did_is_there(processes, memory_path, round_index):
    path, run_id, model = new_project(memory_path)
    chance = random.Random(round_index)
    told = 0
    for kill in range(KILLS_A_ROUND):
        seed = 1000 * round_index + kill
        done = killed_at_work(processes, path, seed, run_id, chance)
        with Project.open(path) as project:
            found = state_of(project), sum(not entry.undone for entry in project.log())
            np.testing.assert_array_equal(project.masks[:], [project.read_masks(t) for t in range(LENGTH)])
        report = check_project(path)
        assert report.is_clean, report.findings
        same = random.Random(seed)
        for _ in range(done):
            do_at_random(same, model, run_id)
        if found != (model.state, model.position):
            do_at_random(same, model, run_id)  # which it was doing
        assert found == (model.state, model.position), f"kill {kill}, {done} things done"
        told += done
        with Project.open(path) as project:
            project.delete_run(run_id)  # or checking them all would take most of the time
            run_id = new_run(project, model)
    assert told > KILLS_A_ROUND  # it did get to work
    assert model.position > 0


@pytest.mark.parametrize("seed", range(2))
def test_backups_of_a_project_that_is_being_written_are_states_it_was_in(tmp_path, seed):
    """A person works without pause, undoing much, in another thread; every copy is one moment of it."""
    path, run_id, model = new_project(tmp_path)
    held = [model.state]
    stop = threading.Event()

    def work() -> None:
        chance, same = random.Random(seed), random.Random(seed)
        with Project.open(path) as project:
            while not stop.is_set():
                do_at_random(chance, project, run_id)
                do_at_random(same, model, run_id)
                held.append(model.state)

    writer = threading.Thread(target=work)
    writer.start()
    copies = []
    try:
        while len(copies) < 6 and writer.is_alive():
            copies.append(tmp_path / "copies" / f"{len(copies)}.mfvis")
            assert backup_project(path, copies[-1]).is_clean
    finally:
        stop.set()
        writer.join()
    states = []
    for copy in copies:
        assert check_project(copy).is_clean
        with Project.open(copy) as project:
            assert project.repairs == ()
            states.append(held.index(state_of(project)))
            assert project.run(run_id).info.frames_done == LENGTH
            while project.undo():
                assert state_of(project).frames
    assert len(copies) == 6
    assert states[-1] > 0
    with Project.open(path) as project:
        assert state_of(project) == model.state


@pytest.mark.parametrize("seed", range(5))
def test_a_backup_between_whose_frames_everything_changes_is_one_state(tmp_path, seed):
    """After each frame that is copied, several things are done or undone: no two frames are of one moment."""
    path, run_id, model = new_project(tmp_path)
    chance, same = random.Random(seed), random.Random(seed)
    with Project.open(path) as project:

        def work(done: int, total: int) -> None:
            if done <= total // 2:
                for _ in range(4):
                    do_at_random(chance, project, run_id)
                    do_at_random(same, model, run_id)

        assert backup_project(path, tmp_path / "copy", work).is_clean
        assert state_of(project) == model.state
    with Project.open(tmp_path / "copy") as copy:
        assert copy.repairs == ()
        assert state_of(copy) == model.state
