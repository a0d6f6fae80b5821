"""Command line of `benchmarks.gui`."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import tempfile
import time
from pathlib import Path

import benchmarks.gui

PARTS = ("scrub", "paint", "box", "play", "open", "train", "start")


def main() -> None:
    """Measures, and prints as it goes."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.gui",
        description=benchmarks.gui.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--frames", type=int, default=1000, help="of the project (default 1000)")
    parser.add_argument("--tracks", type=int, default=20, help="in every frame (default 20)")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="measure no more than this")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["NAPARI_CONFIG"] = str(Path(folder) / "settings.yaml")  # read when napari is imported
        from benchmarks.gui.material import Size
        from benchmarks.gui.measuring import Plan, measure

        began_s = time.monotonic()
        figures = []
        plan = Plan(size=Size(frames=options.frames, tracks=options.tracks), parts=tuple(options.only))
        for figure in measure(plan, Path(folder)):
            print(figure.line, flush=True)
            figures.append(dataclasses.asdict(figure))
        print(f"{time.monotonic() - began_s:.0f} s")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
