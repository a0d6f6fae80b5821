"""RGB frames to CIE LAB on the grid of the losses."""

import torch
from torch import Tensor
from torch.nn import functional as F

from mfvis_engine.losses.errors import LossInputError
from mfvis_engine.losses.inputs import at_least_float32

LOSS_STRIDE = 4
"""Input pixels per pixel of the loss grid, along each side, in the released MaskFreeVIS."""

_XYZ_FROM_RGB = (
    (0.412453, 0.357580, 0.180423),
    (0.212671, 0.715160, 0.072169),
    (0.019334, 0.119193, 0.950227),
)
_WHITE_D65 = (0.95047, 1.0, 1.08883)


def rgb_to_lab(images_rgb: Tensor) -> Tensor:
    """Convert sRGB to CIE LAB (D65 white, 2 degree observer).

    Args:
        images_rgb: (..., 3, H, W), values 0..255, any numeric dtype.

    Returns:
        (..., 3, H, W), float64 for float64, else float32; L in 0..100, a and b about -100..100.

    Raises:
        LossInputError: If the third dimension from the end is not 3.
    """
    _check_three_channels(images_rgb)
    srgb = at_least_float32(images_rgb) / 255
    linear = torch.where(srgb > 0.04045, ((srgb.clamp(min=0) + 0.055) / 1.055) ** 2.4, srgb / 12.92)
    matrix = linear.new_tensor(_XYZ_FROM_RGB) / linear.new_tensor(_WHITE_D65)[:, None]
    xyz = torch.einsum("dc,...chw->...dhw", matrix, linear)
    f = torch.where(xyz > 0.008856, xyz.clamp(min=1e-6) ** (1 / 3), 7.787 * xyz + 16 / 116)
    fx, fy, fz = f.unbind(-3)
    return torch.stack((116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)), dim=-3)


def pool_to_loss_grid(images_rgb: Tensor, stride: int = LOSS_STRIDE) -> Tensor:
    """Average frames over squares of `stride` pixels.

    Incomplete squares at the lower and right border are averaged over the pixels that they have.

    Args:
        images_rgb: (..., 3, H, W), any numeric dtype.
        stride: Side of a square in pixels.

    Returns:
        (..., 3, ceil(H / stride), ceil(W / stride)), floating.

    Raises:
        LossInputError: If the third dimension from the end is not 3.
    """
    _check_three_channels(images_rgb)
    flat = at_least_float32(images_rgb).reshape(-1, *images_rgb.shape[-3:])
    pooled = F.avg_pool2d(flat, stride, ceil_mode=True)
    return pooled.reshape(*images_rgb.shape[:-3], *pooled.shape[1:])


def lab_on_loss_grid(images_rgb: Tensor, stride: int = LOSS_STRIDE) -> Tensor:
    """Pool frames to the loss grid, then convert to CIE LAB: what matching and colour similarity take.

    Args:
        images_rgb: (..., 3, H, W), values 0..255.
        stride: Input pixels per grid pixel.

    Returns:
        (..., 3, ceil(H / stride), ceil(W / stride)) CIE LAB.
    """
    return rgb_to_lab(pool_to_loss_grid(images_rgb, stride))


def _check_three_channels(images: Tensor) -> None:
    if images.ndim < 3 or images.shape[-3] != 3:
        raise LossInputError(
            f"Images must have shape (..., 3, H, W). Got {tuple(images.shape)}; "
            "move the colour channels to the third dimension from the end."
        )
