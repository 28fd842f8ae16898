"""What must hold in the books after anything that may happen: each check is one query that finds nothing.

The queries look at the tables alone and know nothing of the code that wrote them.
"""

from __future__ import annotations

CHECKS = {
    "an entry does not balance": """
        SELECT move_id, sum(balance) FROM account_move_line WHERE display_type NOT IN ('line_section', 'line_note')
         GROUP BY move_id HAVING round(sum(balance), 4) <> 0 OR round(sum(debit) - sum(credit), 4) <> 0""",
    "an entry does not balance in its own currency": """
        SELECT line.move_id FROM account_move_line line WHERE line.display_type NOT IN ('line_section', 'line_note')
         GROUP BY line.move_id, line.currency_id HAVING round(sum(line.amount_currency), 4) <> 0""",
    "a total is not its lines": """
        SELECT move.id FROM account_move move JOIN account_move_line line ON line.move_id = move.id
         WHERE move.billing_account_id IS NOT NULL
         GROUP BY move.id
        HAVING round(move.amount_untaxed, 4) <> round(COALESCE(sum(line.price_subtotal)
                                                      FILTER (WHERE line.display_type = 'product'), 0), 4)
            OR round(move.amount_total, 4) <> round(move.amount_untaxed + move.amount_tax, 4)
            OR round(abs(move.amount_total), 4) <> round(abs(COALESCE(sum(line.amount_currency)
                                                      FILTER (WHERE line.display_type = 'payment_term'), 0)), 4)""",
    "an invoice of the billing is not posted": """
        SELECT id FROM account_move WHERE billing_run_id IS NOT NULL AND state <> 'posted'""",
    "an invoice has no charges": """
        SELECT id FROM account_move move WHERE move.billing_account_id IS NOT NULL
           AND NOT EXISTS (SELECT FROM billing_charge charge WHERE charge.invoice_id = move.id)""",
    "a charge is not a line of its invoice": """
        SELECT charge.id FROM billing_charge charge LEFT JOIN account_move_line line ON line.id = charge.invoice_line_id
         WHERE charge.state = 'invoiced' AND (line.id IS NULL OR line.move_id <> charge.invoice_id)""",
    "the charges of an invoice are not its amount": """
        SELECT move.id FROM account_move move
          JOIN (SELECT invoice_id, sum(amount) AS amount FROM billing_charge WHERE state = 'invoiced'
                 GROUP BY invoice_id) charged ON charged.invoice_id = move.id
         WHERE round(charged.amount, 4)
               <> round(move.amount_untaxed * CASE move.move_type WHEN 'out_refund' THEN -1 ELSE 1 END, 4)""",
    "the months of the report are not the charges": """
        SELECT code_id, month FROM (
            SELECT company_id, code_id, currency_id, kind, origin, state, month, charge_count, amount
              FROM billing_charge_month
             UNION ALL
            SELECT company_id, code_id, currency_id, kind, origin, state, date_trunc('month', charge_date)::date,
                   -1, -amount FROM billing_charge) counted
         GROUP BY company_id, code_id, currency_id, kind, origin, state, month
        HAVING sum(charge_count) <> 0 OR sum(amount) <> 0""",
    "a number appears twice or is left out": """
        SELECT journal_id, sequence_prefix FROM account_move
         WHERE state = 'posted' AND sequence_prefix <> '' GROUP BY journal_id, sequence_prefix
        HAVING count(*) <> count(DISTINCT sequence_number) OR count(*) <> max(sequence_number)""",
    "a period was charged twice": """
        SELECT subscription_line_id, period_start, kind, sequence FROM billing_charge
         WHERE origin = 'subscription'
         GROUP BY subscription_line_id, period_start, kind, sequence, generation HAVING count(*) > 1""",
    "the periods of a line leave a gap or overlap": """
        SELECT id FROM (SELECT id, service_start, lag(service_end)
                          OVER (PARTITION BY subscription_line_id ORDER BY service_start) AS before
                          FROM billing_charge
                         WHERE kind = 'period' AND generation = 1 AND origin = 'subscription') charge
         WHERE before IS NOT NULL AND service_start <> before + 1""",
    "a line says something else than its charges about how far it is billed": """
        SELECT line.id FROM billing_subscription_line line
          LEFT JOIN billing_charge charge ON charge.subscription_line_id = line.id AND charge.kind IN ('period', 'once')
         GROUP BY line.id HAVING line.billed_until IS DISTINCT FROM max(charge.period_end) + 1""",
    "an account does not know when it is due": """
        SELECT account.id FROM billing_account account
         WHERE account.next_billing_date IS DISTINCT FROM LEAST(COALESCE(
               (SELECT min(next_due_date) FROM billing_subscription_line WHERE account_id = account.id),
               (SELECT min(charge_date) FROM billing_charge WHERE account_id = account.id AND state = 'pending')),
               (SELECT min(charge_date) FROM billing_charge WHERE account_id = account.id AND state = 'pending'
                                                              AND invoice_timing = 'soon'))""",
    "an outcome counts other invoices than there are": """
        SELECT outcome.id FROM billing_run_outcome outcome
         WHERE outcome.result <> 'parked' AND outcome.invoice_count
               <> (SELECT count(*) FROM account_move WHERE billing_run_id = outcome.run_id
                                                       AND billing_account_id = outcome.account_id)""",
    "a document, its account and its company differ": """
        SELECT move.id FROM account_move move JOIN billing_account account ON account.id = move.billing_account_id
          JOIN account_journal journal ON journal.id = move.journal_id
         WHERE move.company_id <> account.company_id OR journal.company_id <> account.company_id
            OR move.currency_id <> account.currency_id""",
}


def find_faults(cursor):
    """Return {what is wrong: rows}, empty if the books are whole."""
    faults = {}
    for name, query in CHECKS.items():
        cursor.execute(query)
        if rows := cursor.fetchall():
            faults[name] = rows[:5]
    return faults
