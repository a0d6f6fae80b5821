"""Takes the pictures of the documentation: the plugin in a real window, worked on the sample clip as a person would.

    make screenshots

Takes some five minutes, most of them for two trainings. Pictures go to `docs/images`.
"""

import shutil
import time

import numpy as np
from PIL import Image
from qtpy.QtCore import QPoint, QRect, Qt
from qtpy.QtWidgets import QFileDialog
from superqt import QCollapsible

from mfvis_napari.training.advance import Advance, Phase
from mfvis_napari.widgets.project.opening import SAMPLE_PROJECT
from scripts.docs_my_model import FOLDER, IMAGES, shoot_found, shoot_panel, under_title
from scripts.docs_pictures import from_rgb, save_png
from scripts.docs_studio import Studio

TRAINING_STEPS, TRAINING_LIMIT_S = 80, 900
"""A number of steps, so that the masks do not depend on what else the machine does."""
FILMED_LEARNING, FILMED_PREDICTING = 9, 12
"""Pictures of the film while it learns, and from then on."""

BADGE = {31: (454, 8, 480, 65), 37: (427, 23, 480, 80), 52: (369, 61, 422, 114), 59: (355, 69, 407, 121)}
"""Its boxes, as x0, y0, x1, y1 by frame: nobody drew any for the sample."""
BADGE_HIDDEN, BADGE_SEEN = 41, 49
GECKO, SNAKE, BADGE_TRACK = 1, 2, 4
SNAKE_FRAME = 12
SNAKE_STROKES = (
    (14, ((145, 21), (142, 28))),
    (24, ((138, 36), (132, 46), (129, 58), (122, 70), (106, 82), (94, 92))),
    (20, ((94, 92), (84, 102), (79, 116), (80, 132), (80, 148), (77, 160))),
    (10, ((76, 164), (66, 173), (57, 182), (50, 192), (46, 202))),
)
"""Width of the brush, and the way along the middle of the snake in that frame."""

SHIFT = Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier


def open_sample(studio: Studio) -> None:
    """The empty window, and the sample when it is open."""
    studio.shoot("start")
    QFileDialog.getExistingDirectory = staticmethod(lambda *_: str(FOLDER))
    studio.click(studio.dock.project.try_sample)
    studio.wait(1.5)
    studio.shoot("opened")
    studio.go_to(SNAKE_FRAME)
    studio.hand.click(215, 300)
    studio.shoot("boxes")


def look_at_parts(studio: Studio) -> None:
    """Sections for themselves, with their menus."""
    dock = studio.dock
    studio.shoot("project", part=under_title(studio, dock.project))
    settings = dock.train.findChild(QCollapsible)
    settings.expand(animate=False)
    studio.scroll_to(dock.train)
    studio.shoot("train-settings", part=under_title(studio, dock.train))
    settings.collapse(animate=False)
    dock.workspace.session.view.select([GECKO])
    studio.scroll_to(dock.project)
    studio.shoot("tracks", part=under_title(studio, dock.tracks))
    studio.key(Qt.Key.Key_F1)
    studio.shoot("keys", part=dock.help)
    dock.help.close()
    studio.window.activateWindow()


def draw_badge(studio: Studio) -> None:
    """A new track, with a category, keyframes and a time in which it is hidden."""
    first, *others = BADGE
    studio.go_to(first)
    studio.is_filming = True
    studio.say("The badge on the table has no box yet", 900)
    studio.say("N, then drag: a box of a new track", 400)
    studio.key(Qt.Key.Key_N)
    draw_box(studio, first)
    studio.type_into(studio.dock.tracks.category_line.combo.lineEdit(), "badge")
    studio.take(500)
    studio.say("Some frames on, once more: the boxes between follow", 300)
    for frame_index in others:
        studio.go_to(frame_index)
        draw_box(studio, frame_index, steps=3)
    studio.is_filming = False
    for frame_index in (BADGE_HIDDEN, BADGE_SEEN):
        studio.go_to(frame_index)
        studio.key(Qt.Key.Key_Q)
    studio.go_to(55)
    studio.shoot("new-track")


def draw_box(studio: Studio, frame_index: int, steps: int = 6) -> None:
    """Draws the badge's box in the frame in view."""
    x0, y0, x1, y1 = BADGE[frame_index]
    studio.drag((x0, y1), (x1 - 0.5, y0), steps=steps)


def train(studio: Studio, *, shoots: bool) -> None:
    """Trains; with pictures while it learns and while masks come in."""
    ended, heard = [], []
    learning, predicting = [], []
    studio.dock.trainer.ended.connect(ended.append)
    studio.dock.trainer.advanced.connect(heard.append)
    began_s = time.monotonic()
    studio.key(Qt.Key.Key_T)
    names: set[str] = set()
    while not ended:
        if time.monotonic() - began_s > TRAINING_LIMIT_S:
            raise TimeoutError("training takes too long")
        studio.wait(1.5)
        if studio.is_filming:
            is_learning = not heard or heard[-1].phase is not Phase.PREDICTING
            (learning if is_learning and not predicting else predicting).append(studio.picture())
        name = _worth_a_picture(heard[-1]) if heard and shoots else None
        if name is not None and name not in names:
            names.add(name)
            studio.shoot(name)
    for picture in (*_some(learning, FILMED_LEARNING), *_some(predicting, FILMED_PREDICTING)):
        studio.film.add(picture, 110)
    studio.wait(2)
    studio.take(600)
    print(f"  trained in {time.monotonic() - began_s:.0f} s: {ended[0].text}")


def correct_snake(studio: Studio) -> None:
    """The brush, in a frame where the mask is wrong."""
    studio.go_to(SNAKE_FRAME, SNAKE)
    studio.is_filming = True
    studio.say("A wrong mask: B, and paint it anew", 900)
    studio.key(Qt.Key.Key_Backspace, SHIFT)
    studio.key(Qt.Key.Key_B)
    layer = studio.dock.workspace.layers.masks.layer
    for width, points in SNAKE_STROKES:
        layer.brush_size = width
        studio.drag(*points, steps=2, duration_ms=40)
    studio.take(500)
    studio.is_filming = False
    studio.shoot("brush")
    studio.key(Qt.Key.Key_G)


def verify(studio: Studio) -> None:
    """All of a track at once, one frame of another, and the menu of the timeline."""
    studio.go_to(40, GECKO)
    studio.is_filming = True
    studio.say("Shift+V: verified up to here", 500)
    studio.key(Qt.Key.Key_V, SHIFT)
    studio.take(900)
    studio.is_filming = False
    studio.go_to(SNAKE_FRAME, SNAKE)
    studio.key(Qt.Key.Key_V)
    canvas = studio.dock.timeline.canvas
    studio.click_right(canvas, QPoint(round(canvas.x_px(44)), canvas.rows_rect.top() + 28))
    studio.shoot("timeline", part=QRect(0, 600, 1600, 400))
    studio.close_menu()
    studio.go_to(SNAKE_FRAME, SNAKE)


def review(studio: Studio) -> None:
    """The first mask of the queue."""
    studio.scroll_to(studio.dock.review)
    surveyor_s = 30
    studio.wait_until(lambda: studio.dock.review.model.rowCount() > 0, surveyor_s)
    studio.wait(4)
    studio.key(Qt.Key.Key_J)
    studio.scroll_to(studio.dock.review)
    studio.shoot("review")


def export(studio: Studio) -> None:
    """The file, and what it cost."""
    section = studio.dock.export
    studio.is_filming = True
    studio.key(Qt.Key.Key_E, CTRL)
    studio.wait(0.3)
    studio.say("Export, for other tools to read", 400)
    studio.click(section.button)
    studio.wait_until(section.result.isVisible)
    studio.scroll_to(section)
    studio.take(1600)
    studio.is_filming = False
    studio.click(section.cost.button)
    studio.wait_until(lambda: section.cost.drawn is not None)
    studio.wait(7)  # until the last message has gone
    studio.scroll_to(section)
    studio.shoot("export")
    save_png(from_rgb(section.cost.drawn.picture).resize((1200, 675)), IMAGES / "cost.png")


def _some(pictures: list[Image.Image], count: int) -> list[Image.Image]:
    """So many of them at even distances, the last one too."""
    places = np.unique(np.linspace(0, len(pictures) - 1, count).round().astype(int)) if pictures else ()
    return [pictures[place] for place in places]


def _worth_a_picture(advance: Advance) -> str | None:
    if advance.phase is Phase.LEARNING and 0.4 < advance.fraction < 0.75:
        return "training"
    if advance.phase in (Phase.PREDICTING, Phase.TAKING_OVER) and 12 < advance.count < 50:
        return "streaming"
    return None


def begin() -> Studio:
    """An empty window, and no sample."""
    shutil.rmtree(FOLDER / SAMPLE_PROJECT, ignore_errors=True)
    for old in FOLDER.glob("moving animals*.json"):
        old.unlink()
    FOLDER.mkdir(exist_ok=True)
    return Studio(IMAGES)


def main() -> None:
    """Takes all of them."""
    studio = begin()
    open_sample(studio)
    look_at_parts(studio)
    shoot_panel(studio)
    draw_badge(studio)
    form = studio.dock.train.form
    form.stop.value, form.steps.value = "after steps", TRAINING_STEPS
    studio.scroll_to(studio.dock.train)
    studio.is_filming = True
    studio.say("T: the masks are learned from the boxes alone", 700)
    train(studio, shoots=True)
    studio.is_filming = False
    studio.go_to(55)
    studio.shoot("trained")
    review(studio)
    studio.scroll_to(studio.dock.tracks)
    correct_snake(studio)
    verify(studio)
    export(studio)
    shoot_found(studio)
    studio.film.save(IMAGES / "main-job.webp")
    size = (IMAGES / "main-job.webp").stat().st_size
    print(f"main-job.webp: {studio.film.seconds:.1f} s, {size / 1e6:.2f} MB")
    studio.close()


if __name__ == "__main__":
    main()
