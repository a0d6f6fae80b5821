import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfvis_engine.formats import FormatError
from mfvis_engine.formats.track_numbers import number_tracks


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        ([5, 2, 5], {5: 5, 2: 2}),  # stay
        (["5", "2"], {"5": 5, "2": 2}),  # stay, as text
        ([0, 3], {0: 1, 3: 4}),  # from 0
        ([0, 65_535], {0: 1, 65_535: 2}),  # from 0, but no room to move up
        (["b", "3"], {"b": 1, "3": 2}),  # names
        ([70_000, 3], {70_000: 1, 3: 2}),  # too large
        ([-1, 3], {-1: 1, 3: 2}),  # negative
        (["01", "1"], {"01": 1, "1": 2}),  # two spellings of one number are two ids
        (["٣", "²"], {"٣": 1, "²": 2}),  # digits of other scripts
        ([], {}),
    ],
)
def test_known_ids(ids, expected):
    assert number_tracks("a.json", ids) == expected


@given(st.lists(st.integers() | st.integers(0, 9)) | st.lists(st.text()))
def test_every_id_has_its_own_number(ids):
    numbers = number_tracks("a.json", ids)
    assert numbers.keys() == set(ids)
    assert len(set(numbers.values())) == len(numbers)
    assert all(1 <= number <= 65_535 for number in numbers.values())


def test_more_than_a_mask_holds_are_refused():
    with pytest.raises(FormatError, match=r"a.json holds 65536 tracks, but a mask holds 65535"):
        number_tracks("a.json", range(65_536))
