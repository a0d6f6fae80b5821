import pytest

from mfvis_engine.formats import FormatError


@pytest.mark.parametrize(
    ("quoted", "shown"),
    [
        ("\x1b[2Jname", r"\x1b[2Jname"),  # would clear the terminal
        ("\ud800", r"\ud800"),  # cannot be printed at all
        ("\u202egnp.exe", r"\u202egnp.exe"),  # would be shown backwards
        ("a\rb\x85", r"a\rb\x85"),
        ("犬 é\nnext line", "犬 é\nnext line"),
    ],
)
def test_what_a_terminal_would_obey_is_spelled_out(quoted, shown):
    assert str(FormatError(f"there is no {quoted}")) == f"there is no {shown}"
