"""What a step does: message, fee, task, suspension, hand-over, proposal to write off; each noted in the log."""

from collections import defaultdict
from datetime import timedelta

from odoo import api, models

from ..shared.numbers import as_float
from ..shared.rows import insert_rows

KINDS = {"before": "coming_due", "due": "due"}
# by which tasks are known again
COLLECT, WRITE_OFF = "collection.collect", "collection.write_off"


class BillingCollectionStepTaking(models.AbstractModel):
    _name = "billing.collection.step.taking"
    _description = "What a Step of the Collection Does"

    @api.private
    def take_steps(self, files):
        """Do what today's steps say, with few queries however many accounts."""
        if not files:
            return
        for file in files:
            step = file.get_step(file.decision.step)
            file.step_id, file.step_date = step.id, file.day
        messages = self._queue_reminders(files)
        self._log_steps(files, messages)
        for file in files:
            step = file.get_step(file.decision.step)
            if step.suspends:
                self._suspend_service(file)
            if step.hands_over or step.proposes_write_off or step.has_activity:
                self._involve_people(file, step)

    @api.private
    def hold(self, files, by_hand=False):
        """Return the files whose step of the day may be taken; the others wait, and somebody gets a task.

        :param by_hand: see `billing.collection.notices`
        """
        reasons = self.env["billing.collection.notices"].get_reasons(files, by_hand)
        for file in files:
            before, file.held_reason = file.held_reason, reasons.get(file.id)
            if not file.held_reason:
                continue
            step, file.decision = file.get_step(file.decision.step), None
            if file.held_reason != before:
                self._tell_staff(file, step)
        return [file for file in files if not file.held_reason]

    def _tell_staff(self, file, step):
        case = self.env["billing.collection.case"].sudo().browse(file.id)  # sudo: whoever runs the collection
        person = case.account_id._get_collector() or self.env["billing.run.work"].get_responsible(case.account_id)
        summary = self.env._("Not told yet: %(step)s waits", step=step.name)
        self.schedule(case, file, person, f"collection.not_told:{step.id}", summary, file.held_reason)
        self.env["billing.collection.files"].log(
            case, file.day, "failed", step.name, step_id=step.id, reason=file.held_reason
        )

    def _queue_reminders(self, files):
        """Put the messages of today's steps into the outbox; one per account and currency.

        :return: {case id: message id}
        """
        speaking = [file for file in files if file.decision.step.is_message]
        if not speaking:
            return {}
        announced = self._announce_fees([file for file in speaking if file.get_step(file.decision.step).announces_fee])
        fees_of = {
            file.id: [fee for fee in announced.get(file.debtor.id, ()) if fee["currency_id"] == file.currency_id]
            for file in speaking
        }
        texts_of = self.env["billing.reminder.texts"]
        reminders = {file.id: texts_of.get_reminder_values(file, fees_of[file.id]) for file in speaking}
        texts = self.env["billing.reminder.texts"].render_reminders(speaking, reminders)
        vals_list = []
        for file in speaking:
            step, reminder, text = file.get_step(file.decision.step), reminders[file.id], texts[file.id]
            vals_list.append(
                {
                    "key": f"collection:{file.id}:{step.id}:{file.day.isoformat()}",
                    "account_id": file.debtor.id,
                    "company_id": file.debtor.company_id,
                    "currency_id": file.currency_id,
                    "kind": KINDS.get(step.trigger, "overdue"),
                    "channel": file.channel,
                    "lang": reminder["lang"],
                    "subject": text["subject"],
                    "body": text["body"],
                    "sms_text": text["sms"],
                    "amount": as_float(reminder["asked_amount"]),
                    "lines": [
                        {"number": line["number"], "due_date": str(line["due_date"]), "open": str(line["open"])}
                        for line in reminder["lines"]
                    ],
                    "move_ids": [line["move_id"] for line in reminder["lines"]],
                    "res_model": "billing.collection.case",
                    "res_id": file.id,
                }
            )
        messages = self.env["billing.outbox"].queue(vals_list)
        sent = dict(
            zip((message.res_id for message in messages.sudo()), messages.ids, strict=True)
        )  # sudo: made a moment ago
        fees = {fee["fee_id"]: sent[file.id] for file in speaking for fee in fees_of[file.id]}
        if fees:
            self.env["billing.late.fee.charging"].note_announcements(fees)
        return sent

    def _announce_fees(self, files):
        """Have late fees announced in the messages of these files.

        :return: {account id: [{"number", "amount", "currency_id", "due_on"}]}
        """
        items = defaultdict(list)
        for file in files:
            items[file.debtor.id] += file.open_items
        days = {file.debtor.id: file.day for file in files}
        return self.env["billing.late.fee.charging"].announce(dict(items), days) if items else {}

    def _log_steps(self, files, messages):
        now, uid = self.env.cr.now(), self.env.uid
        columns = (
            "case_id", "account_id", "company_id", "date", "step_id", "state", "name", "message_id",
            "create_uid", "create_date",
        )  # fmt: skip
        rows = []
        for file in files:
            step = file.get_step(file.decision.step)
            head = (file.id, file.debtor.id, file.debtor.company_id, file.day, step.id)
            rows.append((*head, "done", step.name, messages.get(file.id), uid, now))
        insert_rows(self.env.cr, "billing_collection_entry", columns, rows)

    def _suspend_service(self, file):
        """Suspend an active account; it comes back when nothing is overdue any more."""
        account = self.env["billing.account"].browse(file.debtor.id)
        if account.state == "active":
            account._apply_event("suspend")
            file.has_suspended = True

    def _involve_people(self, file, step):
        """Give somebody a task: to call, to collect, to decide on a write-off."""
        case = self.env["billing.collection.case"].sudo().browse(file.id)  # sudo: whoever runs the collection
        manager = self.env["billing.run.work"].get_responsible(case.account_id)
        person = step.activity_user_id or case.account_id._get_collector() or manager
        if step.hands_over:
            self.env["billing.collection.files"].hand_over(file)
            summary = self.env._("Collect: %(step)s", step=step.name)
            self.schedule(case, file, person, COLLECT, summary, step.activity_note)
        elif step.has_activity:
            self.schedule(case, file, person, f"collection.step:{step.id}", step.name, step.activity_note)
        if step.proposes_write_off:
            file.wants_write_off = True
            self.schedule(case, file, manager, WRITE_OFF, self.env._("Write off?"), step.activity_note)

    @api.private
    def schedule(self, case, file, user, key, summary, note):
        """Give somebody a task on a case, due on the day after that of its file, unless one of its kind is there."""
        self.env["billing.tasks"].give(
            case.with_context(mail_activity_quick_update=True),
            key,
            "mail.mail_activity_data_todo",
            date_deadline=file.day + timedelta(days=1),
            summary=summary,
            note=note or "",
            user_id=user.id,
        )
