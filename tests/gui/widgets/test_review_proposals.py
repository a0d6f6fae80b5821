"""New tracks that were found, in the section "Review" of a real window."""

import time

import numpy as np
import pytest

from mfvis_engine.annotation import Keyframe, ProposedTrack
from mfvis_engine.project import Project
from mfvis_napari.actions import whole
from mfvis_napari.messages import Kind
from mfvis_napari.slices import SLICE_S
from mfvis_napari.training.ending import HowEnded
from mfvis_napari.training.engine_work import WorkEnding
from tests.gui.clip import HEIGHT, LENGTH, WIDTH

pytestmark = pytest.mark.gui

PLACES = {"cell": (50, 35, 70, 55), "dish": (2, 35, 8, 45), "worm": (40, 2, 60, 12)}
BEST = {"cell": 4, "dish": 7, "worm": 9}


def find_objects(project):
    """A run that found three objects, in all frames; gives their ids."""
    ids = project.free_track_ids(len(PLACES))
    run = project.create_run({}, (), ids)
    for frame_index in range(LENGTH):
        labels = np.zeros((HEIGHT, WIDTH), np.uint16)
        for track_id, (x0, y0, x1, y1) in zip(ids, PLACES.values(), strict=True):
            labels[y0:y1, x0:x1] = track_id
        run.write_frame(frame_index, labels, [0.9 if frame_index == best else 0.6 for best in BEST.values()])
    run.propose(
        [
            ProposedTrack(track_id, category, score, (Keyframe(0, box), Keyframe(LENGTH - 1, box)))
            for track_id, score, (category, box) in zip(ids, (0.5, 0.9, 0.7), PLACES.items(), strict=True)
        ]
    )
    run.finish()
    return dict(zip(PLACES, ids, strict=True))


@pytest.fixture
def ids(project_path):
    with Project.open(project_path) as project:
        return find_objects(project)


@pytest.fixture
def panel(ids, annotator):
    return annotator.review.proposals


def press(panel, name):
    panel.findChild(object, f"mfvis.review.{name}").click()


def listed(panel):
    return [line.category for line in panel.lines]


def categories(annotator):
    return [track.category for track in annotator.workspace.session.annotations.tracks]


def test_the_surest_comes_first_and_selecting_one_shows_it_where_it_is_best(panel, annotator, ids):
    session, layer = annotator.workspace.session, annotator.workspace.layers.proposals.layer
    assert (panel.isHidden(), listed(panel)) == (False, ["dish", "worm", "cell"])
    assert [panel.table.item(0, column).text() for column in range(5)] == ["dish", "0.90", "12", "0", "11"]
    panel.table.selectRow(1)
    assert session.view.frame_index == BEST["worm"]
    assert layer.visible
    assert set(np.unique(layer.data)) == {0, ids["worm"]}
    session.view.frame_index = 2  # it is followed
    assert layer.visible
    session.view.select([1])
    assert panel.current is None
    assert not layer.visible


def test_adopting_and_dismissing_go_on_to_the_next_and_are_undone(panel, annotator, ids, qtbot):
    session = annotator.workspace.session
    panel.table.selectRow(0)
    press(panel, "adopt")
    assert categories(annotator) == ["cell", "dish", "dish"]
    assert listed(panel) == ["worm", "cell"]
    assert panel.current.category == "worm"
    qtbot.waitUntil(lambda: np.count_nonzero(session.masks.codes(ids["dish"])) == LENGTH)
    press(panel, "dismiss")
    assert listed(panel) == ["cell"]
    list(session.undo())
    qtbot.waitUntil(lambda: listed(panel) == ["worm", "cell"])
    list(session.undo())
    qtbot.waitUntil(lambda: listed(panel) == ["dish", "worm", "cell"])
    assert categories(annotator) == ["cell", "dish"]


def test_one_that_waits_for_its_turn_is_off_the_list(panel, annotator, qtbot):
    session, said, held = annotator.workspace.session, [], {3}
    annotator.workspace.messages.said.connect(said.append)
    session.hold(lambda: frozenset(held))
    panel.table.selectRow(0)
    press(panel, "adopt")
    press(panel, "adopt")
    assert said[-1].text == "Adopted as soon as the masks of those before it are there: worm."
    panel.refresh()
    assert listed(panel) == ["cell"]
    assert categories(annotator) == ["cell", "dish", "dish"]
    held.clear()
    qtbot.waitUntil(lambda: categories(annotator) == ["cell", "dish", "dish", "worm"])


def test_undoing_and_redoing_tells_the_adoption(panel, annotator, qtbot):
    said, session = [], annotator.workspace.session
    annotator.workspace.messages.said.connect(said.append)
    panel.table.selectRow(0)
    press(panel, "adopt")
    qtbot.waitUntil(lambda: panel._adopter._feed is None)
    for walk, word in ((whole.undo, "Undone"), (whole.redo, "Done again")):
        walk(annotator.workspace)
        qtbot.waitUntil(lambda word=word: said[-1].text.startswith(word))
        assert said[-1].text.startswith(f"{word}: adopt proposed track")
    assert len(session.annotations.tracks) == 3


def test_all_are_adopted_at_once_and_closing_loses_none_of_their_masks(panel, annotator, ids, project_path):
    press(panel, "adopt_all")
    assert panel.isHidden()
    annotator.workspace.close_project()
    with Project.open(project_path) as project:
        assert [track.category for track in project.annotations().tracks] == ["cell", "dish", *PLACES]
        assert set(np.unique(project.read_masks(LENGTH - 1))) == {0, *ids.values()}


def test_closing_while_the_last_masks_of_one_come_adopts_those_that_wait(panel, annotator, ids, project_path):
    slices = annotator.workspace.slices
    panel.table.selectRow(0)
    press(panel, "adopt")
    press(panel, "adopt")
    feed = panel._adopter._feed
    slices.run((time.sleep(2 * SLICE_S) for _ in range(2)), on_error=pytest.fail)  # so that the next one waits
    slices.run(feed._piece(tuple(feed._pending)), on_error=pytest.fail)
    annotator.workspace.close_project()
    with Project.open(project_path) as project:
        assert [track.category for track in project.annotations().tracks] == ["cell", "dish", "dish", "worm"]
        assert set(np.unique(project.read_masks(LENGTH - 1))) == {0, ids["dish"], ids["worm"]}


def test_without_a_selection_it_says_what_to_do(panel, annotator):
    said = []
    annotator.workspace.messages.said.connect(said.append)
    press(panel, "dismiss")
    assert [(message.text, message.kind) for message in said] == [
        ("No proposal is selected. Click one in the list first.", Kind.REFUSED)
    ]


def test_what_is_found_while_the_project_is_open_is_listed_at_once(annotator):
    panel = annotator.review.proposals
    assert panel.isHidden()
    find_objects(annotator.workspace.session.project)
    annotator.trainer.work_ended.emit(WorkEnding(HowEnded.FINISHED, "3 new objects found, listed in Review."))
    assert listed(panel) == ["dish", "worm", "cell"]


def test_a_project_without_proposals_shows_no_list(annotator):
    assert annotator.review.proposals.isHidden()
