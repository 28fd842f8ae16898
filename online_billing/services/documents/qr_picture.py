"""Draw a QR code as a picture of a page: sharp at any size, and without a program that paints.

What paints pictures for Odoo is a part of reportlab that many installations have not.
"""

from base64 import b64encode

from .qr_code import make_rows

# the Swiss cross in the middle, as a share of the code without its border (Swiss Payment Standards: 7 of 46 mm, of
# which 6 are black), and its white bars as shares of the black square
CROSS, BLACK = 7 / 46, 6 / 46
BAR_WIDTH, BAR_LENGTH = 6 / 32, 20 / 32


def make_picture(text: str, has_swiss_cross: bool = False) -> str:
    """Return the address of a picture (``data:``) of a QR code.

    :raise ValueError: the text is longer than any code can hold
    """
    rows = make_rows(text)
    side = len(rows)
    places = ((line, column) for line, row in enumerate(rows) for column in range(side) if row[column] == "1")
    dark = "".join(f"M{column} {line}h1v1h-1z" for line, column in places)
    shapes = [f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/>', f'<path d="{dark}"/>']
    if has_swiss_cross:
        shapes += _draw_cross(side)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f"{''.join(shapes)}</svg>"
    )
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"


def _draw_cross(side):
    """Return the shapes of the cross in the middle of a code of so many modules, its border counted."""
    code, middle = side - 2, side / 2
    black = code * BLACK

    def centre(width, height, colour):
        x, y = middle - width / 2, middle - height / 2
        return f'<rect x="{x:.3f}" y="{y:.3f}" width="{width:.3f}" height="{height:.3f}" fill="{colour}"/>'

    return [
        centre(code * CROSS, code * CROSS, "#fff"),
        centre(black, black, "#000"),
        centre(black * BAR_WIDTH, black * BAR_LENGTH, "#fff"),
        centre(black * BAR_LENGTH, black * BAR_WIDTH, "#fff"),
    ]
