import sys

import pytest

from mfvis_engine.cli.terminal import flowing, pasteable, say, say_table


def test_long_lines_and_brackets_stay_as_they_are(capsys):
    path = "/" + "long/" * 60 + "[bold]file[/bold].json"
    say(path)
    assert capsys.readouterr().out == f"{path}\n"


def test_a_table_shows_fractions_with_three_places(capsys):
    say_table(("name", "J"), [("a [b]", 0.12345), ("c", 1)])
    out = capsys.readouterr().out
    assert "a [b]" in out
    assert "0.123 " in out
    assert "0.1234" not in out


@pytest.mark.skipif(sys.platform == "win32", reason="how a POSIX shell quotes")
def test_commands_can_be_pasted():
    assert pasteable(["mfvis", "info", "my clip.mfvis"]) == "mfvis info 'my clip.mfvis'"


def test_help_flows_but_keeps_indented_lines():
    assert flowing("One\ntwo.\n\n  a b\n  c d\n\nThree\nfour.\n") == "One two.\n\n  a b\n  c d\n\nThree four."
