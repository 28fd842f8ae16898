"""Write the open amount of a case off, as an accountant does by hand."""

from datetime import date

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from ..shared.numbers import as_float


class BillingWriteOff(models.AbstractModel):
    _name = "billing.write.off"
    _description = "Write off What a Case Shows"

    @api.private
    def write_off(self, cases):
        """Write the open amount of cases off by a journal entry, as an accountant does by hand.

        :raise AccessError: only a billing manager decides that
        """
        self.check_allowed(cases)
        for case in cases:
            self._write_off_one(case)

    def _write_off_one(self, case):
        company = case.company_id
        expense = self._get_expense_account(company)
        file = self.env["billing.collection.acts"].get_locked_file(case)
        shares = self._get_shares(file)
        if not shares:
            raise UserError(self.env._("Nothing is open on %(case)s.", case=case.display_name))
        journal = (
            self.env["account.journal"]
            .sudo()  # sudo: a billing manager decides, the books follow
            .search([("type", "=", "general"), ("company_id", "parent_of", company.id)], limit=1)
        )
        label = self.env._("Write-off, account %(account)s", account=case.account_id.name)
        commands, balance, amount = [], 0.0, 0.0
        for line, share in shares.items():
            own = company.currency_id.round(line.amount_residual * share / line.amount_residual_currency)
            commands.append(
                Command.create(
                    {
                        "name": label,
                        "account_id": line.account_id.id,
                        "partner_id": line.partner_id.id,
                        "currency_id": line.currency_id.id,
                        "amount_currency": -share,
                        "balance": -own,
                    }
                )
            )
            balance += own
            amount += share
        commands.append(
            Command.create(
                {
                    "name": label,
                    "account_id": expense.id,
                    "partner_id": case.partner_id.id,
                    "currency_id": case.currency_id.id,
                    "amount_currency": amount,
                    "balance": balance,
                }
            )
        )
        move = (
            self.env["account.move"]
            .sudo()
            .with_company(company)
            .create(
                {
                    "move_type": "entry",
                    "journal_id": journal.id,
                    "date": file.day,
                    "currency_id": case.currency_id.id,  # of its total
                    "ref": label,
                    "line_ids": commands,
                }
            )
        )
        move.action_post()
        for line, counterpart in zip(shares, move.line_ids, strict=False):
            (line | counterpart).reconcile()
        # what the credits were counted for is settled with them
        rested = (
            self.env["account.move"].sudo().browse({i.move_id for i in file.open_items if i.rests})
        )  # sudo: as above
        settled = self.env["account.move.line"].sudo().union(*shares).move_id - rested
        self.env["billing.open.items"].apply_credits(case.account_id, settled)
        file = self.env["billing.collection.acts"].get_locked_file(case)
        file.wants_write_off = False
        self.env["billing.collection.filing"].put_away_by_hand(
            case, file, "note", self.env._("Written off: %(entry)s", entry=move.name)
        )
        self.env["billing.tasks"].close_group(case.sudo(), "collection", label)  # sudo: of whoever has them

    @api.private
    def check_allowed(self, cases):
        """See to it that the user may write off what is open of cases.

        :raise AccessError: only a billing manager decides that
        """
        if not self.env.user.has_group("online_billing.group_billing_manager"):
            raise AccessError(self.env._("Only a billing manager writes open amounts off."))
        cases.check_access("write")

    @api.private
    def get_preview_html(self, cases):
        """Return what would be written off: each invoice with its amount and its day, and the sum of each case.

        :raise UserError: no account was chosen that bears it
        """
        shown = []
        for case in cases:
            account = self._get_expense_account(case.company_id)
            shares = self._get_shares(self.env["billing.collection.files"].get_file(case))
            rows = [
                {"name": line.move_id.name, "due": line.date_maturity, "amount": amount}
                for line, amount in shares.items()
            ]
            shown.append(
                {
                    "case": case.display_name,
                    "account": account.display_name,
                    "currency": case.currency_id,
                    "rows": sorted(rows, key=lambda row: (row["due"] or date.max, row["name"])),
                    "total": sum(shares.values()),
                }
            )
        return self.env["ir.qweb"]._render("online_billing.case_write_off", {"cases": shown})

    def _get_expense_account(self, company):
        if expense := company.billing_write_off_account_id:
            return expense
        raise UserError(
            self.env._(
                "No account has been chosen that bears what is written off. An administrator chooses it in Billing /"
                " Settings, under Collection; then try again."
            )
        )

    def _get_shares(self, file):
        """Return {journal item: amount} of what the case shows: credits taken off, without what rests."""
        shares = {}
        for one in self.env["billing.open.items"].stand(file.open_items, file.day):
            if one.active > 0:
                # sudo: a billing manager decides, the books follow
                line = self.env["account.move.line"].sudo().browse(one.item.line_id)
                shares[line] = shares.get(line, 0.0) + as_float(one.active)
        return shares
