from . import renderer  # isort: skip  the others inherit from it
from . import (
    csv_format,
    html_format,
    json_format,
    pdf_format,
    reading,
    rendering,
    statement_files,
    xlsx_format,
    xml_format,
)
