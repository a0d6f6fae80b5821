import pytest
from PIL import Image, ImageDraw

from mfvis_engine.preview.lettering import font_of, put_tag, text_color

RED = (200, 0, 0)


def tagged(corner_xy):
    picture = Image.new("RGB", (80, 60))
    put_tag(ImageDraw.Draw(picture), corner_xy, "12", RED, font_of(12))
    return picture


@pytest.mark.parametrize(
    "corner_xy",
    [
        (20, 30),
        (-50, -50),  # beyond the upper left corner
        (500, 500),  # beyond the lower right corner
    ],
)
def test_the_whole_plate_is_in_the_picture(corner_xy):
    size = {
        (right - left, bottom - top)
        for left, top, right, bottom in [tagged(corner_xy).getbbox(), tagged((20, 30)).getbbox()]
    }
    assert len(size) == 1


def test_the_corner_is_the_plates_lower_left():
    left, _, _, bottom = tagged((20, 30)).getbbox()
    assert (left, bottom) == (20, 30)


def test_there_is_text_on_the_plate():
    assert max(green for _, (_, green, _) in tagged((20, 30)).getcolors()) > 200


def test_plates_of_letters_with_and_without_descenders_are_of_one_height():
    heights = set()
    for text in ("1 a", "1 g", "1 A"):
        picture = Image.new("RGB", (80, 60))
        put_tag(ImageDraw.Draw(picture), (0, 50), text, RED, font_of(12))
        heights.add(picture.getbbox()[1])
    assert len(heights) == 1


@pytest.mark.parametrize(
    ("background", "is_dark"), [((255, 255, 0), True), ((0, 0, 120), False), ((255, 255, 255), True)]
)
def test_text_is_readable_on_its_plate(background, is_dark):
    assert (max(text_color(background)) < 100) == is_dark
