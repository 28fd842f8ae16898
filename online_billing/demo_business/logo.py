"""A plain logo for an invented firm, so that its invoices do not ask for one."""

import base64
import io
from pathlib import Path

import reportlab
from PIL import Image, ImageDraw, ImageFont

FONT = Path(reportlab.__file__).parent / "fonts" / "VeraBd.ttf"  # comes with Odoo's PDF library
HEIGHT = 96


def make_logo(name, colour):
    """Return the base64 of a picture: the initial on a disc, the name beside it."""
    font = ImageFont.truetype(str(FONT), 40)
    width = round(font.getlength(name)) + HEIGHT + 40
    picture = Image.new("RGB", (width, HEIGHT), "white")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((4, 4, HEIGHT - 4, HEIGHT - 4), fill=colour)
    draw.text((HEIGHT / 2, HEIGHT / 2), name[0], font=font, fill="white", anchor="mm")
    draw.text((HEIGHT + 16, HEIGHT / 2), name, font=font, fill=colour, anchor="lm")
    target = io.BytesIO()
    picture.save(target, "PNG", optimize=True)
    return base64.b64encode(target.getvalue())
