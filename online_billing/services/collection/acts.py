"""What staff do with a case: do now, skip, postpone, hand over, undo; logged with who and why."""

from dataclasses import replace
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine import forecast_steps, next_decision, take
from ...models.accounts.account_recipient import REMINDERS
from ..shared.numbers import as_float
from .files import key_of
from .notices import WRITTEN
from .steps import COLLECT

FORECAST_STEPS = 8
# of so many cases a dialogue shows what happens, and a notice why nothing did; of more it says how many
SHOWN_CASES = 20


class BillingCollectionActs(models.AbstractModel):
    _name = "billing.collection.acts"
    _description = "What Staff Do with a Case"

    @api.private
    def get_forecast_html(self, case):
        """Return the table of the next steps, if nothing is paid and nothing new is billed."""
        rows, sentence = [], ""
        if case._origin.id:
            rows, sentence = self._get_forecast(case._origin)
        return self.env["ir.qweb"]._render("online_billing.case_forecast", {"rows": rows, "sentence": sentence})

    def _get_forecast(self, case):
        """Return ([{"day", "step", "summary", "documents"}], sentence) of what comes next."""
        file = self.env["billing.collection.files"].get_file(case)
        if file.view is None:
            return [], self.env._("No collection policy applies to this account: nothing will happen.")
        if file.debtor.is_exempt:
            return [], self.env._("The account is never reminded: nothing will happen.")
        if file.state == "paused":
            return [], self.env._(
                "Nothing is collected for now: what is overdue is promised, in dispute or on an installment plan."
            )
        start = file.day if case.account_id.collection_day != file.day else file.day + timedelta(days=1)
        numbers = {key_of(item): item.number for item in file.open_items}
        rows = []
        for day, decision in forecast_steps(file.rules, file.situation, start, FORECAST_STEPS):
            record = file.get_step(decision.step)
            documents = ", ".join(dict.fromkeys(numbers[item.key] for item in decision.raised))
            rows.append({"day": day, "step": record.name, "summary": record.summary, "documents": documents})
            if record.hands_over:
                break  # whoever collects then takes over
        if rows:
            return rows, ""
        if file.state == "handed_over":
            return [], self.env._("What is overdue has been handed over: no more reminders of it are sent.")
        return [], self.env._("Every step has been taken.")

    @api.private
    def get_promisable(self, case):
        """Return what a promise is about at first: (amount, documents of the account; none for all that is open)."""
        file = self.env["billing.collection.files"].get_file(case)
        overdue = {item.key for item in file.overdue}
        if not overdue:
            return case.amount_open, self.env["account.move"]
        moves = self.env["account.move"].browse({one.move_id for one in file.open_items if key_of(one) in overdue})
        amount = as_float(sum(item.active for item in file.overdue))
        return amount, moves.filtered(lambda move: move.billing_account_id == case.account_id)

    @api.private
    def get_next_step_html(self, cases, channel=None):
        """Return what the next step of each case would do now: its name, its deeds, and the message as it would go.

        Of many cases the first are shown, and how many follow.

        :param channel: how a written message is to go; see `billing.collection.day`
        """
        shown = [self._get_next_step(case, channel) for case in cases[:SHOWN_CASES]]
        more = len(cases[SHOWN_CASES:])
        return self.env["ir.qweb"]._render("online_billing.case_next_step", {"cases": shown, "more": more})

    @api.private
    def get_written_channel(self, case):
        """Return by which way the written message of the next step would go; None where there is none."""
        file = self.env["billing.collection.files"].get_file(case)
        found = self._find_next(file)
        if not found or file.get_step(found[1].step).channel not in WRITTEN:
            return None
        file.decision = found[1]
        self.env["billing.collection.notices"].set_channels([file])
        return file.channel or "email"

    def _find_next(self, file):
        """Return (day, decision) of the next step of a file, or None."""
        if file.view and not file.debtor.is_exempt and file.state != "closed":
            return next_decision(file.rules, file.situation, file.day)
        return None

    def _get_next_step(self, case, channel=None):
        file = self.env["billing.collection.files"].get_file(case)
        found = self._find_next(file)
        if not found:
            return {"case": case.display_name, "step": None}
        file.decision, file.wished_channel = found[1], channel
        step = file.get_step(found[1].step)
        shown = {"case": case.display_name, "step": step.name, "summary": step.summary, "subject": "", "body": ""}
        if not found[1].step.is_message:
            return shown
        notices, texts = self.env["billing.collection.notices"], self.env["billing.reminder.texts"]
        file.situation = take(file.situation, found[1], file.day)
        notices.set_channels([file])
        rendered = texts.render_reminders([file], {file.id: texts.get_reminder_values(file)})[file.id]
        recipients = case.account_id.sudo()._get_billing_recipients(
            REMINDERS
        )  # sudo: whoever may remind sees who is reminded
        ways = dict(self.env["billing.collection.message"]._fields["channel"]._description_selection(self.env))
        return {
            **shown,
            "problem": ""
            if file.channel
            else self.env._("The customer has no address for this message: the step waits."),
            "way": ways.get(file.channel, ""),
            "recipients": ", ".join(recipients.mapped("display_name")),
            "subject": rendered["subject"],
            "body": rendered["body"] or rendered["sms"],
        }

    @api.private
    def refresh(self, cases, judge=True):
        """Look at what is open now, without taking a step.

        :param judge: decide promises whose day has come; the daily run does so anyway
        """
        for case in cases:
            file = self.get_locked_file(case, judge)
            self.env["billing.collection.filing"].put_away([file])

    @api.private
    def refresh_free(self, cases):
        """Look again at cases whose accounts nobody is working on; the others are looked at anyway.

        A promise that was entered a moment ago is not judged yet, also when it was made and broken in the past.
        """
        free = cases.account_id.sudo().try_lock_for_update(allow_referencing=True)  # sudo: only a lock
        self.refresh(cases.filtered(lambda case: case.account_id in free and case.state != "closed"), judge=False)

    @api.private
    def do_now(self, cases, channel=None):
        """Take the next step of cases at once, whatever day, hour and distance.

        Where a step cannot be taken, the others are nevertheless, and the notice says who is left and why.

        :param channel: how a written message goes; see `billing.collection.day`
        :raise UserError: no step could be taken on any of them
        """
        done, refused = self.env["billing.collection.entry"], []
        for case in cases:
            account = case.account_id
            self._lock(account)
            day = self.env["billing.days"].get_local_day(account)
            before = case.entry_ids
            self.env["billing.collection.day"].handle(
                {account.id: (day, 23)}, force=True, only_case=case.id, channel=channel
            )
            entries = case.entry_ids - before
            entries.sudo().write({"user_id": self.env.uid})  # sudo: the log is the billing's own
            if reason := self._get_refusal(case, entries):
                refused.append(reason)
            else:
                done |= entries
        if not done:
            raise UserError("\n".join(self._shorten(refused)))
        message = self.env._("Done: %(steps)s", steps=", ".join(dict.fromkeys(done.mapped("name"))))
        if refused:
            message = self.env._(
                "%(done)s. Not done on %(count)s cases: %(reasons)s",
                done=message,
                count=len(refused),
                reasons=" ".join(self._shorten(refused)),
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if refused else "success",
                "sticky": bool(refused),
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _get_refusal(self, case, entries):
        """Return why the next step of a case was not taken, and what can be done about it; empty if it was."""
        if case.held_reason and not entries.filtered(lambda entry: entry.state == "done"):
            return self.env._(
                "%(case)s: %(reason)s Correct that, or skip or postpone the step.",
                case=case.display_name,
                reason=case.held_reason,
            )
        if entries:
            return ""
        return self.env._(
            "There is no next step for %(case)s: nothing is open, everything is on hold, or every step has been taken.",
            case=case.display_name,
        )

    def _shorten(self, reasons):
        """Return the first of some reasons, and how many more there are."""
        more = len(reasons[SHOWN_CASES:])
        return reasons[:SHOWN_CASES] + ([self.env._("And %(count)s more.", count=more)] if more else [])

    @api.private
    def get_last_message(self, case):
        """Return the newest message of a case that has reached the customer, or was printed; perhaps none."""
        # sudo: messages of the collection, for whoever may see the case
        messages = self.env["billing.collection.message"].sudo()
        own = [("res_model", "=", case._name), ("res_id", "=", case.id), ("billing_delivery_state", "=", "sent")]
        return messages.search(own, order="id desc", limit=1)

    @api.private
    def get_last_message_html(self, case):
        """Return the last message of a case as it would go once more."""
        message = self.get_last_message(case)
        return self.env["ir.qweb"]._render("online_billing.case_last_message", {"message": message})

    @api.private
    def send_again(self, case, channel, number):
        """Send the last message of a case once more, as it was written, to whoever gets the mails of the account now.

        :param channel: by which way, where it is a written one: "email" or "letter"
        :param int number: of the dialogue; the same sends it once
        :raise UserError: nothing has been sent yet, or the customer cannot be reached by this way
        """
        case.ensure_one()
        self._lock(case.account_id)
        last = self.get_last_message(case)
        if not last:
            raise UserError(
                self.env._("Nothing has been sent to %(case)s yet. Take the next step.", case=case.display_name)
            )
        way = channel if channel and last.channel in WRITTEN else last.channel
        recipients = case.account_id.sudo()._get_billing_recipients(REMINDERS)  # sudo: as above
        if not any(recipients.mapped({"email": "email_normalized", "sms": "phone"}.get(way, "display_name"))):
            raise UserError(
                self.env._("The customer has no address for this message. Choose another way, or enter the address.")
            )
        names = ("kind", "lang", "subject", "body", "sms_text", "amount", "lines", "res_model", "res_id")
        vals = {
            **{name: last[name] for name in names},
            "key": f"again:{last.id}:{number}",
            "account_id": last.account_id.id,
            "currency_id": last.currency_id.id,
            "channel": way,
            "move_ids": last.move_ids.ids,
        }
        made = self.env["billing.outbox"].queue([vals])
        if made not in case.entry_ids.message_id:
            self.env["billing.collection.files"].log(
                case,
                self.env["billing.days"].get_local_day(case.account_id),
                "note",
                self.env._("Sent again: %(subject)s", subject=last.subject or last.display_name),
                message_id=made.id,
                user_id=self.env.uid,
            )
        if way != "letter":
            return self.env["billing.message.delivery"].send_and_notify(made)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("The letter waits under “Reminders and Notices” to be printed."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.private
    def skip(self, cases, reason):
        """Leave the next step of cases out; the one after it comes on its own day."""
        for case in cases:
            file = self.get_locked_file(case)
            found = self._get_next(file, case)
            step = file.get_step(found[1].step)
            before = self._get_snapshot(file, case)
            after = take(file.situation, found[1], file.day)
            # nothing was said, so neither the distance between messages nor a deadline begins
            file.situation = replace(after, last_message=file.situation.last_message, deadline=file.situation.deadline)
            self.env["billing.collection.filing"].put_away_by_hand(
                case, file, "skipped", step.name, step_id=step.id, reason=reason, before=before
            )

    @api.private
    def postpone(self, cases, day, reason):
        """Let the next step of cases wait until a day."""
        for case in cases:
            file = self.get_locked_file(case)
            step = file.get_step(self._get_next(file, case)[1].step)
            if day <= file.day:
                raise UserError(self.env._("Choose a day after today."))
            before = self._get_snapshot(file, case)
            file.situation = replace(file.situation, not_before=day)
            self.env["billing.collection.filing"].put_away_by_hand(
                case, file, "postponed", step.name, step_id=step.id, reason=reason, before=before
            )

    @api.private
    def hand_over(self, cases, reason):
        """Give cases to whoever collects: no more messages, a task."""
        for case in cases:
            file = self.get_locked_file(case)
            if file.state not in ("open", "paused"):
                raise UserError(self.env._("%(case)s cannot be handed over now.", case=case.display_name))
            self.env["billing.collection.files"].hand_over(file)
            manager = self.env["billing.run.work"].get_responsible(case.account_id)
            person = case.account_id._get_collector() or manager
            self.env["billing.collection.step.taking"].schedule(
                case.sudo(), file, person, COLLECT, self.env._("Collect"), reason
            )  # sudo: clerks give the task to whoever collects
            self.env["billing.collection.filing"].put_away_by_hand(
                case, file, "note", self.env._("Handed over"), reason=reason
            )

    @api.private
    def take_back(self, cases):
        for case in cases:
            file = self.get_locked_file(case)
            if not file.handed_over:
                raise UserError(self.env._("%(case)s has not been handed over.", case=case.display_name))
            self.env["billing.collection.files"].take_back(file)
            # sudo: the task is the collector's, and there is nothing to collect any more
            self.env["billing.tasks"].close(case.sudo(), COLLECT, self.env._("Taken back"))
            self.env["billing.collection.filing"].put_away_by_hand(case, file, "note", self.env._("Taken back"))

    @api.private
    def undo(self, cases):
        """Take the last skip or postponement back, if nothing has happened since."""
        for case in cases:
            file = self.get_locked_file(case)
            last = case.entry_ids.sorted("id")[-1:]
            if not case.can_undo:
                raise UserError(
                    self.env._(
                        "There is nothing to take back on %(case)s: the last entry of its log is not a skipped or"
                        " postponed step.",
                        case=case.display_name,
                    )
                )
            was = last.before
            places = {(line, row): place for line, row, *place in was["items"]}
            situation = file.situation
            items = []
            for item in situation.items:
                if place := places.get(item.key):
                    had, since, counted_from = place
                    item = replace(
                        item,
                        had=frozenset(had),
                        since=fields.Date.to_date(since),
                        counted_from=fields.Date.to_date(counted_from),
                    )
                items.append(item)
            file.situation = replace(situation, items=tuple(items), not_before=fields.Date.to_date(was["not_before"]))
            file.step_id, file.step_date = was["step_id"] or None, fields.Date.to_date(was["step_date"])
            self.env["billing.collection.filing"].put_away_by_hand(
                case, file, "note", self.env._("Taken back: %(step)s", step=last.name)
            )
            last.sudo().write({"state": "undone"})  # sudo: the log is the billing's own

    def _get_snapshot(self, file, case):
        situation = file.situation
        return {
            "items": [
                [
                    *item.key,
                    sorted(item.had),
                    fields.Date.to_string(item.since),
                    fields.Date.to_string(item.counted_from),
                ]
                for item in situation.items
            ],
            "not_before": str(situation.not_before) if situation.not_before else False,
            "step_id": case.step_id.id,
            "step_date": str(case.step_date) if case.step_date else False,
        }

    def _get_next(self, file, case):
        found = self._find_next(file)
        if not found:
            raise UserError(
                self.env._("There is no next step for %(case)s that could wait or be left out.", case=case.display_name)
            )
        return found

    def _lock(self, account):
        account.sudo().lock_for_update(allow_referencing=True)  # sudo: only a lock

    @api.private
    def get_locked_file(self, case, judge=True):
        case.check_access("write")
        self._lock(case.account_id)
        day = self.env["billing.days"].get_local_day(case.account_id)
        debtors = self.env["billing.collection.accounts"].fetch_debtors([case.account_id.id])
        items = self.env["billing.open.items"].get_items([case.account_id.id])
        days = {case.account_id.id: day}
        files = self.env["billing.collection.files"].open_files(
            debtors, self.env["billing.collection.accounts"].get_policy_views(debtors), items, days, judge=judge
        )
        return next(file for file in files if file.id == case.id)
