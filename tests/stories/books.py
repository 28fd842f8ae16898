"""What must hold in the books after every step, whatever was pressed."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from tests.faults import audit

# what the tables say that the audit of the faults says too
SAME = (
    "an entry does not balance",
    "an entry does not balance in its own currency",
    "a charge is not a line of its invoice",
    "the months of the report are not the charges",
    "a period was charged twice",
    "the periods of a line leave a gap or overlap",
    "a line says something else than its charges about how far it is billed",
    "an account does not know when it is due",
    "a document, its account and its company differ",
)
CHECKS = {
    **{name: audit.CHECKS[name] for name in SAME},
    "an amount does not bear the currency of its entry": """
        SELECT line.move_id, line.id FROM account_move_line line
          JOIN account_move move ON move.id = line.move_id
          JOIN res_company company ON company.id = line.company_id
         WHERE line.parent_state = 'posted' AND line.display_type NOT IN ('line_section', 'line_note')
           AND (line.currency_id = company.currency_id AND line.amount_currency <> line.balance
                OR move.move_type IN ('out_invoice', 'out_refund') AND line.currency_id <> move.currency_id)""",
    "the charges of a posted invoice are not its amount": """
        SELECT move.id FROM account_move move
          JOIN billing_charge charge ON charge.invoice_id = move.id AND charge.state = 'invoiced'
         WHERE move.state = 'posted'
         GROUP BY move.id
        HAVING round(sum(charge.amount), 4) <> round(
               CASE move.move_type WHEN 'out_refund' THEN -1 ELSE 1 END * move.amount_untaxed, 4)""",
    "a charge stands twice": """
        SELECT company_id, key FROM (
            SELECT charge.company_id, charge.key, charge.id FROM billing_charge charge
              LEFT JOIN billing_charge correction ON correction.corrects_id = charge.id AND correction.state <> 'void'
             WHERE charge.state <> 'void'
             GROUP BY charge.id HAVING charge.amount + COALESCE(sum(correction.amount), 0) <> 0) standing
         GROUP BY company_id, key HAVING count(*) > 1""",
    "the nightly audit found a difference": """
        SELECT res_id, note FROM mail_activity WHERE billing_key = 'audit.books' AND active""",
}


class Books:
    """Looks at the books after each act, and knows what they said before it."""

    def __init__(self, env):
        self.owed, self.states = {}, {}
        self.look(env)

    def look(self, env) -> dict:
        """Return {what does not hold: where}, empty if all does."""
        faults = {}
        for name, query in CHECKS.items():
            env.cr.execute(query)
            if rows := env.cr.fetchall():
                faults[name] = rows[:5]
        accounts = env["billing.account"].with_context(active_test=False).search([])
        pages, ledger = get_pages(env, accounts), get_ledger(env, accounts)
        if pages != ledger:
            differing = sorted(key for key in {*pages, *ledger} if pages.get(key) != ledger.get(key))
            faults["what is open is not the ledger"] = [(key, pages.get(key), ledger.get(key)) for key in differing]
        if wrong := self._find_debited_too_much(env):
            faults["a debit exceeds what was open"] = wrong
        self.owed = _get_owed(env, accounts)
        return faults

    def _find_debited_too_much(self, env):
        """Return the debits that were sent since the last look and exceed what was open then."""
        wrong = []
        for one in env["billing.payment.attempt"].search([("kind", "=", "debit")]):
            was_sent = self.states.get(one.id, "planned") != "planned"
            self.states[one.id] = one.state
            owed = self.owed.get((one.account_id.id, one.currency_id.id), Decimal(0))
            if not was_sent and one.state not in ("planned", "given_up") and Decimal(f"{one.amount:.2f}") > owed:
                wrong.append((one.id, one.amount, owed))
        return wrong


def get_pages(env, accounts) -> dict:
    """Return {(customer, company, currency): sum} of what the accounts show and of what is on none of them."""
    service, sums = env["billing.open.items"], defaultdict(Decimal)
    for account_id, items in service.get_items(accounts.ids).items():
        customer = env["billing.account"].browse(account_id).partner_id.commercial_partner_id
        for item in items:
            sums[customer.id, item.company_id, item.currency_id] += item.amount
    for (customer_id, company_id), items in service.get_unassigned(accounts.ids).items():
        for item in items:
            sums[customer_id, company_id, item.currency_id] += item.amount
    return {key: amount for key, amount in sums.items() if amount}


def get_receivable(env, partners):
    return env["account.move.line"].search(
        [
            ("partner_id", "in", partners.ids),
            ("account_id.account_type", "=", "asset_receivable"),
            ("parent_state", "=", "posted"),
        ]
    )


def get_ledger(env, accounts) -> dict:
    """Return {(customer, company, currency): sum} of what the journal items leave open."""
    sums = defaultdict(Decimal)
    for line in get_receivable(env, accounts.partner_id):
        residual = Decimal(f"{line.amount_residual_currency:.2f}")
        sums[line.partner_id.commercial_partner_id.id, line.company_id.id, line.currency_id.id] += residual
    return {key: amount for key, amount in sums.items() if amount}


def _get_owed(env, accounts):
    sums = defaultdict(Decimal)
    for account_id, items in env["billing.open.items"].get_items(accounts.ids).items():
        for item in items:
            sums[account_id, item.currency_id] += max(item.amount, Decimal(0))
    return sums
