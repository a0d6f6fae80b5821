"""Arguments and options that several commands share."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

ProjectArgument: TypeAlias = Annotated[
    Path, typer.Argument(metavar="PROJECT", help="The project folder; .mfvis may be left out.", show_default=False)
]

StepsOption: TypeAlias = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="Train this many steps; the same number gives the same masks. Time is then limited by --seconds alone.",
        show_default="300, or 60 seconds",
    ),
]

SecondsOption: TypeAlias = Annotated[
    float | None,
    typer.Option(
        min=0.1,
        help="Train this long. Without --steps there is then no limit of steps.",
        show_default="60, or 300 steps",
    ),
]

DeviceOption: TypeAlias = Annotated[
    str,
    typer.Option(help="auto, cpu, cuda or mps. auto takes a GPU where there is one."),
]

OverwriteOption: TypeAlias = Annotated[bool, typer.Option("--overwrite", help="Replace the file if it is there.")]
