import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from mfvis_engine.cli.number_list import NumberList


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("3", (3,)),
        ("2,1", (1, 2)),
        ("10-12,25", (10, 11, 12, 25)),
        (" 1 - 2 , 2", (1, 2)),  # spaces, and a number twice
        ("0-0", (0,)),
    ],
)
def test_numbers_and_ranges(text, numbers):
    assert NumberList.parse(text).numbers == numbers


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "neither a number nor a range"),
        ("1,,2", "neither a number nor a range"),
        ("9-", "neither a number nor a range"),
        ("-3", "neither a number nor a range"),
        ("1.5", "neither a number nor a range"),
        ("²", "neither a number nor a range"),
        ("9-3", "Write 3-9"),
        ("0-999999999", "more than"),
        ("99999999999999999999", "neither a number nor a range"),
    ],
)
def test_what_is_no_list_is_refused(text, message):
    with pytest.raises(typer.BadParameter, match=message):
        NumberList.parse(text)


@given(st.sets(st.integers(0, 500), min_size=1))
def test_a_list_that_was_written_reads_back(numbers):
    assert NumberList.parse(",".join(map(str, numbers))).numbers == tuple(sorted(numbers))
