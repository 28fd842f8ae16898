"""Say in words how an amount came about, from what was stored when it was made."""

from datetime import date
from fractions import Fraction

from babel.dates import format_interval, format_skeleton
from odoo import api, models
from odoo.tools import format_amount, format_date, formatLang
from odoo.tools.misc import babel_locale_parse, get_lang

from ...engine import as_exact, round_half_up, spell_out, spell_out_priced
from ..shared.numbers import PRICE_DIGITS, as_float, get_rounding, plain, stored_decimal

# day, short month and year: the order, the dots and what a range says once are the language's
DATES = "yMMMd"


class BillingExplanation(models.AbstractModel):
    _name = "billing.explanation"
    _description = "Explain Amounts"

    # -- labels -------------------------------------------------------------------------------------------------------

    @api.private
    def get_cadence_label(self, unit, count):
        """Return how often something is billed, in words."""
        if not unit or not count:
            return ""
        _ = self.env._
        single = {"day": _("every day"), "week": _("every week"), "month": _("every month"), "year": _("every year")}
        several = {
            "day": _("every %s days", count),
            "week": _("every %s weeks", count),
            "month": _("every %s months", count),
            "year": _("every %s years", count),
        }
        return (single if count == 1 else several)[unit]

    @api.private
    def get_dates_label(self, first, last):
        """Return “Aug 1 – 31, 2026”, as the language of the environment writes it; the day alone where it is one."""
        locale = babel_locale_parse(get_lang(self.env).code)
        if first == last or not last:
            text = format_skeleton(DATES, first, locale=locale)
        else:
            text = format_interval(first, last, DATES, locale=locale)
        # not every font of a document has the thin spaces that some languages put round the dash
        return text.replace("\u2009", " ")

    @api.private
    def get_price_summary(self, price):
        """Return one line that tells what a price version costs."""
        _, currency = self.env._, price.currency_id

        def money(value):
            # unit prices have more decimals than the currency: show those that are there, at least the currency's
            digits = max(currency.decimal_places, len(f"{value:.8f}".rstrip("0").partition(".")[2]))
            number, symbol = formatLang(self.env, value, digits=digits), currency.symbol or currency.name or ""
            return f"{symbol} {number}" if currency.position == "before" else f"{number} {symbol}"

        tiers = price.tier_ids.sorted(lambda tier: (not tier.up_to, tier.up_to))
        first = tiers[:1]
        texts = {
            "flat": lambda: money(price.unit_price),
            "per_unit": lambda: _("%s per unit", money(price.unit_price)),
            "package": lambda: _(
                "%(price)s per %(size)s", price=money(price.unit_price), size=plain(price.package_size)
            ),
            "graduated": lambda: _(
                "graduated, from %(price)s, tiers: %(count)s", count=len(tiers), price=money(first.unit_price)
            ),
            "volume": lambda: _(
                "volume, from %(price)s, tiers: %(count)s", count=len(tiers), price=money(first.unit_price)
            ),
            "stair_step": lambda: _(
                "stair-step, from %(price)s, steps: %(count)s", count=len(tiers), price=money(first.flat_amount)
            ),
            "percentage": lambda: _("%s %% of the amount", plain(price.rate, PRICE_DIGITS)),
            "graduated_percentage": lambda: _("graduated percentage, tiers: %s", len(tiers)),
            "dynamic": lambda: _("amount of the charge"),
        }
        summary = texts[price.model]() if price.model else ""
        if price.included_quantity:
            summary += _(", %s included", plain(price.included_quantity))
        if price.discount_percent:
            summary += _(", %s %% discount", plain(price.discount_percent))
        return summary

    @api.private
    def get_rates(self, slices):
        """Return one text for each rate of a price that an amount is made of, for the line of an invoice.

        :param list slices: as a breakdown has them
        :return: none where a single rate says nothing that quantity and price do not
        """
        if len(slices) < 2 and not any(part["code"] in ("tier", "block", "package") for part in slices):
            return []
        return [text for part in slices if (text := self._get_rate(part))]

    def _get_rate(self, part):
        _, code = self.env._, part["code"]
        quantity, price = self._write_number(part["quantity"]), self._write_number(part["unit_price"], 2)
        flat = self._write_number(part["flat"], 2) if self._trim(part["flat"]) != "0" else ""
        if code in ("minimum", "maximum", "discount", "flat"):
            return f"{self._get_slice_label(part)}: {self._write_number(part['amount']['decimal'], 2)}"
        if code in ("free", "included"):
            return f"{self._get_slice_label(part)}: {quantity}" if self._trim(part["quantity"]) != "0" else ""
        if code == "tax_within" or (self._trim(part["quantity"]) == "0" and not flat):
            return ""
        text = _("%(quantity)s × %(price)s", quantity=quantity, price=price)
        if code in ("tier", "block") and part.get("lower") is not None:
            lower = self._write_number(part["lower"])
            if part.get("upper") is None:
                text += _(" (above %(lower)s)", lower=lower)
            elif self._trim(part["lower"]) == "0":
                text += _(" (up to %(upper)s)", upper=self._write_number(part["upper"]))
            else:
                text += _(" (above %(lower)s up to %(upper)s)", lower=lower, upper=self._write_number(part["upper"]))
        if flat:
            text += _(" + flat amount %s", flat)
        return text

    # -- why this amount ----------------------------------------------------------------------------------------------

    @api.private
    def render(self, charge):
        """Return the table that explains a charge."""
        if not charge.breakdown:
            return False
        return self.env["ir.qweb"]._render(
            "online_billing.charge_explanation", {"charge": charge, "steps": self._get_steps(charge)}
        )

    def _get_steps(self, charge):
        """Return the explanation as lines: [{"label", "detail", "amount"}]."""
        breakdown, steps, _ = self.get_breakdown(charge), [], self.env._
        if breakdown.get("kind") == "given":
            return [
                {
                    "label": _("Amount"),
                    "detail": _("Given when the charge was recorded"),
                    "amount": self._money(charge.amount, charge),
                }
            ]
        if breakdown.get("kind") == "document":
            return [
                {
                    "label": _("Amount"),
                    "detail": _("As on the document, which was made of %(invoice)s", invoice=breakdown["invoice"]),
                    "amount": self._money(charge.amount, charge),
                }
            ]
        if breakdown.get("kind") in ("late_fee", "waiver"):
            return self._get_late_fee_steps(breakdown, charge)
        if "period" in breakdown:
            steps.append({"label": _("Billing period"), "detail": self._dates(breakdown["period"]), "amount": ""})
            days = _("%(served)s of %(all)s days", served=breakdown["days_served"], all=breakdown["days_of_period"])
            steps.append(
                {"label": _("Charged"), "detail": f"{self._dates(breakdown['service'])} ({days})", "amount": ""}
            )
        version = (
            self.env["billing.price"].sudo().browse(breakdown.get("version") or []).exists()
        )  # sudo: the summary of one price, also for readers of charges alone
        if version:
            steps.append(
                {
                    "label": _("Price"),
                    "detail": _(
                        "%(summary)s, valid from %(day)s",
                        summary=version.summary,
                        day=format_date(self.env, version.valid_from),
                    ),
                    "amount": "",
                }
            )
        segments = breakdown.get("segments") or [breakdown]
        for segment in segments:
            steps += self._get_segment_steps(segment, charge, many=len(segments) > 1)
        if breakdown.get("kind") == "adjustment":
            steps += self._get_correction_steps(breakdown, segments, charge)
        exact = breakdown["amount"]["decimal"]
        steps.append(
            {
                "label": _("Exact amount"),
                "detail": self._get_rounding_label(charge.currency_id),
                "amount": exact,
            }
        )
        return steps

    @api.private
    def get_breakdown(self, charge):
        """Return how the amount of a charge came about, with what the charge says itself.

        :return: what ``spell_out`` of the engine returns, for charges of a subscription; ``{"kind": ...}`` with slices,
            or with what was given, for others
        """
        content = charge.breakdown
        if content.keys() & {"s", "p", "f"}:  # of a subscription, told at length or in short
            return spell_out(
                content,
                {
                    "kind": charge.kind,
                    "sequence": charge.sequence,
                    "due_date": charge.charge_date,
                    "version": charge.price_id.id or None,
                    "quantity": plain(charge.quantity),
                    "period": (charge.period_start, charge.period_end),
                    "service": (charge.service_start, charge.service_end),
                },
            )
        priced = spell_out_priced(content) if "l" in content else {}
        return {"quantity": plain(charge.quantity), "version": charge.price_id.id or None, **content, **priced}

    def _get_rounding_label(self, currency):
        """Say how an amount of a currency is rounded."""
        rounding = get_rounding(currency)
        if isinstance(rounding, int):
            return self.env._("rounded half up to %s decimals", rounding)
        return self.env._("rounded half up to a multiple of %s", rounding)

    def _get_correction_steps(self, breakdown, segments, charge):
        """Say what the period costs now and what was billed of it before: the charge is the difference."""
        correct = sum((as_exact(segment["amount"]["exact"]) for segment in segments), Fraction(0))
        before = correct - as_exact(breakdown["amount"]["exact"])
        digits = charge.currency_id.decimal_places
        return [
            {
                "label": self.env._("The period costs now"),
                "detail": "",
                "amount": f"{round_half_up(correct, digits):f}",
            },
            {
                "label": self.env._("Billed of it before"),
                "detail": self.env._("the difference is charged, or credited"),
                "amount": f"{round_half_up(before, digits):f}",
            },
        ]

    def _get_segment_steps(self, segment, charge, many):
        _, steps = self.env._, []
        if many and "service" in segment:
            steps.append(
                {
                    "label": self._dates(segment["service"]),
                    "detail": _("quantity %s", segment["quantity"]),
                    "amount": "",
                }
            )
        for part in segment.get("slices", ()):
            steps.append(
                {
                    "label": self._get_slice_label(part),
                    "detail": self._get_slice_detail(part),
                    "amount": part["amount"]["decimal"],
                }
            )
        if segment.get("ratio", "1/1") != "1/1":
            steps.append(
                {"label": _("Share of the period"), "detail": segment["ratio"], "amount": segment["amount"]["decimal"]}
            )
        return steps

    def _get_slice_label(self, part):
        _ = self.env._
        labels = {
            "unit": _("Units"),
            "per_unit": _("Units"),
            "flat": _("Flat amount"),
            "tier": _("Tier"),
            "block": _("Blocks of the tier"),
            "package": _("Packages"),
            "free": _("Free"),
            "included": _("Included"),
            "minimum": _("Minimum amount"),
            "maximum": _("Maximum amount"),
            "discount": _("Discount"),
            "tax_within": _("Tax in the price that the customer does not owe"),
            "percentage": _("Percentage"),
        }
        return labels.get(part["code"], part["code"].replace("_", " ").capitalize())

    def _get_slice_detail(self, part):
        _ = self.env._
        if part["code"] in ("minimum", "maximum", "discount", "flat", "tax_within"):
            return ""
        detail = _("%(quantity)s × %(price)s", quantity=self._trim(part["quantity"]), price=part["unit_price"])
        if part.get("lower") is not None and part["code"] in ("tier", "block"):
            bound = self._trim(part["upper"]) if part.get("upper") is not None else "∞"
            detail += _(" (above %(lower)s up to %(upper)s)", lower=self._trim(part["lower"]), upper=bound)
        if self._trim(part["flat"]) != "0":
            detail += _(" + flat amount %s", part["flat"])
        return detail

    def _write_number(self, text, least=0):
        """Write a number of a breakdown in the language of the environment, with the decimals that it has."""
        decimals = self._trim(text).partition(".")[2]
        return formatLang(self.env, as_float(stored_decimal(text)), digits=max(least, len(decimals)))

    def _trim(self, number):
        return number.rstrip("0").rstrip(".") if "." in number else number

    def _dates(self, period):
        return self.get_dates_label(
            date.fromisoformat(period["first"]), date.fromisoformat(period["last"]) if period["last"] else None
        )

    def _money(self, amount, charge):
        return format_amount(self.env, amount, charge.currency_id)
