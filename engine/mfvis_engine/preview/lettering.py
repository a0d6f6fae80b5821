"""Text on pictures, readable over anything."""

from PIL import ImageDraw, ImageFont

_DARK, _LIGHT = (16, 16, 20), (255, 255, 255)


def font_of(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The font that comes with Pillow, `size` pixels high."""
    return ImageFont.load_default(size)


def put_tag(
    draw: ImageDraw.ImageDraw,
    corner_xy: tuple[float, float],
    text: str,
    color: tuple[int, int, int],
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
) -> None:
    """Writes `text` on a plate of `color`, whose lower left corner is `corner_xy` where the picture allows."""
    _, top, _, bottom = draw.textbbox((0, 0), "0Ag", font=font, anchor="ls")  # all plates of one height
    pad = max(2, round((bottom - top) / 5))
    width, height = draw.textlength(text, font=font) + 2 * pad, bottom - top + 2 * pad
    x = min(max(corner_xy[0], 0), max(draw.im.size[0] - width, 0))
    y = min(max(corner_xy[1], height), draw.im.size[1])
    draw.rectangle((x, y - height, x + width - 1, y - 1), fill=color)
    draw.text((x + pad, y - pad - bottom), text, fill=text_color(color), font=font, anchor="ls")


def text_color(background: tuple[int, int, int]) -> tuple[int, int, int]:
    """Dark or light, whichever reads better on `background` (Rec. 709 luma)."""
    red, green, blue = background
    return _DARK if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 120 else _LIGHT
