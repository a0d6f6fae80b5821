"""Continuous measurements: `python -m benchmarks.NAME [--json FILE]`."""
