"""A figure as PNG, for slides and documents that take no SVG. Drawn here, with the fonts that are shipped, bounded in size."""

from pathlib import Path
from typing import Final

import resvg_py

from cases.drawing import Figure
from cases.palette import Theme

FONTS: Final = Path("aims/reports/fonts")
FACES: Final = ("Inter-Regular.ttf", "Inter-SemiBold.ttf", "DejaVuSans.ttf")
SHARPNESS: Final = 2.0  # points of the picture per unit of the drawing, as screens and printers of today ask for
MOST_POINTS: Final = 12_000_000  # 48 MB while it is drawn
BACKGROUNDS: Final = {Theme.LIGHT: "#ffffff", Theme.DARK: "#151b26", Theme.PRINT: "#ffffff"}


def png_of(figure: Figure, theme: Theme) -> bytes:
    """The figure on an opaque ground, twice its size where that stays within the bound, else as sharp as it allows."""
    points = max(1, figure.width * figure.height)
    zoom = min(SHARPNESS, (MOST_POINTS / points) ** 0.5)
    root = Path(__file__).resolve().parent.parent
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=figure.svg,
            zoom=zoom,
            background=BACKGROUNDS[Theme(theme)],
            skip_system_fonts=True,
            font_files=[str(root / FONTS / face) for face in FACES],
            font_family="Inter",
            sans_serif_family="DejaVu Sans",
        )
    )
