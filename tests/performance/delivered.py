"""Invoices that are mailed: billed by our run, then sent by our delivery or by Odoo's own way, up to a mail server."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
from collections.abc import Iterator

from tests.performance.business import DAY, Business, clone

SENT_AT_ONCE = 20  # by Odoo's own way, as many as Odoo's scheduled action takes
LOOPBACK = "127.0.0.1"

WAITING = "SELECT count(*) FROM account_move WHERE state = 'posted' AND billing_delivery_state = 'pending'"
SERVICES = {"account.move": "billing.invoice.delivery", "account.payment": "billing.receipt.delivery"}
# one that waits
FIRST = {
    "account.move": "SELECT id FROM account_move WHERE state = 'posted' AND billing_delivery_state = 'pending' LIMIT 1",
    "account.payment": "SELECT id FROM account_payment WHERE billing_delivery_state = 'pending' LIMIT 1",
}


class Delivered(Business):
    """Customers with an invoice each that waits to be mailed, in a database where much was mailed before."""

    def make_waiting(self, count: int, history: int) -> None:
        """Bill so many customers by a run, after so many other customers had got a mail each."""
        env = self.env
        self.company.billing_document = "drawn"  # the same on both sides
        self.company.email = "billing@seller.example.com"
        self.make_accounts(count)
        run = env["billing.run"].create({"target_date": DAY})
        env["billing.run.work"].start(run, background=False)
        env["billing.run.work"].process(run)
        env.cr.execute(WAITING)
        [waiting] = env.cr.fetchone()
        assert waiting == count, f"{waiting} of {count} invoices wait to be sent"
        if history:
            self._make_mailed(history)

    def make_paid(self, count: int) -> None:
        """Bill so many customers by a run, and register a payment of each, whose receipt waits to be mailed."""
        env = self.env
        self.make_waiting(count, 0)
        moves = env["account.move"].search([("billing_delivery_state", "=", "pending")])
        moves.billing_delivery_state = "none"
        wizard = env["account.payment.register"].with_context(active_model="account.move", active_ids=moves.ids)
        payments = wizard.create({"payment_date": DAY, "group_payment": False})._create_payments()
        assert len(payments) == count, f"{len(payments)} payments of {count} invoices"
        payments.billing_delivery_state = "pending"

    def _make_mailed(self, count: int) -> None:
        """Make invoices that were mailed long ago, each to a customer of its own, by copies of one that was."""
        env, cr = self.env, self.env.cr
        partners = self.make_partners(count)
        move = env["account.move"].create(self.invoice_values(self.make_products(), partners + 1, 1))
        move._post(soft=False)
        message = move.message_post(body="Sent", subject="Sent", message_type="comment")
        mail = env["mail.mail"].create({"mail_message_id": message.id, "body_html": "<p>Sent</p>", "state": "sent"})
        notification = env["mail.notification"].create(
            {
                "mail_message_id": message.id,
                "mail_mail_id": mail.id,
                "res_partner_id": partners + 1,
                "notification_type": "email",
                "notification_status": "canceled",
            }
        )
        move.write({"billing_delivery_state": "sent", "billing_delivery_message_id": message.id})
        env.flush_all()
        name = f"'{move.sequence_prefix}old' || n"
        moves = clone(
            cr,
            "account_move",
            move.id,
            count,
            {
                "name": name,
                "payment_reference": name,
                "sequence_number": "n",
                "sequence_prefix": "'old'",
                "state": "'cancel'",
                "partner_id": f"{partners} + n",
                "commercial_partner_id": f"{partners} + n",
            },
        )
        messages = clone(
            cr, "mail_message", message.id, count, {"res_id": f"{moves} + n", "message_id": "'<old' || n || '@bench>'"}
        )
        cr.execute(
            "UPDATE account_move SET billing_delivery_message_id = %s + id - %s WHERE id > %s", [messages, moves, moves]
        )
        mails = clone(cr, "mail_mail", mail.id, count, {"mail_message_id": f"{messages} + n"})
        clone(
            cr,
            "mail_notification",
            notification.id,
            count,
            {
                "mail_message_id": f"{messages} + n",
                "mail_mail_id": f"{mails} + n",
                "mail_mail_id_int": f"{mails} + n",
                "res_partner_id": f"{partners} + n",
            },
        )
        # the pattern itself was never handed over
        move.billing_delivery_state = "none"
        env.invalidate_all()


@contextlib.contextmanager
def mail_server() -> Iterator[None]:
    """A mail server on the loopback interface in a process of its own, to which Odoo hands its mails."""
    from odoo.tools import config

    with socket.socket() as found:
        found.bind((LOOPBACK, 0))
        port = found.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", "tests.performance.mail_sink", str(port)], stdout=subprocess.PIPE)
    try:
        server.stdout.readline()
        config["smtp_server"], config["smtp_port"] = LOOPBACK, port
        yield
    finally:
        server.terminate()
        server.wait()
        server.stdout.close()


def warm_up(case: str, env) -> None:
    """Send one invoice or receipt and take it back, so that Odoo has compiled and remembers what a worker knows."""
    model = "account.payment" if case == "receipt" else "account.move"
    with env.cr.savepoint() as savepoint:
        env.cr.execute(FIRST[model])
        record = env[model].browse(env.cr.fetchone()[0])
        if case == "send":
            _send(env, record)
        else:
            env[SERVICES[model]].send_now(record)
        savepoint.rollback()
    env.invalidate_all()


def deliver(env, _count: int) -> dict:
    """Our delivery, then the mail queue: the first lane by Odoo's scheduled action, the second by ours."""
    return _work(env, "account.move")


def receipt(env, _count: int) -> dict:
    """Our delivery of receipts, then Odoo's mail queue."""
    return _work(env, "account.payment")


def _work(env, model: str) -> dict:
    env[SERVICES[model]].work()
    env.cr.commit()
    if env.context.get("bench_lane"):
        env["mail.mail"]._cron_hand_over_billing()
    else:
        env["mail.mail"].process_email_queue()
    env.cr.commit()
    return {}


def send(env, _count: int) -> dict:
    """Odoo's own way with its own text and the same document engine, then its mail queue."""
    moves = env["account.move"].search([("billing_delivery_state", "=", "pending")], order="id")
    for start in range(0, len(moves), SENT_AT_ONCE):
        _send(env, moves[start : start + SENT_AT_ONCE])
        env.cr.commit()
    env["mail.mail"].process_email_queue()
    env.cr.commit()
    return {}


def _send(env, moves) -> None:
    env["account.move.send"]._generate_and_send_invoices(
        moves.with_context(mail_notify_force_send=False), sending_methods=["email"]
    )


@contextlib.contextmanager
def drawn_for_all(env) -> Iterator[None]:
    """Let the same engine draw the documents that the billing does not know, so that only the sending differs."""
    engine = type(env["billing.document"])
    names = ("is_of_billing", "is_drawn")
    originals = {name: getattr(engine, name) for name in names}
    for name in names:
        setattr(engine, name, lambda _self, _report_name, record_ids: bool(record_ids))
    try:
        yield
    finally:
        for name, original in originals.items():
            setattr(engine, name, original)


def forget_accounts(env) -> None:
    """Make invoices of the billing plain ones: Odoo sends them by its own way, with its own text."""
    env.cr.execute("UPDATE account_move SET billing_account_id = NULL WHERE billing_delivery_state = 'pending'")
    env.invalidate_all()
