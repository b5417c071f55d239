"""The fontconfig file of the product: only its own fonts, so that a PDF looks the same on every machine.

WeasyPrint ends the whole process with a segmentation fault when fontconfig finds no font at all, so that this file is
part of starting up and not a nicety.
"""

import os
import tempfile
from pathlib import Path
from xml.sax.saxutils import escape

FONTS = Path(__file__).resolve().parents[1] / "reports" / "fonts"
ALIASES = {
    "sans-serif": ("Inter", "DejaVu Sans"),
    "serif": ("Inter", "DejaVu Sans"),
    "monospace": ("DejaVu Sans Mono",),
    "system-ui": ("Inter", "DejaVu Sans"),
}


def fonts_configuration(fonts: Path, cache: Path) -> str:
    """The text of a fonts.conf that names one folder of fonts and one cache."""
    aliases = "".join(
        f'  <alias binding="strong"><family>{generic}</family><prefer>'
        + "".join(f"<family>{family}</family>" for family in families)
        + "</prefer></alias>\n"
        for generic, families in ALIASES.items()
    )
    return (
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n<fontconfig>\n'
        f"  <dir>{escape(str(fonts))}</dir>\n  <cachedir>{escape(str(cache))}</cachedir>\n{aliases}</fontconfig>\n"
    )


def write_fonts_configuration(state: Path) -> Path:
    """Write fonts.conf into the state folder when it is missing or differs; returns its path."""
    path = state / "fonts.conf"
    text = fonts_configuration(FONTS, state / "fontcache")
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
    return path


def image_configuration() -> Path:
    """Write the file that FONTCONFIG_FILE names when an image is built; its cache is warmed in /tmp at run time."""
    path = Path(os.environ["FONTCONFIG_FILE"])
    path.write_text(fonts_configuration(FONTS, Path(tempfile.gettempdir()) / "fontcache"), encoding="utf-8")
    return path
