"""What the demo businesses have done, in figures."""

from .foundation import COLLEAGUES, PASSWORD, PORTAL, SHARED_PORTAL, STAFF


def get_summary(env):
    """Return the figures that `make demo` prints.

    :return: {"accounts", "invoices", "paid", "open", "overdue", "mails", "reminders", "late_fees", "plans",
        "parked": [[account, reason]], "amount_by_code": [[billing code, currency, amount before tax]],
        "logins": [[who, login, password]]}
    """
    Move = env["account.move"]
    invoices = [("billing_account_id", "!=", False), ("state", "=", "posted"), ("move_type", "=", "out_invoice")]
    unpaid = [*invoices, ("payment_state", "in", ("not_paid", "partial", "blocked"))]
    overdue = Move.search_count([*unpaid, ("invoice_date_due", "<", env.cr.now().date())])
    charged = env["billing.charge"]._read_group(
        [("state", "=", "invoiced")], ["code_id", "currency_id"], ["amount:sum"]
    )
    receipts = env["account.payment"].search_count([("billing_delivery_state", "=", "sent")])
    reminders = env["billing.collection.message"].search_count([("billing_delivery_state", "=", "sent")])
    parked = env["billing.account"].search([("parked_reason", "!=", False)], order="id")
    return {
        "accounts": env["billing.account"].search_count([]),
        "invoices": Move.search_count(invoices),
        "paid": Move.search_count([*invoices, ("payment_state", "in", ("paid", "in_payment", "reversed"))]),
        "open": Move.search_count(unpaid) - overdue,
        "overdue": overdue,
        "mails": Move.search_count([("billing_delivery_state", "=", "sent")]) + receipts + reminders,
        "reminders": reminders,
        "late_fees": env["billing.late.fee"].search_count([("state", "=", "charged")]),
        "plans": env["billing.installment.plan"].search_count([]),
        "parked": [[account.display_name, account.parked_reason] for account in parked],
        "amount_by_code": sorted(
            [f"{code.company_id.name}: {code.name}", currency.name, amount] for code, currency, amount in charged
        ),
        "logins": [
            ["administrator", "admin", "admin"],
            *(
                [who, login, PASSWORD]
                for who, (login, *_rest) in zip(("billing clerk", "billing manager"), STAFF, strict=True)
            ),
            *([f"customer {name}", login, PASSWORD] for login, name in PORTAL),
            [f"customer {SHARED_PORTAL[1]}, of two businesses", SHARED_PORTAL[0], PASSWORD],
            *([f"{role} of {PORTAL[-1][1]}", login, PASSWORD] for login, _name, role in COLLEAGUES),
        ],
    }
