"""Print Odoo's reports of the billing by WeasyPrint, where wkhtmltopdf with the patched Qt is missing."""

import io
import logging
from functools import lru_cache
from urllib.parse import parse_qsl, urlsplit

from lxml import html
from odoo import api, models
from odoo.addons.base.models.ir_actions_report import _wkhtml
from odoo.exceptions import UserError
from odoo.tools import file_open

# a host that does not exist: whatever a page names is looked for in this Odoo, and nowhere else
BASE = "http://report.invalid"
WKHTMLTOPDF, WEASYPRINT = "wkhtmltopdf", "weasyprint"
NAMED_LETTERS = 20  # of those that the drawing lacks
# how far its style sheets keep a page without margins of its own from the edge, in millimetres
SIDE = 11
# Odoo lays reports out for the pages of wkhtmltopdf, which shrinks them
PAGE = """
@page {{
    size: {size};
    margin: {top}mm {right}mm {bottom}mm {left}mm;
    @top-left {{ content: element(billing-header); width: 100%; vertical-align: top; }}
    @bottom-left {{ content: element(billing-footer); width: 100%; vertical-align: top; }}
}}
html {{ font-size: 13px; }}
body {{ margin: 0; padding: 0; max-width: none; }}
.billing-header {{ position: running(billing-header); }}
.billing-footer {{ position: running(billing-footer); }}
.billing-header, .billing-footer {{ width: 100%; padding: 0 {side}mm; box-sizing: border-box; }}
.page, .topage {{ font-size: inherit; }}
span.page::after {{ content: counter(page); }}
span.topage::after {{ content: counter(pages); }}
"""


class BillingReportPrinting(models.AbstractModel):
    """The pages are Odoo's own; only what turns them into a PDF is another one."""

    _name = "billing.report.printing"
    _description = "Printing of Odoo's Reports"

    @api.private
    def get_way(self):
        """Return by what Odoo's reports of the billing are printed: "wkhtmltopdf", "weasyprint" or "" for neither."""
        state = self.env["ir.actions.report"].get_wkhtmltopdf_state()
        if state in ("ok", "workers") and _wkhtml().is_patched_qt:
            return WKHTMLTOPDF
        return WEASYPRINT if find_weasyprint() else ""

    @api.private
    def get_missing(self):
        """Return what to do where Odoo's reports cannot be printed; empty where they can."""
        if self.get_way():
            return ""
        return self.env._(
            "Odoo's reports cannot be printed on this server: wkhtmltopdf with the patched Qt is not installed. Install"
            " it, or the Python package weasyprint with the library Pango, or choose the quick document."
        )

    @api.private
    def get_missing_beside_drawing(self, letters=None):
        """Return what to do where documents are drawn and Odoo's report cannot stand in; empty where it can.

        :param letters: those that cannot be drawn of a document; empty where it has no room on a page; None: say it of
            documents in general
        """
        if self.get_way():
            return ""
        if letters:
            signs = "".join(sorted(letters)[:NAMED_LETTERS])
            reason = self.env._("The quick document cannot print these letters: %(letters)s.", letters=signs)
        elif letters is None:
            reason = self.env._("The quick document cannot print Chinese, Japanese, Korean, Thai or Hindi.")
        else:
            reason = self.env._("Something of this document is longer than a page of the quick document.")
        advice = self.env._(
            "Odoo's report stands in for it then, but cannot be printed on this server. Let an administrator install"
            " wkhtmltopdf with the patched Qt, or the Python package weasyprint with the library Pango."
        )
        return f"{reason} {advice}"

    @api.private
    def print_pages(self, bodies, header, footer, paperformat, landscape=False, given=None):
        """Return the PDF of the pages of a report, as wkhtmltopdf would be given them.

        :param list bodies: HTML of each document
        :param header: HTML with the headers of all documents; `footer` likewise
        :param paperformat: report.paperformat
        :param dict given: margins that the report names itself, in millimetres
        """
        weasyprint = find_weasyprint()
        if not weasyprint:
            raise UserError(self.get_missing())
        page = weasyprint.CSS(string=self._get_page_style(paperformat, landscape, given or {}))
        headers, footers = (
            self._split(header, "minimal_layout_report_headers"),
            self._split(footer, "minimal_layout_report_footers"),
        )
        documents = []
        for number, body in enumerate(bodies):
            root, sheets = self._compose(weasyprint, body, headers[number : number + 1], footers[number : number + 1])
            page_source = weasyprint.HTML(string=root, base_url=BASE, url_fetcher=_make_fetcher(self._fetch))
            documents.append(page_source.render(stylesheets=[*sheets, page]))
        pages = [one for document in documents for one in document.pages]
        stream = io.BytesIO()
        documents[0].copy(pages).write_pdf(stream)
        return stream.getvalue()

    def _get_page_style(self, paperformat, landscape, given):
        size = paperformat.format if paperformat.format not in (False, "custom") else "A4"
        if paperformat.format == "custom":
            size = f"{paperformat.page_width}mm {paperformat.page_height}mm"
        if landscape or paperformat.orientation == "Landscape":
            size = f"{size} landscape"
        return PAGE.format(
            size=size,
            top=given.get("data-report-margin-top", paperformat.margin_top),
            bottom=given.get("data-report-margin-bottom", paperformat.margin_bottom),
            left=paperformat.margin_left,
            right=paperformat.margin_right,
            side=SIDE if paperformat.css_margins else 0,
        )

    def _split(self, page, name):
        """Return the headers, or the footers, of the documents one by one."""
        if not page:
            return []
        found = html.fromstring(str(page)).xpath(f"//div[@id='{name}']")
        return list(found[0]) if found else []

    def _compose(self, weasyprint, body, headers, footers):
        """Return one page with its header and footer, and its style sheets, which are read once."""
        root = html.document_fromstring(str(body))
        for kind, parts in (("header", headers), ("footer", footers)):
            for part in parts:
                part.set("class", f"billing-{kind} {part.get('class', '')}")
                root.body.insert(0, part)
        sheets = []
        for link in root.xpath("//link[@rel='stylesheet']"):
            content = self._get_sheet(link.get("href", ""))
            link.getparent().remove(link)
            if content:
                sheets.append(_read_sheet(weasyprint, content))
        for script in root.xpath("//script"):
            script.getparent().remove(script)
        return html.tostring(root, encoding="unicode"), sheets

    def _get_sheet(self, address):
        """Return the text of a style sheet of Odoo's assets."""
        path = urlsplit(address).path
        if not path.startswith("/web/assets/"):
            return ""
        # sudo: assets are everybody's
        attachment = self.env["ir.attachment"].sudo().search([("url", "=", path)], limit=1)
        if not attachment:
            bundle, rtl, kind, autoprefix = self.env["ir.asset"]._parse_bundle_name(path.rsplit("/", 1)[-1], False)
            assets = (
                self.env["ir.qweb"]
                .sudo()
                ._get_asset_bundle(bundle, css=kind == "css", js=False, rtl=rtl, autoprefix=autoprefix)
            )
            attachment = assets.css()
        return attachment.raw.decode() if attachment else ""

    def _fetch(self, address):
        """Return (content, kind) of what a page names: pictures and bar codes of this Odoo; nothing from elsewhere."""
        parts = urlsplit(address)
        if parts.netloc in ("", urlsplit(BASE).netloc, urlsplit(self.get_base_url()).netloc) and parts.scheme != "file":
            return self._find(parts.path, dict(parse_qsl(parts.query)))
        return b"", ""

    def _find(self, path, query):
        report = self.env["ir.actions.report"]
        if path.startswith("/report/barcode"):
            kind, value = query.pop("barcode_type", ""), query.pop("value", "")
            return report.barcode(kind, value, **query), "image/png"
        words = path.strip("/").split("/")
        if words[:2] == ["web", "image"] and words[2:3] and words[2].isdigit():
            attachment = self.env["ir.attachment"].browse(int(words[2])).exists()
            return (attachment.raw, attachment.mimetype) if attachment else (b"", "")
        if words[1:2] == ["static"]:
            try:
                with file_open(path.strip("/"), "rb") as file:
                    return file.read(), "application/octet-stream"
            except OSError:
                return b"", ""
        return b"", ""


@lru_cache(maxsize=1)
def find_weasyprint():
    """Return the package, or None where it or the libraries that it needs are missing."""
    try:
        import weasyprint
    except (ImportError, OSError):
        return None
    # it tells line by line what it leaves out of Odoo's style sheets, and each step of each document
    log = logging.getLogger("weasyprint")
    if log.level == logging.NOTSET:
        log.setLevel(logging.ERROR)
    return weasyprint


def _make_fetcher(fetch):
    """Return what WeasyPrint asks for the files of a page; what is not found is left out of it."""
    urls = find_weasyprint().urls

    class Fetcher(urls.URLFetcher):
        def fetch(self, url, headers=None):
            if url.startswith("data:"):
                return super().fetch(url, headers)
            content, kind = fetch(url)
            if not content:
                raise ValueError(url)
            return urls.URLFetcherResponse(url, content, {"Content-Type": kind})

    return Fetcher(allowed_protocols={"data"})


@lru_cache(maxsize=8)
def _read_sheet(weasyprint, content):
    """Return a style sheet that was read: that takes longer than printing a page."""
    return weasyprint.CSS(string=content, base_url=BASE, url_fetcher=_make_fetcher(lambda _address: (b"", "")))
