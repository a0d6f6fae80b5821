"""The classes of datasets that released checkpoints were trained on; the files themselves do not name them."""

from collections.abc import Mapping

_YOUTUBE_VIS_2019 = (
    "person giant_panda lizard parrot skateboard sedan ape dog snake monkey hand rabbit duck cat cow fish train horse "
    "turtle bear motorbike giraffe leopard fox deer owl surfboard airplane truck zebra tiger elephant snowboard boat "
    "shark mouse frog eagle earless_seal tennis_racket"
)

CLASSES_OF_DATASETS: Mapping[str, tuple[str, ...]] = {"youtube-vis-2019": tuple(_YOUTUBE_VIS_2019.split())}
"""By the dataset's name, in the order of its category ids from 1."""


def parse_class_names(given: str) -> tuple[str, ...]:
    """The classes that a dataset's name means, or those listed with commas between them."""
    return CLASSES_OF_DATASETS.get(given.strip().lower(), tuple(name.strip() for name in given.split(",")))
