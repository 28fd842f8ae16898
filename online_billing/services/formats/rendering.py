"""Which formats a document is sent in, and how each is got: the one way of mail, button, run, zip and portal."""

from odoo import api, models
from odoo.exceptions import UserError

from ...models.delivery.batch import get_batch

PDF, XML = "pdf", "xml"
PDF_RECORD = "online_billing.document_format_pdf"


class BillingDocumentFormats(models.AbstractModel):
    """What was sent is kept once per document and format, and served as it was sent until the document is reset.

    Only documents of billing accounts have formats; of all others nothing is asked.
    """

    _name = "billing.document.formats"
    _description = "Formats of Documents"

    # -- one file -----------------------------------------------------------------------------------------------------

    @api.private
    def render(self, move, code):
        """Return a document in a format: the file that was sent, else made anew; nothing is stored.

        :param move: an invoice, credit note or sales receipt that the caller may read
        :param str code: of a `billing.document.format`
        :return: (file name, MIME type, bytes)
        :raise UserError: there is no such format, or it cannot be made of this document
        """
        move.ensure_one()
        move.check_access("read")
        # sudo: a document may be read by whom it is for, and its formats say no more than it does
        move, kind = move.sudo(), self._find_format(code)
        if not kind or not move.is_sale_document(include_receipts=True):
            raise UserError(
                self.env._("There is no format “%(format)s” of this document. Choose one of the list.", format=code)
            )
        if kept := self._get_kept(move, kind):
            return kept.name, kind.mimetype, kept.raw
        return self._make_file(move, kind)

    @api.private
    def get_legal_document(self, move, code, allow_fallback):
        """Return a document in a format as Odoo's downloads want it; None where there is none.

        :param bool allow_fallback: whether it may be made if it has not been sent yet
        """
        kind = self._find_format(code) if move.sudo().billing_account_id else None
        if not kind or kind.code == PDF:
            return None
        kept = self._get_kept(move, kind)
        if not kept and not allow_fallback:
            return None
        name, mimetype, content = self.render(move, code)
        return {"filename": name, "filetype": mimetype, "content": content}

    # -- the set ------------------------------------------------------------------------------------------------------

    @api.private
    def get_formats(self, move):
        """Return the formats of a document in their order: of its account, else its company, else PDF alone.

        Empty for documents without a billing account. For a batch that is being sent it is asked once.
        """
        # sudo: names of formats, whoever sends or downloads
        return self.env["billing.document.format"].sudo().browse(self._get_set(move))

    @api.private
    def get_sent(self, move):
        """Return the formats in which a document is sent: the set, and the PDF of which the electronic form is part."""
        formats = self.get_formats(move)
        return formats if self.is_pdf_left_out(move) else formats.browse(self._get_pdf_id()) | formats

    @api.private
    def get_offered(self, move):
        """Return the formats that a customer can download: the set, and the PDF, which is there whatever is sent."""
        formats = self.get_formats(move)
        return formats | formats.browse(self._get_pdf_id())

    @api.private
    def is_plain(self, move):
        """Tell whether a document goes Odoo's own way: it is not of a billing account, or has a PDF and no more."""
        return self._get_set(move) in ((), (self._get_pdf_id(),))

    @api.private
    def is_wanted(self, move, code):
        """Tell whether a document is sent in a format."""
        return not self.is_plain(move) and code in self.get_formats(move).mapped("code")

    @api.private
    def get_unmade(self, move):
        """Return the formats that are to be made before a document is sent: those that nobody has made yet."""
        if self.is_plain(move):
            return self.env["billing.document.format"]
        made = move.sudo().billing_file_ids.billing_format_id  # sudo: as for what is sent
        return self.get_formats(move).filtered(
            lambda kind: kind not in made and not self.env[kind.renderer].is_made_by_odoo()
        )

    @api.private
    def get_obstacles(self, move):
        """Return why formats of a document cannot be made on this server, as sentences."""
        return [] if self.is_plain(move) else [text for kind in self.get_formats(move) if (text := kind.obstacle)]

    @api.private
    def get_file_values(self, move, kind):
        """Return the values of the attachment that keeps a format of a document."""
        name, mimetype, content = self._make_file(move, kind)
        return {
            "name": name,
            "mimetype": mimetype,
            "raw": content,
            "res_model": move._name,
            "res_id": move.id,
            "company_id": move.company_id.id,
            "billing_format_id": kind.id,
        }

    @api.private
    def get_file_name(self, move, kind):
        """Return the name of the file of a format."""
        return self.env[kind.renderer].get_file_name(move, kind.extension)

    @api.private
    def choose(self, move, attachments):
        """Return the files that a document is sent with, in their order.

        :param attachments: those of Odoo and other addons, the PDF among them
        """
        if self.is_plain(move):
            return attachments
        formats = self.get_formats(move)
        # sudo: which files there are; whoever reads one is asked whether they may
        files = move.sudo().billing_file_ids.filtered(lambda file: file.billing_format_id in formats)
        files = files.sorted(lambda file: formats.ids.index(file.billing_format_id.id))
        chosen = attachments | files.sudo(attachments.env.su)
        if self.is_pdf_left_out(move):
            return chosen - move.invoice_pdf_report_id or attachments
        return chosen

    @api.private
    def is_pdf_left_out(self, move):
        """Tell whether a customer wants no PDF; it is made all the same, for the books and the portal."""
        if self.is_plain(move) or self.is_wanted(move, PDF):
            return False
        return not (self.is_wanted(move, XML) and self.env["billing.format.xml"].is_part_of_pdf(move))

    @api.private
    def complete(self, move, documents):
        """Return the files of a download of everything: those that were sent, and what is missing of the set.

        :param list documents: as Odoo gives them, [{"filename", "filetype", "content"}]
        """
        if self.is_plain(move) or move.state != "posted":
            return documents
        # what Odoo makes instead of a document that has not been sent is no part of the set
        documents = list(documents) if move.invoice_pdf_report_id else []
        names, kinds = {document["filename"] for document in documents}, self.get_formats(move)
        if len(kinds) == 1:
            kinds |= self._find_format(PDF)  # Odoo's page of an invoice takes a single file for its PDF
        for kind in kinds:
            if self.get_file_name(move, kind) not in names:
                name, mimetype, content = self.render(move, kind.code)
                documents.append({"filename": name, "filetype": mimetype, "content": content})
        return documents

    # -- small helps --------------------------------------------------------------------------------------------------

    def _get_set(self, move):
        batch = get_batch(move)
        if batch and batch.model == move._name and move.id in batch.ids:
            return batch.get("formats", lambda: self._find_sets(move.browse(batch.ids)))[move.id]
        return self._find_sets(move)[move.id]

    def _find_sets(self, moves):
        """Return {id of the document: ids of its formats in their order}."""
        moves = moves.sudo()  # sudo: whoever sends or downloads a document need not read its account
        default = (self._get_pdf_id(),)
        found = {}
        for move in moves:
            account = move.billing_account_id
            chosen = account.document_format_ids or account.company_id.billing_document_format_ids
            if tuple(chosen.ids) not in ((), default):
                chosen = chosen.filtered(lambda kind, move=move: self.env[kind.renderer].is_for(move))
            found[move.id] = (tuple(chosen.ids) or default) if account else ()
        return found

    def _get_pdf_id(self):
        return self.env["ir.model.data"]._xmlid_to_res_id(PDF_RECORD)

    def _find_format(self, code):
        # sudo: names of formats, whoever downloads
        # compared here: what an address or a program says may be no text that the database takes
        return self.env["billing.document.format"].sudo().search([]).filtered(lambda kind: kind.code == code)[:1]

    def _get_kept(self, move, kind):
        return move.sudo().billing_file_ids.filtered(lambda file: file.billing_format_id == kind)[:1]

    def _make_file(self, move, kind):
        renderer = self.env[kind.renderer]
        if obstacle := renderer.get_obstacle():
            raise UserError(obstacle)
        return renderer.get_file_name(move, kind.extension), kind.mimetype, renderer.render(move)
