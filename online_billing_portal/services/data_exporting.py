"""Make an export of all that is held on a customer: batch by batch, in files of a size that a server can hold."""

import json
import tempfile
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from odoo import api, fields, models
from odoo.addons.online_billing.models.payments.account_payment import CONFIRMED_STATES
from odoo.addons.online_billing.services.shared.spreadsheets import write_csv_to
from odoo.addons.online_billing.services.shared.work_loop import Pass, Queue
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..models.data_export import ASKED, MAKING, READY
from .access import MANAGE
from .export_life import EXPORT_LIFE
from .invoices import SHOWN_TYPES

SCHEMA, VERSION = "online_billing.data", "1.0"
#: so many documents are added in one transaction
DOCUMENTS = 100
#: a file that has come to so many bytes is closed, and another one is begun
LARGEST_PART = 32 * 1024 * 1024
REASON_LENGTH = 300


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """Documents that go into a folder of the export: which records, and the method that gives the files of one."""

    folder: str
    model: str
    domain: Domain
    method: str


class BillingDataExporting(models.AbstractModel):
    """One batch of one export is a unit of the work loop: first the tables, then so many documents at a time.

    What was added is kept with how far it has come, so that a killed worker loses one batch and no more. An export
    whose days are over is a unit as well: its files are deleted.
    """

    _name = "billing.data.exporting"
    _inherit = "billing.work.loop"
    _description = "Make Exports of Customers' Data"

    _batch_size = 1
    _cron = "online_billing_portal.cron_export"

    # -- entry points -------------------------------------------------------------------------------------------------

    @api.private
    def ask(self, person, accounts, check=None):
        """Queue an export of accounts for a person, unless one of the same accounts waits already.

        :param person: the `res.partner`, an owner of the accounts
        :param accounts: `billing.account` (elevated) of one customer and company
        :param check: called before another one is queued; raises where there may not be one
        :return: the `billing.data.export` (elevated)
        """
        accounts.hold()  # of forms that are sent at once, the others wait and find the first
        exports = self.env["billing.data.export"].sudo()  # sudo: customers have no rights of their own on it
        waiting = exports.search(
            [("state", "in", (ASKED, MAKING)), ("person_id", "=", person.id), ("account_ids", "in", accounts.ids)]
        )
        if same := waiting.filtered(lambda one: one.account_ids == accounts.with_env(one.env))[:1]:
            return same
        if check:
            check()
        export = exports.create(
            {
                "customer_id": accounts[:1].partner_id.commercial_partner_id.id,
                "company_id": accounts[:1].company_id.id,
                "person_id": person.id,
                "account_ids": [(6, 0, accounts.ids)],
            }
        )
        self._wake()
        return export

    @api.private
    def retry(self, exports):
        """Have failed exports made anew."""
        exports = exports.sudo()  # sudo: whoever may see that it failed may have it tried again
        self.env["billing.life"].apply_event(EXPORT_LIFE, exports, "retry")
        exports.write({"reason": False, "stage": 0, "last_number": 0, "document_done": 0})
        self._drop_files(exports)
        self._wake()

    @api.private
    def drop(self, exports):
        """Delete the files of exports, whatever their state; the rows stay."""
        exports = exports.sudo().filtered(lambda one: one.state != "expired")  # sudo: done by the billing itself
        self._drop_files(exports)
        self.env["billing.life"].apply_event(EXPORT_LIFE, exports, "drop")

    @api.private
    def work(self):
        """Make what was asked for, and delete what has been there long enough, until the cron's time is up."""
        self.work_through(Pass())

    @api.private
    def may_have(self, person, export, roles=None):
        """Tell whether a person may have an export: they have asked for it, and today own every account that is in it.

        Other owners have none of it: papers of whoever asked are in it. They ask for one of their own.

        :param roles: of the person, as `billing.portal.access` says them; looked up if left out
        """
        access = self.env["billing.portal.access"]
        roles = access.get_roles(person) if roles is None else roles
        is_own = person == export.person_id and bool(export.account_ids)
        return is_own and all(access.allows(roles.get(account), MANAGE) for account in export.account_ids)

    # -- the loop -----------------------------------------------------------------------------------------------------

    def _get_queue(self, work):
        condition = SQL(
            "(unit.state IN (%s, %s) OR (unit.state = %s AND unit.expires_on <= %s))",
            ASKED, MAKING, READY, fields.Datetime.now(),
        )  # fmt: skip
        return Queue("billing_data_export", "unit", condition)

    def _handle(self, work, units):
        for export in self.env["billing.data.export"].sudo().browse(units):  # sudo: the cron works for everybody
            export = export.with_company(export.company_id).with_context(lang=export.person_id.lang or self.env.lang)
            if export.state == READY:
                self.drop(export)
            elif not self.may_have(export.person_id, export):
                raise UserError(export.env._("Whoever asked for it does not own the accounts any more."))
            elif export.state == ASKED:
                self._begin(export)
            else:
                self._go_on(export)

    def _note_failure(self, work, unit_id, value, error):
        export = self.env["billing.data.export"].sudo().browse(unit_id)  # sudo: as above
        self._drop_files(export)
        export.reason = self.get_reason(error)[:REASON_LENGTH]
        self.env["billing.life"].apply_event(EXPORT_LIFE, export, "fail")

    # -- making one ---------------------------------------------------------------------------------------------------

    def _begin(self, export):
        """Write the tables, and count the documents that follow."""
        with self._open_part(export) as archive:
            self._write_tables(export, archive)
        export.document_total = sum(
            export.env[kind.model].search_count(kind.domain) for kind in self._get_kinds(export)
        )
        self.env["billing.life"].apply_event(EXPORT_LIFE, export, "make")

    def _go_on(self, export):
        """Add the next documents; with the last one the export is ready, and the customer is mailed."""
        kinds = self._get_kinds(export)
        while export.stage < len(kinds):
            kind = kinds[export.stage]
            found = export.env[kind.model].search(
                kind.domain & Domain("id", ">", export.last_number), order="id", limit=DOCUMENTS
            )
            if found:
                with self._open_part(export) as archive:
                    added = self._add_documents(archive, kind, found)
                export.write({"last_number": added[-1:].id, "document_done": export.document_done + len(added)})
                return
            export.write({"stage": export.stage + 1, "last_number": 0})
        self._finish(export)

    def _finish(self, export):
        now = fields.Datetime.now()
        export.write({"ready_on": now, "expires_on": now + timedelta(days=export.company_id.billing_export_days)})
        self.env["billing.life"].apply_event(EXPORT_LIFE, export, "finish")
        self.env["billing.portal.mails"].send(
            export,
            export.person_id,
            export.env._("%(company)s: your data is ready", company=export.company_id.name),
            "online_billing_portal.mail_export_ready",
        )

    def _add_documents(self, archive, kind, records):
        """Add documents until the file is full; return those that are in it."""
        for count, record in enumerate(records, start=1):
            self._add_document(archive, kind, record)
            if archive.fp.tell() >= LARGEST_PART:
                return records[:count]
        return records

    def _add_document(self, archive, kind, record):
        """Add the files of one document; one that cannot be made says so in a text, and stops no other."""
        try:
            with self.env.cr.savepoint():
                files = getattr(self, kind.method)(record)
        except UserError as error:
            files = [(f"{record.display_name}.txt", str(error).encode())]
        for name, content in files:
            archive.writestr(self._get_free_path(archive, f"{kind.folder}/{name.replace('/', '-')}"), content)

    def _get_free_path(self, archive, path):
        """Return a path that no file of the archive has: telephones give all their photos the same name."""
        start, dot, ending = path.rpartition(".")
        number, found = 1, path
        while found in archive.NameToInfo:
            number += 1
            found = f"{start}_{number}.{ending}" if dot else f"{path}_{number}"
        return found

    # -- documents ----------------------------------------------------------------------------------------------------

    def _get_kinds(self, export):
        """Return the kinds of documents of an export, in the order in which they are added; an addon adds its own."""
        ids = export.account_ids.ids
        own = Domain("billing_account_id", "in", ids)
        return [
            DocumentKind(
                "invoices",
                "account.move",
                own & Domain("state", "=", "posted") & Domain("move_type", "in", SHOWN_TYPES),
                "_get_invoice_files",
            ),
            DocumentKind(
                "receipts",
                "account.payment",
                own & Domain("state", "in", CONFIRMED_STATES) & Domain("payment_type", "=", "inbound"),
                "_get_receipt_files",
            ),
            DocumentKind("questions", "billing.question", Domain("account_id", "in", ids), "_get_question_files"),
            DocumentKind(
                "verification",
                "billing.verification",
                # whoever sent a paper of their own was told that nobody else of the customer sees it
                Domain("account_id", "in", ids) & Domain("person_id", "=", export.person_id.id),
                "_get_verification_files",
            ),
        ]

    def _get_invoice_files(self, move):
        name, _mime, content = self.env["billing.document.formats"].sudo().render(move, "pdf")  # sudo: as the export
        return [(name, content)]

    def _get_receipt_files(self, payment):
        # sudo: as the export; forced, as tests would get the page in place of the PDF
        reports = payment.env["ir.actions.report"].sudo().with_context(force_report_rendering=True)
        content, _kind = reports._render_qweb_pdf("account.action_report_payment_receipt", payment.ids)
        return [(f"{payment.name}.pdf", content)]

    def _get_question_files(self, question):
        files = question.attachment_ids | self.env["billing.questions"].get_thread(question).attachment_ids
        return [(f"{question.name}_{file.name}", file.raw or b"") for file in files]

    def _get_verification_files(self, verification):
        return [(f"{verification.id}_{file.name}", file.raw or b"") for file in verification.attachment_ids]

    # -- files --------------------------------------------------------------------------------------------------------

    @contextmanager
    def _open_part(self, export):
        """Go on with the last file of an export while it has room, else begin another one."""
        last = export.part_ids.sorted("id")[-1:]
        if last and last.file_size >= LARGEST_PART:
            last = last.browse()
        with tempfile.TemporaryFile() as file:
            file.write(last.raw or b"")
            with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
                yield archive
            file.seek(0)
            content = file.read()
        if last:
            last.raw = content
        else:
            count = len(export.part_ids) + 1
            day = export.create_date.date()
            # of no record: nobody but the page of its owners hands it out, staff neither
            made = export.env["ir.attachment"].create(
                {"name": f"data_{day}_{count}.zip", "raw": content, "mimetype": "application/zip"}
            )
            export.write({"part_ids": [(4, made.id)], "part_count": count})
        self.env.invalidate_all()

    def _write_tables(self, export, archive):
        """Write all tables as one JSON and as a CSV each, through files on the disk: no table is ever held whole."""
        service = self.env["billing.data.tables"]
        with tempfile.TemporaryDirectory() as folder:
            with open(f"{folder}/data.json", "w", encoding="utf-8") as output:
                head = {
                    "schema": SCHEMA,
                    "version": VERSION,
                    "company": export.company_id.name,
                    "customer": export.customer_id.name,
                    "asked_on": export.create_date,
                }
                output.write(f'{json.dumps(head, ensure_ascii=False, default=self._write_value)[:-1]}, "tables": {{')
                for place, table in enumerate(service.get_tables(export.account_ids, export.person_id)):
                    names = [name for name, _path in table.get_columns()]
                    output.write(f"{',' if place else ''}\n{json.dumps(table.name)}: [")
                    with open(f"{folder}/table.csv", "w", encoding="utf-8", newline="") as sheet:
                        rows = self._pass_through(output, names, service.read_rows(table))
                        write_csv_to(sheet, names, rows)
                    output.write("]")
                    archive.write(f"{folder}/table.csv", f"tables/{table.name}.csv")
                output.write("}}\n")
            archive.write(f"{folder}/data.json", "data.json")

    def _pass_through(self, output, names, rows):
        """Write rows as JSON while they go on to the CSV."""
        mark = "\n"
        for row in rows:
            values = dict(zip(names, row, strict=True))
            output.write(f"{mark}{json.dumps(values, ensure_ascii=False, default=self._write_value)}")
            mark = ",\n"
            yield row

    @staticmethod
    def _write_value(value):
        if isinstance(value, Decimal):
            return f"{value:f}"
        if isinstance(value, date):
            return value.isoformat()
        raise TypeError(type(value).__name__)

    def _drop_files(self, exports):
        exports.part_ids.unlink()
        exports.part_count = 0

    def _wake(self):
        self.env["billing.delivery.queue"].wake_crons((self._cron,))
