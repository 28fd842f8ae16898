from odoo import api, fields, models
from odoo.exceptions import UserError

from ...services.shared.numbers import as_float, to_decimal


class BillingChargeNow(models.TransientModel):
    """Show what would be charged from which method, and charge it."""

    _name = "billing.charge.now"
    _description = "Charge Now"

    account_id = fields.Many2one("billing.account", required=True, help="Whose method is charged.")
    currency_id = fields.Many2one(related="account_id.currency_id")
    consent_id = fields.Many2one(related="account_id.consent_id")
    open_move_ids = fields.Many2many(
        "account.move",
        compute="_compute_open_move_ids",
        string="Can Be Charged",
        help="Open, and not in dispute, promised, planned or being paid already.",
    )
    move_ids = fields.Many2many(
        "account.move",
        compute="_compute_move_ids",
        store=True,
        readonly=False,
        string="Bills",
        help="Take away what is not to be charged now. Bills whose debit was stopped are added by hand.",
    )
    left_out = fields.Char(
        compute="_compute_stopped", string="Left Out", help="Bills whose debit was stopped, and that are not chosen."
    )
    stopped = fields.Char(
        compute="_compute_stopped", string="Stopped", help="Chosen bills whose debit somebody has stopped, and who."
    )
    method_id = fields.Many2one(
        "billing.payment.consent.method",
        string="From",
        compute="_compute_method_id",
        store=True,
        readonly=False,
        help="A method of the consent. The first that works is proposed.",
    )
    amount = fields.Monetary(
        compute="_compute_amount",
        store=True,
        readonly=False,
        string="To Be Charged",
        help="What is open of these bills, with credits and what is on hold taken off.",
    )
    obstacle = fields.Char(
        compute="_compute_obstacle", string="Why Not", help="Why nothing can be charged; empty where it can."
    )

    @api.depends("account_id")
    def _compute_open_move_ids(self):
        for wizard in self:
            wizard.open_move_ids = wizard._get_choice()[0]

    @api.depends("account_id")
    def _compute_move_ids(self):
        """Propose what is open, but no bill whose debit somebody has stopped, unless it was opened for that bill."""
        for wizard in self:
            moves, stopped = wizard._get_choice()
            chosen = self.env["account.move"].browse(self.env.context.get("default_move_ids") or ())
            wizard.move_ids = moves & chosen if chosen else moves - moves.browse(stopped)

    @api.depends("account_id", "move_ids")
    def _compute_stopped(self):
        for wizard in self:
            _moves, stopped = wizard._get_choice()
            chosen = set(wizard.move_ids._origin.ids)
            names = {move.id: move.name for move in self.env["account.move"].browse(stopped)}
            wizard.left_out = ", ".join(names[move_id] for move_id in stopped if move_id not in chosen)
            wizard.stopped = "; ".join(
                f"{names[move_id]}: {attempt.reason or ''}" for move_id, attempt in stopped.items() if move_id in chosen
            )

    def _get_choice(self):
        """Return the documents that can be charged, and those of them whose debit was stopped."""
        if not self.account_id:
            return self.env["account.move"], {}
        return self.env["billing.charging.now"].get_choice(self.account_id)

    @api.depends("account_id", "move_ids")
    def _compute_method_id(self):
        for wizard in self:
            methods = wizard._get_methods()
            wizard.method_id = wizard.method_id if wizard.method_id in methods else methods[:1]

    def _get_methods(self):
        """Return the methods that were agreed to for the chosen bills."""
        lines = self._get_lines(self.account_id, self.move_ids._origin)
        return self.env["billing.charging.now"].get_methods(self.consent_id, lines)

    @api.depends("account_id", "move_ids")
    def _compute_amount(self):
        for wizard in self:
            lines = self._get_lines(wizard.account_id, wizard.move_ids._origin)
            wizard.amount = as_float(self.env["billing.charging.now"].get_amount(lines))

    @api.depends("account_id", "move_ids", "method_id")
    def _compute_obstacle(self):
        for wizard in self:
            wizard.obstacle = wizard._get_obstacle() if wizard.account_id else False

    def _get_lines(self, account, moves=None):
        """Return the due lines of an account, of some of its bills only; none where no bill is chosen."""
        if not account or (moves is not None and not moves):
            return []
        return self.env["billing.charging.now"].get_lines(account, moves)

    def _get_obstacle(self):
        if self.left_out and not self.move_ids:
            return self.env._("Choose the bills that are to be charged.")
        obstacle = self.env["billing.charging.now"].get_obstacle(
            self.account_id, self._get_lines(self.account_id, self.move_ids._origin)
        )
        if not obstacle and self.method_id not in self._get_methods():
            return self.env._("Choose a payment method that the customer has agreed to for such bills.")
        return obstacle

    def action_charge(self):
        """Charge what was shown, and show what came of it; another amount than the one shown is never charged."""
        self.ensure_one()
        self.account_id.check_access("write")
        if self.method_id and self.method_id.consent_id != self.consent_id:
            raise UserError(self.env._("Choose a method of the consent that holds."))
        if obstacle := self._get_obstacle():
            raise UserError(obstacle)
        self.account_id.hold()
        now = self.env["billing.charging.now"].get_amount(self._get_lines(self.account_id, self.move_ids))
        if now != to_decimal(self.amount, self.currency_id):
            raise UserError(
                self.env._(
                    "%(now)s is open now, and not %(shown)s as was shown. Open the dialogue again.",
                    now=self.currency_id.format(as_float(now)),
                    shown=self.currency_id.format(self.amount),
                )
            )
        attempt = self.env["billing.charging.now"].charge(self.account_id, self.move_ids, self.method_id)
        return {
            "type": "ir.actions.act_window",
            "res_model": attempt._name,
            "res_id": attempt.id,
            "views": [(False, "form")],
        }
