from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..shared.guarded import ANY, Life, names

MAXIMUM_LISTED = 10_000
NO_RESULTS = {"accounts": 0, "parked": 0, "invoices": 0, "rendered": 0, "amounts": {}, "reasons": {}}
MAXIMUM_NUMBERS = 100_000
SCOPE = names("target_date account_ids plan_ids")


class BillingRun(models.Model):
    """Bill every account of a scope up to a day: all missed periods, in order, each exactly once."""

    _name = "billing.run"
    _description = "Billing Run"
    _inherit = ["billing.guarded", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True
    _life = Life(
        create=SCOPE | {"company_id", "note"},
        write={"draft": SCOPE, ANY: names("note")},
        delete=names("draft cancelled"),
        sealed={state: SCOPE | {"company_id", "as_of"} for state in ("running", "stopped", "done", "cancelled")},
        by_event=True,
    )

    name = fields.Char(
        string="Number", required=True, readonly=True, copy=False, default=lambda self: self.env._("New")
    )
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    target_date = fields.Date(
        string="Bill up to",
        required=True,
        default=fields.Date.context_today,
        tracking=True,
        help="Everything that falls due up to and including this day is billed.",
    )
    as_of = fields.Datetime(
        string="Local Days At",
        readonly=True,
        copy=False,
        help="Set by the daily run: each account is billed up to its own local day at this instant.",
    )
    account_ids = fields.Many2many(
        "billing.account",
        "billing_run_account_rel",
        "run_id",
        "account_id",
        string="Only Accounts",
        help="Empty: all accounts.",
        check_company=True,
    )
    plan_ids = fields.Many2many(
        "billing.plan",
        "billing_run_plan_rel",
        "run_id",
        "plan_id",
        string="Only Accounts with Plan",
        help="Empty: all plans.",
        check_company=True,
    )
    origin = fields.Selection(
        [("manual", "By Hand"), ("daily", "Daily"), ("single", "Single Account")],
        default="manual",
        required=True,
        readonly=True,
        help=("By hand: somebody started it. Daily: the scheduled run. Single account: “Bill Now” on an account."),
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("running", "Running"),
            ("stopped", "Stopped"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
        index=True,
        help="Stopped: nothing is undone; it goes on with “Resume”.",
    )
    started_at = fields.Datetime(readonly=True, copy=False)
    finished_at = fields.Datetime(readonly=True, copy=False)
    account_total = fields.Integer(
        readonly=True, copy=False, string="Accounts Due", help="Accounts with something due when the run began."
    )
    outcome_ids = fields.One2many(
        "billing.run.outcome", "run_id", string="Results", help="What the run did for each account, and why not."
    )
    account_done = fields.Integer(
        compute="_compute_figures", string="Accounts Handled", help="Accounts that the run has looked at."
    )
    progress = fields.Float(compute="_compute_figures", help="Handled accounts in percent.")
    invoice_count = fields.Integer(compute="_compute_figures", string="Invoices")
    parked_count = fields.Integer(
        compute="_compute_figures",
        string="Accounts Not Billed",
        help="Accounts that could not be billed. They are put aside with the reason; the next run tries them again.",
    )
    rendered_count = fields.Integer(
        compute="_compute_figures",
        string="Written in Batches",
        help="Invoices written in batches after the example of one that Odoo made, and compared with it.",
    )
    amount_summary = fields.Char(compute="_compute_amount_summary", string="Billed", help="Total with tax by currency.")
    move_ids = fields.One2many("account.move", "billing_run_id", string="Invoices Made")
    path_summary = fields.Text(
        compute="_compute_path_summary",
        string="How They Were Made",
        help="How many invoices were written in batches, and why some were made one by one by Odoo. They are the same,"
        " and take longer.",
    )
    final_figures = fields.Json(
        readonly=True,
        copy=False,
        help="What the results come to, counted once when the run was done.",
    )
    left_out = fields.Json(
        readonly=True,
        copy=False,
        string="Left Out When It Began",
        help="Which accounts were left out when the run began, and in which state they were.",
    )
    left_out_count = fields.Integer(compute="_compute_left_out_page", string="Accounts Left Out")
    left_out_page = fields.Html(
        compute="_compute_left_out_page",
        sanitize=False,
        string="Left Out",
        help="Accounts with something due that were not billed because they are suspended, closed or not active yet, as"
        " they were when the run began; and chosen accounts on which nothing was due.",
    )
    note = fields.Text()

    _number_unique_per_company = models.Constraint(
        "UNIQUE (company_id, name)", "Another run of this company has the same number."
    )

    @api.depends("final_figures", "state", "account_total")
    def _compute_figures(self):
        figures = self._get_figures()
        for run in self:
            own = figures[run.id]
            run.account_done, run.parked_count = own["accounts"], own["parked"]
            run.invoice_count, run.rendered_count = own["invoices"], own["rendered"]
            run.progress = (
                100.0
                if run.state == "done"
                else min(100.0, 100.0 * run.account_done / run.account_total)
                if run.account_total
                else 0.0
            )

    @api.depends("final_figures")
    def _compute_amount_summary(self):
        figures, currencies = self._get_figures(), self.env["res.currency"]
        for run in self:
            amounts = figures[run.id]["amounts"]
            run.amount_summary = ", ".join(
                currencies.browse(int(currency_id)).format(amount) for currency_id, amount in amounts.items()
            )

    @api.depends("final_figures")
    def _compute_path_summary(self):
        figures, ways = self._get_figures(), self.env["billing.posting.ways"]
        for run in self:
            run.path_summary = ways.describe(run.rendered_count, figures[run.id]["reasons"])

    def _get_figures(self):
        """Return {run id: what its results come to}; those of runs at work are counted now, the others are kept."""
        begun = self.filtered(lambda run: not run.final_figures and run.state != "draft")._origin
        counted = self.env["billing.run.work"].count_results(begun)
        return {run.id: run.final_figures or counted.get(run._origin.id) or NO_RESULTS for run in self}

    @api.depends("left_out")
    def _compute_left_out_page(self):
        for run in self:
            left_out = run.left_out or {"count": 0, "rows": []}
            rows = self.env["billing.run.work"].describe_left_out(left_out)
            run.left_out_count = left_out["count"]
            run.left_out_page = self.env["ir.qweb"]._render(
                "online_billing.run_left_out", {"rows": rows, "count": left_out["count"]}
            )

    @api.model
    def _complete_values(self, vals_list):
        for vals in vals_list:
            if not vals.get("name") or vals["name"] == self.env._("New"):
                company = vals.get("company_id") or self.env.company.id
                vals["name"] = self.env["ir.sequence"].with_company(company).next_by_code("billing.run")
        return vals_list

    @api.model
    def _get_life_advice(self):
        return self.env._("Make another run for another scope; use its buttons to start, stop or cancel it.")

    @api.ondelete(at_uninstall=False)
    def _unlink_except_begun(self):
        if begun := self.filtered(lambda run: run.state not in ("draft", "cancelled")):
            raise UserError(
                self.env._(
                    "%(runs)s cannot be deleted, because it has billed accounts. It stays as a record.",
                    runs=", ".join(begun.mapped("name")),
                )
            )

    # -- buttons ------------------------------------------------------------------------------------------------------

    def action_preview(self):
        """Open a preview: what the run would bill, computed the same way and saved nowhere."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Preview of %(run)s", run=self.name),
            "res_model": "billing.run.preview",
            "view_mode": "form",
            "target": "new",
            "context": {"default_run_id": self.id},
        }

    def action_start(self):
        self.env["billing.run.work"].start(self)

    def action_stop(self):
        self.env["billing.run.work"].stop(self)

    def action_resume(self):
        self.env["billing.run.work"].resume(self)

    def action_cancel(self):
        self.env["billing.run.work"].cancel(self)

    def action_process_now(self):
        """Work on the run in this request; for small runs and for programs."""
        self.check_access("write")
        self.env["billing.run.work"].process(self)

    def action_view_invoices(self):
        self.ensure_one()
        self.check_access("read")
        return dict(
            self.env["ir.actions.act_window"]._for_xml_id("online_billing.account_move_action_billing"),
            domain=[("billing_run_id", "=", self.id)],
        )

    def action_view_outcomes(self):
        self.ensure_one()
        self.check_access("read")
        return dict(
            self.env["ir.actions.act_window"]._for_xml_id("online_billing.billing_run_outcome_action"),
            domain=[("run_id", "=", self.id)],
            context={},
        )

    def action_view_parked(self):
        self.ensure_one()
        self.check_access("read")
        return dict(
            self.env["ir.actions.act_window"]._for_xml_id("online_billing.billing_run_outcome_action"),
            domain=[("run_id", "=", self.id), ("result", "=", "parked")],
            context={},
        )

    def _get_form_action(self):
        self.ensure_one()
        return {"type": "ir.actions.act_window", "res_model": self._name, "res_id": self.id, "view_mode": "form"}

    # -- programs -----------------------------------------------------------------------------------------------------

    @api.model
    def preview(self, target_date, accounts=None, limit=1000):
        """Return what a run would bill, without saving anything.

        :param str target_date: ISO date, at most five years ahead
        :param list accounts: numbers of accounts of the current company, all if left out; an empty list is refused
        :param int limit: at most so many accounts are listed; the totals count all
        :return: {"accounts": n, "invoices": n, "parked": n, "totals": {"EUR": sum of the charges}, "lines":
            [{"account", "customer", "date", "document": "invoice", "credit note" or "nothing", "amount", "currency",
            "items"}], "errors": [{"account", "customer", "reason"}], "left_out": [{"account", "customer", "reason"}],
            "left_out_count": n, "dated_ahead": how many invoices bear a date to come, "latest_day": the last of these
            dates, or false, "no_address": [{"id", "account", "customer"}] of those who are to be mailed and have no
            address, "no_address_count": n}
        :raise UserError: coded, an argument that cannot be used
        """
        self.check_access("read")
        limit = self.env["billing.reader"].read_integer(limit, "limit", 0, MAXIMUM_LISTED)
        scope = self.new({**self._read_scope_values(target_date, accounts), "name": "preview"})
        return self.env["billing.run.work"].preview(scope, limit)

    @api.model
    def start(self, target_date, accounts=None):
        """Create and start a run; it is worked on in the background.

        :param str target_date: ISO date, at most five years ahead
        :param list accounts: numbers of accounts of the current company, all if left out; an empty list is refused
        :return: {"id", "name", "accounts": accounts due}
        :raise UserError: coded, an argument that cannot be used
        """
        self.check_access("create")
        run = self.create(self._read_scope_values(target_date, accounts))
        run.action_start()
        return {"id": run.id, "name": run.name, "accounts": run.account_total}

    @api.model
    def _read_scope_values(self, target_date, account_numbers=None):
        """Return the values of a run with the scope that a program asks for; nobody is not everybody."""
        reader = self.env["billing.reader"]
        accounts = self.env["billing.account"]
        if account_numbers is not None:
            numbers = reader.read_list(account_numbers, "accounts", MAXIMUM_NUMBERS)
            accounts = reader.read_accounts(numbers, "accounts", self.env.company)
            if not accounts:
                raise reader.get_nobody_error("accounts")
        return {
            "target_date": reader.read_target_date(target_date),
            "company_id": self.env.company.id,
            "account_ids": [Command.set(accounts.ids)],
        }

    @api.model
    def _bill_accounts(self, accounts, target_date=None):
        """Bill some accounts at once, in a run of its own, and return the run."""
        self.check_access("create")
        run = (
            self.sudo()  # sudo: the origin is for services to give; the right to make runs was checked
            .create(
                {
                    "company_id": accounts.company_id.ensure_one().id,
                    "target_date": target_date or fields.Date.context_today(self),
                    "account_ids": [Command.set(accounts.ids)],
                    "origin": "single",
                }
            )
            .sudo(False)
        )
        self.env["billing.run.work"].start(run, background=False)
        self.env["billing.run.work"].process(run, commit=False)
        return run

    # -- crons --------------------------------------------------------------------------------------------------------

    @api.model
    def _cron_daily_run(self):
        """Start the daily run of every company with active accounts."""
        self.env["billing.run.work"].start_daily_runs(fields.Datetime.now())

    @api.model
    def _cron_process_runs(self):
        """Work on running runs until time is up; several of these crons share the accounts."""
        self.env["billing.run.work"].work()
