import pytest

from mfvis_engine.annotation import Annotations, InvalidCategoryError, Track
from mfvis_napari.session.categories import Categories


def tracks(*names):
    return Annotations(tuple(Track(track_id, name) for track_id, name in enumerate(names, start=1)))


def test_a_new_project_has_one_to_begin_with():
    categories = Categories(Annotations)
    assert (categories.names, categories.current) == (("object",), "object")


def test_they_come_in_the_order_of_the_tracks():
    categories = Categories(lambda: tracks("cell", "dish", "cell"))
    assert (categories.names, categories.current) == (("cell", "dish"), "cell")


def test_each_keeps_its_number_key():
    now = [tracks("cell")]
    categories = Categories(lambda: now[0])
    now[0] = tracks("cell", "dish")
    categories.current = "mouse"
    assert categories.names == ("cell", "dish", "mouse")
    now[0] = tracks("bug", "mouse")
    assert categories.names == ("cell", "dish", "mouse", "bug")


def test_only_another_current_one_is_told():
    categories = Categories(Annotations)
    told = []
    categories.changed.connect(lambda: told.append(categories.current))
    for name in ("object", "cell", "cell"):
        categories.current = name
    assert told == ["cell"]


@pytest.mark.parametrize("name", ["", " cell", "two\nlines"])
def test_what_is_no_category_is_refused(name):
    categories = Categories(Annotations)
    with pytest.raises(InvalidCategoryError):
        categories.current = name
    assert categories.names == ("object",)
