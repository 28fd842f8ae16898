"""What is open and overdue on an account."""

from odoo import Command, api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .sortable import SortableMonetary

EXEMPTION = {"late_fee_exempt", "late_fee_exempt_from", "late_fee_exempt_until"}
# which figure of all accounts at once a field shows
SORTED_BY = {"amount_due": "balance", "amount_overdue": "overdue"}


class BillingAccount(models.Model):
    _inherit = "billing.account"

    invoice_count = fields.Integer(compute="_compute_invoice_count", string="Number of Invoices")
    amount_due = SortableMonetary(
        compute="_compute_open_figures",
        string="Open Amount",
        help="What the customer owes on balance: invoices and other debts, less credits and payments that are not"
        " matched yet. Below zero where there is more credit than debt.",
    )
    amount_owed = fields.Monetary(
        compute="_compute_open_figures", string="Owed", help="Invoices and other debts, before credits are taken off."
    )
    amount_credit = fields.Monetary(
        compute="_compute_open_figures", string="Credits", help="Credits and payments that are not matched yet."
    )
    amount_overdue = SortableMonetary(
        compute="_compute_open_figures",
        string="Overdue Amount",
        help="Credits taken off, without what is in dispute or being paid.",
    )
    has_overdue = fields.Boolean(
        compute="_compute_open_figures",
        search="_search_has_overdue",
        string="Something Overdue",
        help="On the local day of the account, credits taken off, without what is in dispute or being paid; in whatever"
        " currency.",
    )
    overdue_currency_ids = fields.Many2many(
        "res.currency",
        compute="_compute_overdue_currency_ids",
        search="_search_overdue_currency_ids",
        string="Overdue In",
        help="The currencies in which something is overdue. What is owed in another currency than that of the account"
        " stands on its page.",
    )
    has_unassigned = fields.Boolean(
        compute="_compute_open_figures",
        string="Documents on No Account",
        help="Something is open of this customer, and nobody has said on which of the accounts.",
    )

    stop_ids = fields.One2many("billing.stop", "account_id", string="Times Without Late Fees")
    stop_count = fields.Integer(compute="_compute_stop_count", string="Number of Times Without Late Fees")

    def write(self, vals):
        """Keep what has passed of an exemption from late fees that is removed or changed."""
        if not vals.keys() & EXEMPTION:
            return super().write(vals)
        stops = self.env["billing.stops"]
        for account in self:
            before = stops.get_exemption(account)
            super(BillingAccount, account).write(stops.complete_exemption(account, vals))
            stops.follow_exemption(account, before)
        return True

    def _compute_stop_count(self):
        own = [("account_id", "in", self.ids)]
        counts = dict(self.env["billing.stop"]._read_group(own, ["account_id"], ["__count"]))
        for account in self:
            account.stop_count = counts.get(account, 0)

    def action_view_stops(self):
        return self._get_related_action("online_billing.billing_stop_action", [("account_id", "=", self.id)])

    def _compute_invoice_count(self):
        own = [("billing_account_id", "in", self.ids)]
        counts = dict(self.env["account.move"]._read_group(own, ["billing_account_id"], ["__count"]))
        for account in self:
            account.invoice_count = counts.get(account, 0)

    def _compute_open_figures(self):
        service, calendar = self.env["billing.open.items"], self.env["billing.days"]
        found, unassigned = service.get_all(self._origin.ids)
        for account in self:
            currency, day = account.currency_id.id, calendar.get_local_day(account)
            by_currency = service.split_by_currency(found.get(account._origin.id, ()))
            sums = service.get_balance(by_currency[currency])
            account.amount_due, account.amount_owed = float(sums["balance"]), float(sums["owed"])
            account.amount_credit = float(sums["credit"])
            account.amount_overdue = float(service.sum_up(by_currency[currency], day)["overdue"])
            account.has_overdue = bool(service.find_overdue_currencies(by_currency, day))
            account.has_unassigned = (account.partner_id.commercial_partner_id.id, account.company_id.id) in unassigned

    def _compute_overdue_currency_ids(self):
        """Tell it for itself: hardly anybody asks, and the lists of accounts are long."""
        service, calendar = self.env["billing.open.items"], self.env["billing.days"]
        found, _unassigned = service.get_all(self._origin.ids)
        for account in self:
            day = calendar.get_local_day(account)
            by_currency = service.split_by_currency(found.get(account._origin.id, ()))
            account.overdue_currency_ids = [Command.set(service.find_overdue_currencies(by_currency, day))]

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        """Sort by what is open and overdue, which is worked out of all accounts at once."""
        if field_name not in SORTED_BY:
            return super()._order_field_to_sql(alias, field_name, direction, nulls, query)
        self._check_field_access(self._fields[field_name], "read")
        found = query.make_alias(alias, field_name)
        condition = SQL("%s = %s", SQL.identifier(found, "account_id"), SQL.identifier(alias, "id"))
        query.add_join("LEFT JOIN", found, self.env["billing.overdue"].get_table(SORTED_BY[field_name]), condition)
        amount = SQL("COALESCE(%s, 0)", SQL.identifier(found, "amount"))
        query._order_groupby.append(amount)
        return SQL("%s %s", amount, direction)

    @api.model
    @api.private
    @api.readonly
    def search_fetch(self, domain, field_names=None, offset=0, limit=None, order=None):
        """Find accounts that are sorted by what is open or overdue in three parts: above zero, zero, below.

        On most accounts it is zero: of those only the ones that are shown are looked for, and not all are sorted. The
        columns are read of what is found.
        """
        first, _comma, further = (order or "").partition(",")
        name, *direction = first.split() or [""]
        if not limit or name not in SORTED_BY:
            return super().search_fetch(domain, field_names, offset=offset, limit=limit, order=order)
        self.check_access("read")
        self._check_field_access(self._fields[name], "read")
        amounts = self.env["billing.overdue"].get_amounts(SORTED_BY[name])
        domain, falls = Domain(domain).optimize_full(self), [word.upper() for word in direction[:1]] == ["DESC"]
        above, below = ([key for key in amounts if (amounts[key] > 0) == is_above] for is_above in (True, False))
        found, skipped = [], offset or 0
        for some in (above, None, below) if falls else (below, None, above):
            wanted = limit - len(found)
            if some is None:
                part = domain & Domain("id", "not in", list(amounts))
                ids = super().search_fetch(part, [], offset=skipped, limit=wanted, order=further)._ids
                size = skipped + len(ids) if ids or not skipped else self.search_count(part)
            else:
                part = domain & Domain("id", "in", some)
                # equal amounts stay in the order in which they are found
                every = sorted(super().search_fetch(part, [], order=further)._ids, key=amounts.get, reverse=falls)
                ids, size = every[skipped : skipped + wanted], len(every)
            found += ids
            skipped = max(skipped - size, 0)
            if len(found) == limit:
                break
        accounts = self.browse(found)
        if field_names is None or field_names:
            accounts.fetch(field_names)
        return accounts

    @api.model
    @api.readonly
    def web_search_read(self, domain, specification, offset=0, limit=None, order=None, count_limit=None):
        """Work out what a search asks of all accounts once, for the rows and for their number."""
        self.check_access("read")
        domain = Domain(domain).optimize_full(self)
        return super().web_search_read(domain, specification, offset, limit, order, count_limit)

    def _search_has_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        overdue = Domain("id", "in", {account.id for account, _currency in self.env["billing.overdue"].find()})
        return Domain.OR(overdue if wanted else ~overdue for wanted in value)

    def _search_overdue_currency_ids(self, operator, value):
        if operator != "in":
            return NotImplemented
        overdue = self.env["billing.overdue"].find()
        return Domain("id", "in", {account.id for account, currency in overdue if currency.id in value})

    @api.model
    def _cron_audit(self):
        """Check what has changed in the books."""
        self.env["billing.auditing"].work(fields.Datetime.now())

    def action_view_unassigned(self):
        """Show what is open of the customer and on none of the accounts, to put it on this one."""
        self.ensure_one()
        self.check_access("write")
        found = self.env["billing.open.items"].get_unassigned(self.ids)
        items = found.get((self.partner_id.commercial_partner_id.id, self.company_id.id), ())
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("On No Account"),
            "res_model": "account.move",
            "view_mode": "list",
            "views": [(self.env.ref("online_billing.account_move_view_list_unassigned").id, "list")],
            "domain": [("id", "in", sorted({item.move_id for item in items}))],
            "context": {"create": False, "billing_account_id": self.id},
        }
