"""One colour a track: neighbouring ids far apart in hue, and never too dark or too pale to see."""

import numpy as np
from numpy.typing import NDArray

_GOLDEN_ANGLE_DEG = 137.50776
_FIRST_HUE_DEG = 250.0
_CHROMA = 0.17
_LIGHTNESSES = (0.75, 0.58, 0.88)
_IDS_A_LIGHTNESS = 8
"""Hues come within 20 degrees of an earlier one after 8 steps of the golden angle."""

# Ottosson, "A perceptual color space for image processing" (2020): OKLab to cone response, and to linear sRGB.
_LAB_TO_LMS = np.array(
    [
        [1.0, 0.3963377774, 0.2158037573],
        [1.0, -0.1055613458, -0.0638541728],
        [1.0, -0.0894841775, -1.2914855480],
    ]
)
_LMS_TO_RGB = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)


def track_color(track_id: int) -> tuple[int, int, int]:
    """The colour of a track, RGB in 0..255, the same in every picture.

    Hues step by the golden angle in OKLCH, so that any few consecutive ids lie far apart; lightness changes
    before hues come round again.

    Args:
        track_id: From 1.
    """
    steps = track_id - 1
    hue = np.deg2rad(_FIRST_HUE_DEG - steps * _GOLDEN_ANGLE_DEG)
    lightness = _LIGHTNESSES[steps // _IDS_A_LIGHTNESS % len(_LIGHTNESSES)]
    lab = np.array([lightness, _CHROMA * np.cos(hue), _CHROMA * np.sin(hue)])
    linear = np.clip(_LMS_TO_RGB @ (_LAB_TO_LMS @ lab) ** 3, 0, 1)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    red, green, blue = np.rint(255 * encoded).astype(int).tolist()
    return red, green, blue


def label_colors(labels: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """The colour of every pixel of a label mask.

    Args:
        labels: (H, W) track ids, 0 for background.

    Returns:
        (H, W, 3) RGB, black in the background.
    """
    count = np.bincount(labels.ravel(), minlength=1)
    table = np.zeros((count.size, 3), np.uint8)
    for track_id in np.flatnonzero(count[1:]) + 1:
        table[track_id] = track_color(int(track_id))
    return table[labels]
