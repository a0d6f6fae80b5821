import pytest

from mfvis_engine.training.synthetic_videos import Split, SyntheticVideoSettings, Textures, make_video


@pytest.fixture(scope="session")
def textures():
    return {split: Textures.of(split) for split in Split}


@pytest.fixture(scope="session")
def videos(textures):
    """Twelve of the usual sort."""
    return [make_video(SyntheticVideoSettings(), textures[Split.TRAIN], 0, index) for index in range(12)]
