"""Evidence that the VIS model learns from boxes: three trainings on synthetic videos, scored on held-out ones.

- `arms`: what the trainings differ in; `study`: trains and scores one; `scoring`: YouTube-VIS AP on held-out videos.
- `tables`, `chart`: what comes out. Run `python -m benchmarks.vis --out DIR`.
"""
