"""The texts of reminders, rendered in bulk: one compilation per text and language, however many customers."""

import secrets
from datetime import date
from decimal import Decimal

from lxml import etree, html
from markupsafe import Markup
from odoo import api, models
from odoo.tools.misc import format_date

from ...engine import Trigger
from ..shared.numbers import as_float
from .files import key_of

CASE = "billing.collection.case"
OPENING = "<t t-foreach='billing_cases' t-as='object'><t t-out='billing_mark'></t></t>"


class BillingReminderTexts(models.AbstractModel):
    _name = "billing.reminder.texts"
    _description = "Texts of Reminders"

    @api.private
    def get_reminder_values(self, file, announced=()):
        """Return what a text may say of a case, amounts and days as finished texts of the customer's language.

        :param CaseFile file: with the step of the day taken
        :param announced: late fees to name: [{"number", "amount", "due_on"}]
        :return: {"lines": [{"number", "day", "amount", "days", "is_overdue", "is_credit", "resting", "disputed", ...}],
            "total",
            "due", "overdue", "soon", "asked", "has_due", "has_overdue", "days_overdue", "deadline", "fees": [...],
            "discounts": [{"number", "amount", "day"}], "pay_url", ...}; total and due are those of the pay page, soon
            falls due after today, asked is what the step of the day asks for
        """
        lang = self._get_language(file)
        env = self.with_context(lang=lang).env
        currency = env["res.currency"].browse(file.currency_id)
        lines = [
            {
                "number": item.number,
                "move_id": item.move_id,
                "due_date": item.due_date,
                "open": item.usable,
                "day": format_date(env, item.due_date) if item.amount > 0 else "",
                "amount": currency.format(as_float(item.usable)),
                "days": (file.day - item.due_date).days,
                "is_overdue": item.amount > 0 and item.due_date < file.day,
                "is_credit": item.amount < 0,
                "kind": item.kind,
                "resting": file.get_rest(key_of(item)) or "",
                "disputed": currency.format(as_float(item.disputed)) if item.disputed else "",
            }
            for item in file.open_items
            if not item.is_blocked and item.usable
        ]
        sums = self.env["billing.open.items"].sum_up(file.open_items, file.day)
        total, due = sums["all"], sums["due"]
        overdue = sum((item.active for item in file.overdue), Decimal(0))
        step = file.decision.step if file.decision else None
        soon = self._get_soon(file)
        asked = self._get_asked(file, step, overdue, soon)
        deadline = file.situation.deadline if step and step.deadline_days else None
        account = env["billing.account"].browse(file.debtor.id)
        return {
            "lines": lines,
            "total": currency.format(as_float(total)),
            "overdue": currency.format(as_float(overdue)),
            "has_overdue": bool(overdue),
            "soon": currency.format(as_float(soon)),
            "due": currency.format(as_float(due)),
            "has_due": bool(due),
            "is_partly_due": due not in (overdue, total, 0),
            "is_partly_overdue": overdue not in (total, 0),
            "asked": currency.format(as_float(asked)),
            "asked_amount": asked,
            "days_overdue": max((line["days"] for line in lines if line["is_overdue"]), default=0),
            "deadline": format_date(env, deadline) if deadline else "",
            "discounts": self._get_discounts(file, currency),
            "day": format_date(env, file.day),
            "fees": [
                {
                    "number": fee["number"],
                    "amount": currency.format(as_float(fee["amount"])),
                    "day": format_date(env, fee["due_on"]) if fee.get("due_on") else "",
                }
                for fee in announced
            ],
            "suspends": bool(step and file.get_step(step).suspends),
            "pay_url": self.env["billing.pay.links"].get_pay_url(account, currency),
            "lang": lang,
        }

    def _get_discounts(self, file, currency):
        """Return what whoever pays early may keep, as the pay page takes it off: [{"number", "amount", "day"}]."""
        kept = self.env["billing.open.items"].get_discounts(file.open_items, file.day)["lines"]
        return [
            {
                "number": item.number,
                "amount": currency.format(as_float(item.amount - kept[item.line_id])),
                "day": format_date(currency.env, item.discount.until),
            }
            for item in file.open_items
            if item.line_id in kept
        ]

    def _get_soon(self, file):
        """Return what falls due after the day, up to what the step of the day raises; without a step, all of it.

        Installments that fall due in later months are listed, and not asked for yet.
        """
        last_day = max((item.due_date for item in (file.decision.raised if file.decision else ())), default=date.max)
        return sum((item.active for item in self._get_active(file) if file.day < item.due_date <= last_day), Decimal(0))

    def _get_asked(self, file, step, overdue, soon):
        """Return what a step asks for: a notice before the date what comes, one of the date what is due, a reminder
        what is late. A reminder that somebody sends early asks for what is due, else for what comes."""
        due = sum((item.active for item in self._get_active(file) if item.due_date <= file.day), Decimal(0))
        if step and step.trigger is Trigger.BEFORE:
            return soon or due
        if step and step.trigger is Trigger.DUE:
            return due or soon
        return overdue or due or soon

    def _get_active(self, file):
        return [item for item in file.situation.items if not item.is_resting]

    def _get_language(self, file):
        # sudo: the language of a company is no secret
        company = self.env["res.company"].sudo().browse(file.debtor.company_id)
        return file.debtor.lang or company.partner_id.lang or "en_US"

    @api.private
    def render_reminders(self, files, reminders):
        """Return {case id: {"subject", "body", "sms"}}; a body is markup, the others are plain text."""
        texts = {file.id: {"subject": "", "body": None, "sms": None} for file in files}
        groups = {}
        for file in files:
            step = file.get_step(file.decision.step)
            groups.setdefault((step, reminders[file.id]["lang"]), []).append(file.id)
        for (step, lang), case_ids in groups.items():
            own = {case_id: reminders[case_id] for case_id in case_ids}
            # sudo: the texts are the company's, whoever runs the collection
            if step.channel == "sms":
                template = step.sms_template_id.sudo().with_context(lang=lang, billing_reminders=own)
                for case_id, text in template._render_template_inline_template(template.body, CASE, case_ids).items():
                    texts[case_id].update(sms=text, subject=step.with_context(lang=lang).name)
                continue
            template = step.template_id.sudo().with_context(lang=lang, billing_reminders=own)
            bodies = self._render_bodies(template, case_ids)
            subjects = template._render_template_inline_template(template.subject or "", CASE, case_ids)
            for case_id in case_ids:
                texts[case_id].update(body=bodies[case_id], subject=subjects[case_id])
        return texts

    def _render_bodies(self, template, case_ids):
        """Render one text for many cases at once: the text is compiled once and runs over all of them."""
        mark = f"mark-{secrets.token_hex(16)}-"
        opening = html.fragment_fromstring(OPENING)
        text = html.fragment_fromstring(str(template.body_html or ""), create_parent="div")
        for child in text:
            opening.append(child)
        if text.text:
            opening[0].tail = text.text
        variables = {
            **template._render_eval_context(),
            "billing_cases": template.env[CASE].browse(case_ids),
            "billing_mark": mark,
        }
        rendered = str(template.env["ir.qweb"]._render(etree.fromstring(etree.tostring(opening)), variables))
        pieces = template._replace_local_links(rendered).split(mark)[1:]
        # rendered and escaped already: a page that shows it must not escape it once more
        return dict(zip(case_ids, map(Markup, pieces), strict=True))

    @api.private
    def get_reminder_preview(self, case):
        """Return what the text of a case would say today, for the preview of mail templates."""
        file = self.env["billing.collection.files"].get_file(case)
        return self.get_reminder_values(file)
