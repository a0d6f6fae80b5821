"""Which engine carries jobs out: the options that say so, and the connection."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

if TYPE_CHECKING:
    from mfvis_engine.jobs.client.engine import Engine

LOCAL = "local"
"""In the place of an engine's address: one that is started for the jobs."""

_HELP = "Let an engine do it: tls://HOST:PORT of mfvis engine serve, or local for one on this machine."

EngineOption: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help=_HELP, show_default="this process; local for several projects"),
]

ModelEngineOption: TypeAlias = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help=_HELP, show_default="this process")
]

BatchEngineOption: TypeAlias = Annotated[str | None, typer.Option(metavar="ADDRESS", help=_HELP, show_default="local")]

CertificatesOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR", help="Where the files of mfvis engine certificates for its clients are.", show_default=False
    ),
]


def check_engine_options(address: str | None, certificates: Path | None) -> None:
    """Raises BadParameter where there is an address without certificates, or the other way round."""
    if (certificates is None) == (address is not None and address != LOCAL):
        raise typer.BadParameter(
            "an engine at an address takes only who has certificates of its authority. Give both or neither.",
            param_hint="--engine, --certificates",
        )


@contextmanager
def chosen_engine(address: str | None, certificates: Path | None, *, workers: int | None = 1) -> Iterator["Engine"]:
    """The engine at an address; without certificates one that is started, and ends with the block.

    Args:
        address: As given.
        certificates: As given.
        workers: Of one that is started; None for one a GPU, or one.

    Raises:
        EngineError: As `Engine.start` and `Engine.connect`.
    """
    from mfvis_engine.jobs.client.engine import Engine
    from mfvis_engine.jobs.wire.certificates import CLIENT, Credentials

    if address is None or certificates is None:
        made = Engine.start(workers=workers)
    else:
        made = Engine.connect(address, Credentials.read(certificates, CLIENT))
    with made as engine:
        yield engine
