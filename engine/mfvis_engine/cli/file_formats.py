"""What the commands about files of other tools share. The names of formats stand here too, so that help loads fast."""

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

FormatName: TypeAlias = Literal[
    "csv", "mot", "cvat", "coco-vis", "coco-vis-results", "coco-vid", "bdd100k", "mots", "davis", "ctc"
]
"""The values of `FileFormat`."""

FormatToRead: TypeAlias = Literal[
    "auto", "csv", "mot", "cvat", "coco-vis", "coco-vis-results", "coco-vid", "bdd100k", "mots", "davis", "ctc"
]

FileArgument: TypeAlias = Annotated[
    Path, typer.Argument(metavar="FILE", help="The file; a folder for davis, ctc and PNGs of mots.", show_default=False)
]

FormatToReadOption: TypeAlias = Annotated[
    FormatToRead,
    typer.Option("--format", metavar="FORMAT", help="One of the formats below; auto tells it from the content."),
]

ReplaceOption: TypeAlias = Annotated[
    bool, typer.Option("--replace", help="Let tracks of the file replace those with the same ids.")
]

VideoOption: TypeAlias = Annotated[
    str | None, typer.Option(help="Which video, in a file of several: its id or name.", show_default=False)
]

CategoryOption: TypeAlias = Annotated[
    str | None, typer.Option(help="What the tracks are, where the file does not say.", show_default="object")
]

BridgeGapsOption: TypeAlias = Annotated[
    bool, typer.Option("--bridge-gaps", help="Interpolate where the file has nothing of a track for some frames.")
]

FirstFrameOption: TypeAlias = Annotated[
    int, typer.Option(min=0, max=1, help="The number of the first frame, in mots and coco-vid: 0 or 1.")
]
