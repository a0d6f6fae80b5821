"""`mfvis engine`: an engine for other machines, and who may use it."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mfvis_engine.cli.changes import counted
from mfvis_engine.cli.terminal import flowing, say, say_command, say_next

if TYPE_CHECKING:
    from mfvis_engine.jobs.cluster.server import Server

app = typer.Typer(
    help="Serve an engine to other machines, make certificates for it, and list its jobs.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)

AddressArgument = Annotated[
    str, typer.Argument(metavar="ADDRESS", help="Of the engine, as tls://host:port.", show_default=False)
]

_JOB_LINE = "{:<{width}}  {:<7}  {:<9}  {:>6}  {:<16}  {}"
"""Never cut, as a table would be: with its id a job is asked for."""


@app.command(
    "certificates",
    epilog=flowing("""[bold]Example[/bold]

  mfvis engine certificates certificates

[bold]Then[/bold] serve with them: mfvis engine serve --host 0.0.0.0 --certificates certificates
"""),
)
def certificates(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder they are put into.", show_default=False)],
) -> None:
    """Make certificates for an engine and its clients, signed by an authority of their own.

    Who has one of them may run code where the engine runs, so hand them to nobody else. In a folder that has an
    authority, new certificates of it take the place of those there: they expire after two years, the authority after
    ten. Those handed out stay good.
    """
    from mfvis_engine.jobs.wire.certificates import AUTHORITY, CLIENT, ENGINE, make_certificates

    for path in make_certificates(folder):
        say(f"Wrote {path}")
    say(f"Copy {_files(ENGINE)} to where the engine runs.")
    say(f"Copy {_files(CLIENT)} to each machine that uses it, where only their user can read them.")
    say(f"Keep {AUTHORITY}.key here, or better off the network: more certificates can be made with it.")
    say_next("mfvis", "engine", "serve", "--host", "0.0.0.0", "--certificates", folder)


@app.command(
    "serve",
    epilog=flowing("""[bold]Examples[/bold]

  mfvis engine serve --host 0.0.0.0 --certificates certificates
  mfvis engine serve --port 9000 --workers 2 --folder /scratch/mfvis     on this machine alone

[bold]Then[/bold] see what it does: mfvis engine jobs tls://HOST:8786 --certificates certificates
"""),
)
def serve(
    host: Annotated[
        str, typer.Option(metavar="HOST", help="Address to listen on; 0.0.0.0 for all of this machine's.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(metavar="PORT", min=0, max=65535, help="Port to listen on; 0 for any that is free.")
    ] = 8786,
    certificates: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="The folder of mfvis engine certificates.",
            show_default="some for this machine and this once",
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=0,
            help="Worker processes of this machine; each carries one job out at a time. Others may work for it, too: "
            "mfvis engine work.",
            show_default="one a GPU, or one",
        ),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Where videos and weights are kept, this time and the next.",
            show_default="a temporary one",
        ),
    ] = None,
    video_gigabytes: Annotated[
        float,
        typer.Option(
            "--video-gigabytes",
            metavar="N",
            min=0.001,
            help="How much of videos that were sent is kept; those not used for longest go first.",
        ),
    ] = 64.0,
) -> None:
    """Serve an engine, until Ctrl+C.

    It takes jobs from whoever has a certificate of its authority, and says where. Beyond this machine it listens only
    with certificates. Ctrl+C ends it, and with it the jobs that have not ended; a job whose client goes away goes on.
    """
    from mfvis_engine.jobs.cluster.server import ServerSettings
    from mfvis_engine.jobs.cluster.server import serve as serve_engine
    from mfvis_engine.jobs.limits import Limits

    settings = ServerSettings(
        host=host,
        port=port,
        certificates=certificates,
        workers=workers,
        folder=folder,
        limits=Limits(clip_bytes=round(video_gigabytes * 1e9)),
    )
    serve_engine(settings, _say_ready)
    say("The engine has ended.")


@app.command(
    "work",
    epilog=flowing("""[bold]Example[/bold]

  mfvis engine work tls://front.example.org:8786 --certificates certificates

[bold]Then[/bold] see what it does: mfvis engine jobs tls://front.example.org:8786 --certificates certificates
"""),
)
def work(
    address: AddressArgument,
    certificates: Annotated[
        Path, typer.Option(metavar="DIR", help="The folder with the engine's certificate.", show_default=False)
    ],
    workers: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="Worker processes; each carries one job out at a time.",
            show_default="one a GPU, or one",
        ),
    ] = None,
    host: Annotated[
        str | None,
        typer.Option(
            metavar="HOST",
            help="Address of this machine at which the engine reaches it.",
            show_default="the one on the way to the engine",
        ),
    ] = None,
) -> None:
    """Let this machine work for an engine on another, until Ctrl+C.

    Its workers take jobs beside those of the engine's own machine. They fetch videos and weights from the engine, or
    read a video where it lies under the same path here. Jobs in hand when it ends go on in another worker.
    """
    from mfvis_engine.jobs.cluster.joining import JoinSettings
    from mfvis_engine.jobs.cluster.joining import work as work_for

    _check_address(address)

    def say_ready(count: int) -> None:
        say(f"{counted(count, 'worker')} of this machine for the engine at {address}. Ctrl+C stops {_them(count)}.")

    work_for(JoinSettings(address=address, certificates=certificates, workers=workers, host=host), say_ready)
    say("The workers have ended.")


@app.command(
    "jobs",
    epilog=flowing("""[bold]Example[/bold]

  mfvis engine jobs tls://gpu.example.org:8786 --certificates certificates

[bold]Then[/bold] give it one more, or see one through, from Python: docs/engine.md
"""),
)
def jobs(
    address: AddressArgument,
    certificates: Annotated[
        Path, typer.Option(metavar="DIR", help="The folder with the client's certificate.", show_default=False)
    ],
) -> None:
    """List the jobs of an engine, oldest first: those that wait or run, and the last that ended."""
    from mfvis_engine.jobs.client.engine import Engine
    from mfvis_engine.jobs.wire.certificates import CLIENT, Credentials

    _check_address(address)
    with Engine.connect(address, Credentials.read(certificates, CLIENT)) as engine:
        infos, worker_count = engine.jobs(), engine.worker_count()
    say(f"The engine has {counted(worker_count, 'worker') if worker_count else 'no workers'} at present.")
    if not infos:
        say(f"The engine at {address} has no jobs.")
        return
    width = max(len(info.job_id) for info in infos)
    say(_JOB_LINE.format("job", "kind", "state", "frames", "submitted", "video", width=width))
    for info in infos:
        clock = f"{datetime.fromtimestamp(info.submitted):%Y-%m-%d %H:%M}"
        say(_JOB_LINE.format(info.job_id, info.kind, info.state, info.frame_count, clock, info.video, width=width))


def _check_address(address: str) -> None:
    if not address.startswith("tls://"):
        raise typer.BadParameter(f"{address} is no address of an engine. Give tls://host:port.", param_hint="ADDRESS")


def _them(count: int) -> str:
    return "it" if count == 1 else "them"


def _files(name: str) -> str:
    return f"authority.pem, {name}.pem and {name}.key"


def _say_ready(server: "Server") -> None:
    gpus = f" on {counted(len(server.gpus), 'GPU')}" if server.gpus else ""
    say(f"The engine listens at {server.address}, with {counted(server.worker_count, 'worker')}{gpus}.")
    say(f"Clients use it with {_files('client')} of {server.certificates}.")
    say_command("See its jobs", "mfvis", "engine", "jobs", server.address, "--certificates", server.certificates)
    say("Ctrl+C stops it.")
