"""What the commands say, and how: results to stdout, everything else to stderr."""

import shlex
import subprocess
import sys
from collections.abc import Iterable, Sequence
from inspect import cleandoc
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text


def say(text: str = "") -> None:
    """Prints a line of a result; paths in it are never broken or coloured."""
    Console(highlight=False).print(Text(text), soft_wrap=True)


def say_facts(facts: Iterable[tuple[str, str]]) -> None:
    """Prints a column of names beside their values, each on one line."""
    listed = list(facts)
    width = max(len(name) for name, _ in listed)
    for name, value in listed:
        Console(highlight=False).print(Text(f"{name:<{width}}  ", "bold") + Text(value), soft_wrap=True)


def say_next(*command: str | Path) -> None:
    """Names the command that comes next, ready to be pasted."""
    say_command("Next", *command)


def say_command(label: str, *command: str | Path) -> None:
    """Names a command, ready to be pasted, after what it is for."""
    Console(highlight=False).print(Text(f"{label}: ", "bold") + Text(pasteable(command), "cyan"), soft_wrap=True)


def say_table(columns: Sequence[str], rows: Iterable[Sequence[str | int | float]]) -> None:
    """Prints a table; a column with numbers is right aligned, fractions have three places."""
    listed = [tuple(row) for row in rows]
    table = Table()
    for index, column in enumerate(columns):
        has_numbers = any(isinstance(row[index], int | float) for row in listed)
        table.add_column(Text(column), justify="right" if has_numbers else "left")
    for row in listed:
        table.add_row(*(Text(f"{cell:.3f}" if isinstance(cell, float) else str(cell)) for cell in row))
    Console(highlight=False).print(table)


def flowing(text: str) -> str:
    """Help text without the line breaks of its source, but for paragraphs and indented lines."""
    paragraphs = cleandoc(text).split("\n\n")
    return "\n\n".join(part if "\n  " in f"\n{part}" else " ".join(part.split("\n")) for part in paragraphs)


def warn(text: str) -> None:
    """Prints a warning to stderr."""
    Console(stderr=True, highlight=False).print(Text("Warning: ", "yellow") + Text(text), soft_wrap=True)


def complain(text: str) -> None:
    """Prints an error to stderr."""
    Console(stderr=True, highlight=False).print(Text("Error: ", "bold red") + Text(text), soft_wrap=True)


def pasteable(command: Sequence[str | Path]) -> str:
    """A command line as this system's shell takes it."""
    words = [str(word) for word in command]
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)
