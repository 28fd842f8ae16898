"""A plain logo for an invented firm, so that its invoices do not ask for one."""

import base64
import io
from pathlib import Path

import reportlab
from PIL import Image, ImageDraw, ImageFont

FONT = Path(reportlab.__file__).parent / "fonts" / "VeraBd.ttf"  # comes with Odoo's PDF library
HEIGHT = 72


def make_logo(name, colour):
    """Return the base64 of a picture: the initial on a disc, the name beside it in two lines, to fit on a phone."""
    large, small = ImageFont.truetype(str(FONT), 34), ImageFont.truetype(str(FONT), 23)
    last = name.rpartition(" ")
    lines = (last[0], last[2])
    width = round(max(small.getlength(line) for line in lines)) + HEIGHT + 18
    picture = Image.new("RGB", (width, HEIGHT), "white")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((2, 2, HEIGHT - 2, HEIGHT - 2), fill=colour)
    draw.text((HEIGHT / 2, HEIGHT / 2), name[0], font=large, fill="white", anchor="mm")
    for line, middle in zip(lines, (0.3, 0.72), strict=True):
        draw.text((HEIGHT + 12, HEIGHT * middle), line, font=small, fill=colour, anchor="lm")
    target = io.BytesIO()
    picture.save(target, "PNG", optimize=True)
    return base64.b64encode(target.getvalue())
