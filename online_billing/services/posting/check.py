import json
import logging
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError
from odoo.fields import Command
from odoo.tools import SQL

from . import known, snapshot
from .aside import taken_back
from .batch import Batch
from .odoo_way import UNCHECKED, create_checked
from .request import HEADER_VALUES, LINE_VALUES, TEXT_LINES, is_mere_column
from .writer import SETTING

_logger = logging.getLogger(__name__)

RESULT = "online_billing.posting_check"
TASK = "online_billing.activity_type_posting_differs"
# So many invoices are made twice each night.
COUNT = 20
# In the first night the newest of so many are chosen from.
REACH = 100_000
# Every invoice is made so often in the batch: the first and the last of a kind are made by Odoo.
COPIES = 3


class Compared(NamedTuple):
    """What came of one night.

    :ivar list alike: ids of invoices that came out alike
    :ivar list left: ids of those that could not be compared, because both are Odoo's work or Odoo refuses them today
    :ivar dict differing: {id: [(where, ours, Odoo's)]}
    """

    alike: list
    left: list
    differing: dict


class BillingPostingCheck(models.AbstractModel):
    """Each night some invoices of the day are made twice, by Odoo and in a batch, compared, and taken back."""

    _name = "billing.posting.check"
    _description = "Comparison of Invoices Written in Batches"

    @api.model
    def _cron_compare(self):
        self.compare_newest()

    @api.model
    @api.private
    def compare_newest(self, count=COUNT):
        """Compare some random invoices of the billing since the last time; where one differs, switch the batches off.

        :return: :class:`Compared`, or None where posting in batches is switched off
        """
        if not self.env["billing.posting"].is_in_batches():
            return None
        found = Compared([], [], {})
        moves, newest = self._choose(count)
        for company, own in moves.grouped("company_id").items():
            self._compare(company, own, found)
        differs = next(iter(found.differing), None)
        result = {
            "day": fields.Date.to_string(fields.Date.context_today(self)),
            "newest": newest,
            "alike": len(found.alike),
            "left": len(found.left),
            "differing": moves.browse(differs).name if differs else False,
        }
        self.env["ir.config_parameter"].sudo().set_param(RESULT, json.dumps(result))  # sudo: a note of the program
        if differs:
            self._switch_off(moves.browse(differs), found.differing[differs])
        return found

    @api.model
    @api.private
    def get_last_result(self):
        """Return in plain words what came of the last comparison; empty if there was none."""
        text = self.env["ir.config_parameter"].sudo().get_param(RESULT)  # sudo: a note of the program
        if not text:
            return ""
        result = json.loads(text)
        values = {
            "day": fields.Date.to_date(result["day"]),
            "count": result["alike"],
            "left": result["left"],
            "invoice": result["differing"],
        }
        if result["differing"]:
            return self.env._(
                "In the night of %(day)s an invoice like %(invoice)s came out otherwise than Odoo itself makes it."
                " Posting in batches was switched off then.",
                **values,
            )
        if result["left"]:
            return self.env._(
                "In the night of %(day)s, %(count)s invoices were made in both ways and came out alike; %(left)s more"
                " are made by Odoo anyway.",
                **values,
            )
        return self.env._(
            "In the night of %(day)s, %(count)s invoices were made in both ways and came out alike.", **values
        )

    # ---- which

    def _choose(self, count):
        """Return random invoices of the billing that were posted since the last time, and the newest id of all."""
        self.env["account.move"].flush_model()
        text = self.env["ir.config_parameter"].sudo().get_param(RESULT)  # sudo: a note of the program
        newest = self.env.execute_query(SQL("SELECT max(id) FROM account_move"))[0][0] or 0
        since = max(json.loads(text)["newest"] if text else 0, newest - REACH)
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM account_move
                    WHERE id > %s AND billing_account_id IS NOT NULL AND state = 'posted'
                      AND move_type IN ('out_invoice', 'out_refund')
                    ORDER BY random() LIMIT %s""",
                since,
                count,
            )
        )
        return self.env["account.move"].browse(sorted(move_id for [move_id] in rows)), newest

    # ---- made twice

    def _compare(self, company, moves, found):
        """Make these in both ways, note what came of it, and take all back."""
        context = {"tracking_disable": False, "validate_analytic": True, "mail_notify_force_send": False}
        env = self.with_company(company).with_context(**context).env
        values = {move.id: self._prepare_values(move) for move in moves}
        with taken_back(self.env):
            plain = {}
            for move_id, vals in values.items():
                if made := self._make_by_odoo(env, vals):
                    plain[move_id] = made
                else:
                    found.left.append(move_id)
            written = self._make_in_batch(env, [values[move_id] for move_id in plain])
            for move_id, ours in zip(plain, written, strict=True):
                if not ours:
                    found.left.append(move_id)
                elif differences := snapshot.find_differences(
                    snapshot.take(env, ours), snapshot.take(env, plain[move_id])
                ):
                    found.differing[move_id] = differences
                else:
                    found.alike.append(move_id)

    def _make_by_odoo(self, env, vals):
        """Make one invoice by Odoo's own way; none where it refuses today what it took then."""
        try:
            with env.cr.savepoint():
                move = create_checked(env, [vals], [0], [UNCHECKED])
                move._post(soft=False)
                env.flush_all()
        except (UserError, RedirectWarning) as reason:
            _logger.info("An invoice is not compared: %s", reason)
            return None
        return move

    def _make_in_batch(self, env, vals_list):
        """Make these in a batch; return for each the invoice that was written, or none where Odoo made all of them."""
        count = len(vals_list)
        several = vals_list * COPIES
        batch = Batch(env, several, [UNCHECKED] * len(several))
        batch.run(render=True)
        env.flush_all()
        written = set(batch.rendered_ids)
        copies = [batch.move_ids[index::count] for index in range(count)]
        return [
            env["account.move"].browse(next((move_id for move_id in ids if move_id in written), 0) or ())
            for ids in copies
        ]

    def _prepare_values(self, move):
        """The values from which the billing made an invoice, as far as they can be read from it."""
        names = HEADER_VALUES - {"invoice_line_ids"}
        vals = self._read_values(move, names)
        vals["invoice_payment_term_id"] = move.invoice_payment_term_id.id
        vals["fiscal_position_id"] = move.fiscal_position_id.id
        if move.invoice_payment_term_id:
            vals.pop("invoice_date_due", None)
        if move.move_type == "out_invoice":
            vals.pop("payment_reference", None)  # it is the number
        vals["invoice_line_ids"] = [
            Command.create(self._prepare_line_values(line)) for line in move.invoice_line_ids.sorted("id")
        ]
        return vals

    def _prepare_line_values(self, line):
        if line.display_type in TEXT_LINES:
            return self._read_values(line, {"name", "display_type", "sequence"})
        vals = self._read_values(line, LINE_VALUES - {"display_type", "tax_ids"})
        vals["tax_ids"] = [Command.set(line.tax_ids.ids)]
        return vals

    def _read_values(self, record, names):
        """Values of some fields, and of the columns that addons of this project have added."""
        own = {name for name, field in record._fields.items() if field._module in known.OWN and is_mere_column(field)}
        vals = {}
        for name in names | own:
            value = record._fields[name].convert_to_write(record[name], record)
            if value is not False and value is not None and value != "":
                vals[name] = value
        return vals

    # ---- what follows

    def _switch_off(self, move, differences):
        """Post by Odoo's own way from here on, and give a manager the task to look into it."""
        _logger.error("Written in a batch, an invoice like %s differs: %s", move.name, differences)
        self.env["ir.config_parameter"].sudo().set_param(SETTING, "odoo")  # sudo: a setting that nobody sets now
        where, ours, theirs = differences[0]
        note = self.env._(
            "Made again in a batch, an invoice like %(invoice)s is not what Odoo itself makes of the same values:"
            " “%(field)s” is “%(ours)s” instead of “%(theirs)s”. Nothing of it was kept. From now on all invoices are"
            " posted one by one, by Odoo's own way: with the right result, and more slowly. Compare the invoices of the"
            " day with one that you make by hand, and ask your administrator what has changed: an addon, a setting, an"
            " upgrade. Settings / Billing / Posting of Invoices switches the batches on again.",
            invoice=move.name,
            field=self._get_label(where),
            ours=ours,
            theirs=theirs,
        )
        user = self.env["billing.work.loop"].get_responsible(move)
        self.env["billing.tasks"].give(move, "posting.differs", TASK, note=note, user_id=user.id)

    def _get_label(self, where):
        """The name of a column in the words of the screens."""
        table, _dot, column = where.partition(".")
        model = self.env.get(table.replace("_", "."))
        if model is None or column not in model._fields:
            return where
        return model._fields[column]._description_string(self.env) or column
