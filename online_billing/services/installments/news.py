"""What is told of a plan: the record in the chatter, and the letters to the customer."""

from datetime import date

from odoo import api, models

from ..shared.numbers import as_float


class BillingInstallmentNews(models.AbstractModel):
    _name = "billing.installment.news"
    _description = "What Chatter and Customer Are Told of a Plan"

    @api.private
    def log(self, plan, moves, before, notes):
        """Write the old and the new dates into the chatter of plan and invoices.

        :param Notes notes: those of the request
        """
        bodies = {}
        for move in moves:
            now = self.env["billing.installment.ledger"].get_open_schedule(move)
            old = [(date.fromisoformat(day), as_float(amount)) for day, amount in before[str(move.id)]]
            bodies[move.id] = self.env["ir.qweb"]._render(
                "online_billing.installment_log",
                {"plan": plan, "old": old, "new": [(one.day, as_float(one.amount)) for one in now]},
            )
        notes.on(moves.sudo())._message_log_batch(bodies)  # sudo: the record is kept whoever plans

    @api.private
    def tell(self, plan, event, day, notes=None):
        """Have the customer told of what became of a plan: once for each event and day.

        :param Notes notes: what is written together with others; at once without
        """
        plan = plan.sudo()  # sudo: the customer's address and language
        lang = plan.partner_id.lang or plan.company_id.partner_id.lang or "en_US"
        local = plan.with_context(lang=lang)
        self.env["billing.pay.links"].ensure_invoice_tokens(plan.move_ids)
        body = (
            self.env["ir.qweb"]
            .with_context(lang=lang)
            ._render(
                "online_billing.installment_message",
                {"plan": local, "event": event, "pay_url": self._get_pay_url(plan)},
            )
        )
        subjects = {
            "started": local.env._("Your installment plan %(plan)s", plan=plan.name),
            "missed": local.env._("An installment of your plan %(plan)s is open", plan=plan.name),
            "broken": local.env._("Your installment plan %(plan)s has ended", plan=plan.name),
            "settled": local.env._("Early settlement of your plan %(plan)s", plan=plan.name),
            "cancelled": local.env._("Your installment plan %(plan)s has ended", plan=plan.name),
            "kept": local.env._("Your installment plan %(plan)s is paid", plan=plan.name),
        }
        # the letter is sent by the outbox: nobody is to be notified, so nobody is looked for
        (notes.on(plan) if notes else plan)._message_log(body=body, subject=subjects[event])
        if "billing.outbox" in self.env:
            self.env["billing.outbox"].queue(
                [
                    {
                        "key": f"installment_plan:{plan.id}:{event}:{day}",
                        "account_id": plan.account_id.id,
                        "company_id": plan.company_id.id,
                        "currency_id": plan.currency_id.id,
                        "kind": "installment",
                        "channel": "letter" if plan.account_id.delivery_channel == "letter" else "email",
                        "lang": lang,
                        "subject": subjects[event],
                        "body": str(body),
                        "amount": self._get_asked(plan, event, day),
                        "lines": self._get_lines(local, event),
                        "move_ids": plan.move_ids.ids,
                        "res_model": plan._name,
                        "res_id": plan.id,
                    }
                ]
            )

    def _get_lines(self, plan, event):
        """Return the table of a letter: what is to be paid on which day, as the mail lists it."""
        if event in ("cancelled", "kept"):
            return []
        return [
            {
                "number": plan.env._("Installment %(number)s", number=row.sequence),
                "due_date": str(row.date),
                "open": str(row.amount_open),
            }
            for row in plan.installment_ids.sorted("date")
            if row.state in ("open", "partial", "missed")
        ]

    def _get_asked(self, plan, event, day):
        """Return what a message asks for: what is late where an installment was missed, else all that is open."""
        if event != "missed":
            return plan.amount_open
        return sum(plan.installment_ids.filtered(lambda row: row.date <= day).mapped("amount_open"))

    def _get_pay_url(self, plan):
        return self.env["billing.pay.links"].get_pay_url(plan.account_id, plan.currency_id)
