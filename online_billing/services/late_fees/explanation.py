"""Say in words what a late fee rule does, and why a late fee is what it is."""

from datetime import date

from odoo import api, models
from odoo.tools import format_date, formatLang


class BillingExplanation(models.AbstractModel):
    _inherit = "billing.explanation"

    @api.private
    def get_breakdown(self, charge):
        """Return how the amount of a fee came about; one that is no charge says all of it itself."""
        return charge.breakdown if charge._name == "billing.late.fee" else super().get_breakdown(charge)

    # -- what a rule does ---------------------------------------------------------------------------------------------

    @api.private
    def get_late_fee_rule_summary(self, rule):
        """Return what a rule does as plain sentences, one a line."""
        sentences = [
            self._get_when_sentence(rule),
            self._get_how_much_sentence(rule),
            *self._get_limit_sentences(rule),
            self._get_charging_sentence(rule),
        ]
        return "\n".join(sentence for sentence in sentences if sentence)

    def _get_when_sentence(self, rule):
        _ = self.env._
        if rule.closing and rule._has_interest() and rule.repeat_unit == "once":
            if not rule.grace_days:
                return _("The fee arises when a debt is paid late.")
            return _("The fee arises when a debt is paid after its days of grace (%s).", rule.grace_days)
        texts = {
            "once": _("A fee arises once, on day %s after the due date.", rule.grace_days + 1),
            "day": _(
                "A fee arises on day %(day)s after the due date and again every day while the debt is open.",
                day=rule.grace_days + 1,
            )
            if rule.repeat_count == 1
            else _(
                "A fee arises on day %(day)s after the due date and again every %(count)s days while the debt is open.",
                day=rule.grace_days + 1,
                count=rule.repeat_count,
            ),
            "month": _(
                "A fee arises on day %(day)s after the due date and again every month while the debt is open.",
                day=rule.grace_days + 1,
            )
            if rule.repeat_count == 1
            else _(
                "A fee arises on day %(day)s after the due date and again every %(count)s months while the debt is"
                " open.",
                day=rule.grace_days + 1,
                count=rule.repeat_count,
            ),
        }
        sentence = texts.get(rule.repeat_unit, "")
        return f"{sentence} {self._get_times_sentence(rule)}" if rule.max_count else sentence

    def _get_times_sentence(self, rule):
        if rule.max_count == 1:
            return self.env._("At most once.")
        return self.env._("At most %s times.", rule.max_count)

    def _get_how_much_sentence(self, rule):
        _, sentences = self.env._, []
        if rule.method == "fixed":
            sentences.append(_("It is %s.", self._money_of(rule, rule.fixed_amount)))
        if rule.method == "percent":
            sentences.append(_("It is %s %% of what is overdue on that day.", self._number(rule.percent)))
        if rule._has_interest():
            sentences.append(self._get_interest_sentence(rule))
        if rule._has_compensation() and rule.band_ids:
            bands = rule.band_ids.sorted("lower")
            listed = ", ".join(
                _(
                    "%(amount)s for debts from %(lower)s",
                    amount=self._money_of(rule, band.amount),
                    lower=self._money_of(rule, band.lower),
                )
                for band in bands
            )
            sentences.append(_("Compensation, once per debt: %s.", listed))
        return " ".join(sentences)

    def _get_interest_sentence(self, rule):
        _ = self.env._
        rate = self._number(rule.interest_rate)
        if rule.rate_index_id:
            text = _(
                "Interest: %(rate)s points above %(index)s a year, from the day after the due date to the day of"
                " payment.",
                rate=rate,
                index=rule.rate_index_id.name,
            )
            fixings = {
                "half_year_eve": _("The rate of 30 June and 31 December counts for the half year after it."),
                "half_year_first": _("The rate of 1 January and 1 July counts for the half year it begins."),
            }
            if rule.rate_fixing in fixings:
                text += " " + fixings[rule.rate_fixing]
            if rule.rate_locked:
                text += " " + _("The rate of the first day holds throughout.")
        else:
            text = _("Interest: %s %% a year, from the day after the due date to the day of payment.", rate)
        if rule.closing and rule.repeat_unit != "once":
            text += " " + _("The rest is charged when the debt is paid.")
        return text

    def _get_limit_sentences(self, rule):
        _ = self.env._
        yield _("At least %s.", self._money_of(rule, rule.minimum_amount)) if rule.minimum_amount else ""
        yield _("At most %s a time.", self._money_of(rule, rule.maximum_amount)) if rule.maximum_amount else ""
        yield _("At most %s per debt.", self._money_of(rule, rule.total_maximum)) if rule.total_maximum else ""
        yield _("Debts below %s are left alone.", self._money_of(rule, rule.tolerance)) if rule.tolerance else ""
        yield _("Earlier fees that are still open bear fees themselves.") if rule.compound else ""
        yield _("Days of a dispute bear no fee, whoever was right.") if rule.spares_lost_disputes else ""

    def _get_charging_sentence(self, rule):
        _ = self.env._
        invoiced = _("It is invoiced at once.") if rule.invoice_timing == "now" else _("It comes with the next bill.")
        if not rule.announce:
            return _("It is charged without notice.") + " " + invoiced
        announced = (
            _("It is announced, and charged 1 day later at the earliest.")
            if rule.notice_days == 1
            else _("It is announced, and charged %s days later at the earliest.", rule.notice_days)
        )
        return f"{announced} {invoiced}"

    def _money_of(self, rule, amount):
        return rule.currency_id.format(amount) if rule.currency_id else self._number(amount)

    def _number(self, number):
        digits = max(2, len(f"{number:.6f}".rstrip("0").partition(".")[2]))
        return formatLang(self.env, number, digits=digits)

    # -- why this amount ----------------------------------------------------------------------------------------------

    def _get_late_fee_steps(self, breakdown, record):
        """Return the explanation of a fee, or of what was given back, as lines."""
        _ = self.env._
        if breakdown["kind"] == "waiver":
            detail = _(
                "Late fee of invoice %(invoice)s: %(reason)s", **{k: breakdown[k] for k in ("invoice", "reason")}
            )
            return [{"label": _("Given back"), "detail": detail, "amount": ""}]
        steps = [
            {
                "label": _("Overdue"),
                "detail": _(
                    "%(invoice)s, due on %(due)s; days late on %(day)s: %(days)s",
                    invoice=breakdown.get("invoice", ""),
                    due=self._day(breakdown["due_date"]),
                    days=breakdown["days_late"],
                    day=self._day(breakdown["day"]),
                ),
                "amount": breakdown["base"]["decimal"],
            }
        ]
        limits = ("minimum", "cap", "total_cap")
        steps += [self._get_part_step(part) for part in breakdown["parts"] if part["code"] not in limits]
        steps += [self._get_interest_step(segment, breakdown) for segment in breakdown["segments"]]
        steps += [self._get_part_step(part) for part in breakdown["parts"] if part["code"] in limits]
        steps.append(
            {
                "label": _("Exact amount"),
                "detail": self._get_rounding_label(record.currency_id)
                if breakdown["rounding"] == "total"
                else _("the interest of each day is rounded before it is added up"),
                "amount": breakdown["amount"]["decimal"],
            }
        )
        return steps

    def _get_part_step(self, part):
        _ = self.env._
        base = part["base"]["decimal"]
        texts = {
            "fixed": (_("Fixed amount"), ""),
            "percent": (
                _("Percentage"),
                _("%(rate)s %% of %(base)s", rate=self._trim(part["rate"]), base=base),
            ),
            "compensation": (_("Compensation"), _("for a debt of %s", base)),
            "minimum": (_("Minimum"), _("raised to the least amount of a fee")),
            "cap": (_("Maximum"), _("lowered to the most of a fee")),
            "total_cap": (_("Maximum in total"), _("lowered to what is left of the most per debt")),
        }
        label, detail = texts[part["code"]]
        return {"label": label, "detail": detail, "amount": part["amount"]["decimal"]}

    def _get_interest_step(self, segment, breakdown):
        first, last = date.fromisoformat(segment["first"]), date.fromisoformat(segment["last"])
        names = {
            "dates": self.get_dates_label(first, last),
            "rate": self._trim(segment["rate"]),
            "base": segment["base"]["decimal"],
            "daily": segment["daily"]["decimal"],
        }
        detail = (
            self.env._("%(dates)s: 1 day at %(rate)s %% a year on %(base)s, %(daily)s a day", **names)
            if segment["days"] == 1
            else self.env._(
                "%(dates)s: %(days)s days at %(rate)s %% a year on %(base)s, %(daily)s a day",
                days=segment["days"],
                **names,
            )
        )
        return {"label": self.env._("Interest"), "detail": detail, "amount": segment["amount"]["decimal"]}

    def _day(self, text):
        return format_date(self.env, date.fromisoformat(text))
