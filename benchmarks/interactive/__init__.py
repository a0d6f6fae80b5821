"""How soon a person sees what a correction does: an annotator, simulated, beside a warm engine on this machine.

    python -m benchmarks.interactive [--rounds 20] [--repeats 3] [--clips FOLDER --clip NAME] [--json FILE]

- `annotator`: knows the true boxes and masks; draws what a person would begin with, and corrects what is worst.
- `quality`: J of masks, over all frames or of the frame in view.
- `watching`: one job on the engine: when it told what, and the masks that came of it.
- `study`: round after round, each from the weights of the last, then the same boxes trained in full.
- `tables`: what is printed.
"""
