"""Writes the tables of keys in `docs/keys.md` anew, from the plugin's own list of actions.

python -m scripts.keys_page
"""

from itertools import groupby
from pathlib import Path

from mfvis_napari.actions.catalogue import ACTIONS

PAGE = Path(__file__).parents[1] / "docs" / "keys.md"
BEGIN, END = "<!-- from the plugin's list of actions: begin -->", "<!-- end -->"


def key_tables() -> str:
    """A table a group of actions, in Markdown."""
    return "\n\n".join(
        "\n".join(
            (
                f"### {group}",
                "",
                "| To do this | press |",
                "|---|---|",
                *(f"| {action.title} | {' or '.join(f'`{key}`' for key in action.keys)} |" for action in actions),
            )
        )
        for group, actions in groupby(ACTIONS, key=lambda action: action.group.value)
    )


def with_tables(page: str) -> str:
    """The text of the page with the tables as they are to be now."""
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}\n\n{key_tables()}\n\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
