"""The command line `mfvis`.

- `app`: the commands put together, and how errors become messages and exit codes.
- `new`, `boxes`, `import_`, `segment`, `preview`, `export`, `evaluate`, `info`, `demo`: one command each, its
  arguments and what it says. They import what takes long to load only when they are called, so that `--help` answers
  at once.
- `batch`: the main job on many projects; `many`, `batch_bars`: how it is told, also of `segment`.
- `tracks`, `runs`, `engine`: groups of commands.  `history`: undo, redo and log.  `relink`, `report`: one command each.
- `arguments`, `file_formats`, `number_list`, `terminal`, `progress`, `changes`, `chosen_engine`: what the commands
  share.
- `actions/`: what the commands do, without a terminal.
"""

import sys

EXIT_INTERRUPTED = 130


def main() -> None:
    """Runs the command line and ends the process with its exit code."""
    try:
        from mfvis_engine.cli.app import run  # takes a moment, in which Ctrl+C may come
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
    run()
