"""Documents of invoices, one by one: drawn by us, printed from Odoo's page by WeasyPrint, and that page alone."""

from __future__ import annotations

REPORT = "account.account_invoices"
POSTED = [("move_type", "=", "out_invoice"), ("billing_delivery_state", "=", "pending")]


def print_all(case: str, env, count: int) -> int:
    """Print the document of ``count`` invoices; return how many there are."""
    made = 0
    _choose(case, env)
    for move_id in env["account.move"].search(POSTED, limit=count, order="id").ids:
        env.invalidate_all()
        made += bool(_print(case, env, move_id))
    env.cr.rollback()
    return made


def warm_up(case: str, env) -> None:
    """Print one and take back whatever it left."""
    print_all(case, env, 1)


def _choose(case: str, env) -> None:
    env.company.billing_document = "drawn" if case == "drawn" else "odoo"
    printing = type(env["billing.report.printing"])
    printing.get_way = lambda _self: "weasyprint"  # whatever else there is on this machine
    env.flush_all()


def _print(case: str, env, move_id: int) -> bytes:
    if case == "page":
        return env["ir.actions.report"]._render_qweb_html(REPORT, [move_id])[0]
    document = env["ir.actions.report"]._render_qweb_pdf(REPORT, [move_id])[0]
    assert document.startswith(b"%PDF"), document[:80]
    return document
