"""The commands put together, and how errors become messages and exit codes."""

import errno
import sys
import warnings
from collections.abc import Callable
from importlib.metadata import version
from io import TextIOWrapper
from typing import Annotated

import typer
from typer.core import TyperGroup

from mfvis_engine.cli import (
    EXIT_INTERRUPTED,
    backup,
    batch,
    boxes,
    check,
    demo,
    engine,
    evaluate,
    export,
    history,
    import_,
    info,
    new,
    predict,
    preview,
    relink,
    report,
    runs,
    segment,
    tracks,
    train,
)
from mfvis_engine.cli.terminal import complain, flowing, warn
from mfvis_engine.errors import MfvisError

EXIT_ERROR = 1

HELP = """Draw a few boxes, get a mask for every object in every frame of a video.

The masks are learned from the boxes alone, on this machine, in about a minute: nobody draws an outline.
"""

EPILOG = """[bold]The way from boxes to masks[/bold]

  mfvis new walk.mfvis walk.mp4              make a project for a video
  mfvis boxes import walk.mfvis boxes.csv    a box an object, every few frames
  mfvis segment walk.mfvis                   learn, and segment every frame
  mfvis preview walk.mfvis walk.png          look at the masks
  mfvis export walk.mfvis walk.json          hand them on, as COCO-VIS

[bold]No video at hand?[/bold] mfvis demo runs all of this on a sample clip.

[bold]Exit codes:[/bold] 0 done; 1 something you can mend, said in the message; 2 wrong usage; 130 interrupted.
"""


ORDER = (
    "demo",
    "new",
    "boxes",
    "import",
    "segment",
    "batch",
    "train",
    "predict",
    "preview",
    "export",
    "evaluate",
    "info",
    "report",
    "tracks",
    "runs",
    "undo",
    "redo",
    "log",
    "relink",
    "check",
    "backup",
    "engine",
)


class _Commands(TyperGroup):
    """Lists the commands in the order of work, and turns what one raises into a message and an exit code."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        return sorted(super().list_commands(ctx), key=ORDER.index)

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *_args, **_options: warn(str(message))
            try:
                return super().invoke(ctx)
            except MfvisError as error:
                complain(str(error))
            except KeyboardInterrupt:
                complain("Interrupted.")
                raise typer.Exit(EXIT_INTERRUPTED) from None
            except OSError as error:
                if error.errno == errno.EPIPE:  # the reader of a pipe has gone
                    raise
                complain(f"The system refuses: {error}. Check the path, your rights to it, and the free space.")
        raise typer.Exit(EXIT_ERROR)


app = typer.Typer(
    cls=_Commands,
    help=flowing(HELP),
    epilog=flowing(EPILOG),
    rich_markup_mode="rich",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"mfvis {version('mfvis-napari')}")
        raise typer.Exit


@app.callback()
def _mfvis(
    _version: Annotated[
        bool,
        typer.Option("--version", help="Print the version and stop.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    pass


def _add(name: str, command: Callable[..., None], epilog: str) -> None:
    app.command(name, help=flowing(command.__doc__ or ""), epilog=flowing(epilog))(command)


_add("demo", demo.demo, demo.EPILOG)
_add("new", new.new, new.EPILOG)
_add("import", import_.import_file, import_.EPILOG)
_add("segment", segment.segment, segment.EPILOG)
_add("batch", batch.batch, batch.EPILOG)
_add("train", train.train, train.EPILOG)
_add("predict", predict.predict, predict.EPILOG)
_add("preview", preview.preview, preview.EPILOG)
_add("export", export.export, export.EPILOG)
_add("evaluate", evaluate.evaluate, evaluate.EPILOG)
_add("info", info.info, info.EPILOG)
_add("report", report.report, report.EPILOG)
_add("undo", history.undo, history.UNDO_EPILOG)
_add("redo", history.redo, history.REDO_EPILOG)
_add("log", history.log, history.LOG_EPILOG)
_add("relink", relink.relink, relink.EPILOG)
_add("check", check.check, check.EPILOG)
_add("backup", backup.backup, backup.EPILOG)
app.add_typer(boxes.app, name="boxes")
app.add_typer(tracks.app, name="tracks")
app.add_typer(runs.app, name="runs")
app.add_typer(engine.app, name="engine")


def run() -> None:
    """Runs the command line and ends the process with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a console that cannot show a name must not stop the work
    app(prog_name="mfvis")
