"""The closing list of a day: what each cashier took and paid back, by journal, with its sums."""

import io
from collections import defaultdict
from datetime import datetime, time, timedelta

import pytz
from odoo import api, models
from odoo.fields import Domain
from odoo.tools.misc import format_date, format_datetime

from ...models.payments.account_payment import CONFIRMED_STATES
from ..shared.spreadsheets import open_workbook


class BillingCashClosing(models.AbstractModel):
    """Everything that people took on a day, each payment on the list of exactly one day.

    The day on which a payment was confirmed counts, by the clock of the company, whoever asks, and whenever its draft
    was entered; the day on which the money came may be another one, and stands beside it. What was undone since, also
    what was only taken back to draft, stays listed and is not counted. What was paid back counts
    below zero, so that the sums are what came into the till. What customers pay online passes no hand, and is not
    listed.
    """

    _name = "billing.cash.closing.list"
    _description = "Closing List of a Day"

    @api.private
    def get_list(self, company, day, users, journals):
        """Return the closing list of a day.

        :param company: a `res.company`
        :param date day: on which the payments were confirmed
        :param users: cashiers; none for everybody
        :param journals: none for all
        :return: {"groups": [{"cashier", "journal", "way", "currency", "rows", "count", "total"}], "sums": [{"label",
            "count", "total"}], "count"}; amounts as floats and texts
        """
        payments = self.env["account.payment"].search(
            self._get_domain(company, day, users, journals), order="billing_confirmed_on, id"
        )
        grouped = defaultdict(list)
        for payment in payments:
            grouped[payment.create_uid, payment.journal_id, self._get_way(payment), payment.currency_id].append(payment)
        groups = [
            self._get_group(*key, grouped[key])
            for key in sorted(grouped, key=lambda key: (key[0].name, key[1].sequence, key[1].name, key[2], key[3].name))
        ]
        return {"groups": groups, "sums": self._get_sums(payments), "count": len(payments)}

    @api.private
    def get_workbook(self, closing, title):
        """Return a closing list as a spreadsheet.

        :param dict closing: as `get_list` returns it
        """
        _ = self.env._
        output = io.BytesIO()
        with open_workbook(output) as book:
            bold = book.add_format({"bold": True})
            money = {
                digits: book.add_format({"num_format": f"#,##0.{'0' * digits}".rstrip(".")})
                for digits in {group["digits"] for group in closing["groups"]}
            }
            sheet = book.add_worksheet(_("Payments")[:31])
            sheet.write(0, 0, title, bold)
            heads = [
                *(_("Cashier"), _("Journal"), _("How it came"), _("Entered"), _("Received on"), _("Number")),
                *(_("Customer"), _("Cheque"), _("Note"), _("State"), _("Amount"), _("Currency")),
            ]
            sheet.write_row(2, 0, heads, bold)
            place = 3
            for group in closing["groups"]:
                for row in group["rows"]:
                    texts = [row[name] for name in ("entered", "day", "number", "customer", "cheque", "memo", "state")]
                    sheet.write_row(place, 0, [group["cashier"], group["journal"], group["way"], *texts])
                    sheet.write_number(place, 10, row["value"], money[group["digits"]])
                    sheet.write_string(place, 11, group["currency"])
                    place += 1
            sheet.set_column(0, 11, 16)
            sums = book.add_worksheet(_("Sums")[:31])
            sums.write_row(0, 0, [_("Cashier"), _("Journal"), _("How it came"), _("Payments")], bold)
            sums.write_row(0, 4, [_("Amount"), _("Currency")], bold)
            for place, group in enumerate(closing["groups"], start=1):
                sums.write_row(place, 0, [group["cashier"], group["journal"], group["way"], group["count"]])
                sums.write_number(place, 4, group["value"], money[group["digits"]])
                sums.write_string(place, 5, group["currency"])
            sums.set_column(0, 5, 18)
        return output.getvalue()

    def _get_domain(self, company, day, users, journals):
        zone = pytz.timezone(self.env["billing.days"].get_zone(company))
        first, after = (
            zone.localize(datetime.combine(one, time.min)).astimezone(pytz.utc).replace(tzinfo=None)
            for one in (day, day + timedelta(days=1))
        )
        domain = Domain(
            [
                ("partner_type", "=", "customer"),
                ("billing_confirmed_on", ">=", first),
                ("billing_confirmed_on", "<", after),
                ("payment_transaction_id", "=", False),
            ]
        )
        # a branch takes money into the till of the company above it, too
        domain &= Domain("company_id", "=", company.id) | Domain("billing_account_id.company_id", "=", company.id)
        domain &= Domain("create_uid", "in", users.ids) if users else Domain.TRUE
        return domain & Domain("journal_id", "in", journals.ids) if journals else domain

    def _get_way(self, payment):
        """Return how the money came where the name of the journal does not say it."""
        line = payment.payment_method_line_id
        return "" if not line or line.code == "manual" else line.name

    def _get_group(self, user, journal, way, currency, payments):
        standing = [payment for payment in payments if payment.state in CONFIRMED_STATES]
        total = currency.round(sum(payment.amount_signed for payment in standing))
        return {
            "cashier": user.name,
            "journal": journal.name,
            "way": way,
            "currency": currency.name,
            "digits": currency.decimal_places,
            "rows": [self._get_row(payment) for payment in payments],
            "count": len(standing),
            "value": total,
            "total": currency.format(total),
        }

    def _get_row(self, payment):
        is_standing = payment.state in CONFIRMED_STATES
        state = self.env._("paid back") if payment.payment_type == "outbound" else ""
        cheque = " ".join(text for text in (payment.billing_cheque_number, payment.billing_cheque_bank) if text)
        is_draft = payment.state == "draft"
        undone = self.env._("draft again, not counted") if is_draft else self.env._("cancelled, not counted")
        zone = self.env["billing.days"].get_zone(payment.company_id)
        return {
            "id": payment.id,
            "number": payment.name or "",
            "entered": format_datetime(self.env, payment.billing_confirmed_on, tz=zone, dt_format="short"),
            "day": format_date(self.env, payment.date),
            "customer": payment.partner_id.name or "",
            "cheque": cheque,
            "memo": payment.memo or "",
            "state": state if is_standing else undone,
            "value": payment.amount_signed if is_standing else 0.0,
            "amount": payment.currency_id.format(payment.amount_signed),
            "is_standing": is_standing,
        }

    def _get_sums(self, payments):
        """Return what there is by journal and currency, whoever took it."""
        sums = defaultdict(list)
        for payment in payments.filtered(lambda payment: payment.state in CONFIRMED_STATES):
            sums[payment.journal_id, payment.currency_id].append(payment.amount_signed)
        return [
            {
                "label": f"{journal.name} ({currency.name})",
                "count": len(amounts),
                "total": currency.format(currency.round(sum(amounts))),
            }
            for (journal, currency), amounts in sorted(
                sums.items(), key=lambda item: (item[0][0].sequence, item[0][0].name, item[0][1].name)
            )
        ]
