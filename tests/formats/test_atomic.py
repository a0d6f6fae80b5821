import pytest

from mfvis_engine.formats import FormatError
from mfvis_engine.formats.atomic import folder_when_done, replaced_when_done


def test_a_file_takes_its_place_when_the_block_ends(tmp_path):
    target = tmp_path / "out.txt"
    target.write_text("old")
    with replaced_when_done(target) as unfinished:
        unfinished.write_text("new")
        assert unfinished.name == "out.txt"
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_the_old_file_stays_when_the_block_raises(tmp_path):
    target = tmp_path / "out.txt"
    target.write_text("old")
    with pytest.raises(ZeroDivisionError), replaced_when_done(target) as unfinished:  # noqa: PT012
        unfinished.write_text("half")
        raise ZeroDivisionError
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_nothing_is_left_of_a_folder_when_the_block_raises(tmp_path):
    with pytest.raises(ZeroDivisionError), folder_when_done(tmp_path / "out") as unfinished:  # noqa: PT012
        (unfinished / "half").write_text("half")
        raise ZeroDivisionError
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("when_done", [replaced_when_done, folder_when_done])
def test_a_missing_parent_is_named(tmp_path, when_done):
    with (
        pytest.raises(FormatError, match=r"the folder .*nowhere does not exist"),
        when_done(tmp_path / "nowhere" / "x"),
    ):
        pass


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(FormatError, match="is a folder"), replaced_when_done(tmp_path):
        pass
