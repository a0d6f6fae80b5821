"""`python -m mfvis_engine.cli`, the same as `mfvis`."""

from mfvis_engine.cli import main

main()
