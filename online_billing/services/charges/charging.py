"""Record one-time charges: by form and by program, each key at most once."""

import uuid
from decimal import Decimal
from fractions import Fraction

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, ValidationError
from psycopg2 import errors

from ...engine import EngineError, Usage, as_exact, check_amount, describe_priced, round_half_up
from ..shared.reader import KEY_LENGTH, ValueRefused

MAXIMUM_CHARGES = 1000
CHARGE_FIELDS = ("account", "code", "key", "quantity", "amount", "name", "date", "invoice")
ZERO = Fraction(0)


class BillingCharging(models.AbstractModel):
    _name = "billing.charging"
    _description = "Record Charges"

    # -- by program ---------------------------------------------------------------------------------------------------

    @api.private
    def record(self, charges):
        """Do the work of `billing.charge.record`; one savepoint per charge, so that one bad charge harms no other."""
        reader = self.env["billing.reader"]
        results, instant = [], self.env["billing.charge"]
        for given in reader.read_list(charges, "charges", MAXIMUM_CHARGES):
            key = reader.get_key_given(given)
            try:
                charge, status = self._record_one(given)
            except ValueRefused as refused:
                results.append({"key": key, "status": "error", "error": refused.answer})
                continue
            if status == "created" and charge.invoice_timing == "now":
                instant |= charge
            results.append(
                {
                    "key": key,
                    "status": status,
                    "id": charge.id,
                    "amount": charge.amount,
                    "currency": charge.currency_id.name,
                }
            )
        if instant:
            self.env["billing.invoicing"].invoice_now(instant)
        recorded = self.env["billing.charge"].browse([result["id"] for result in results if "id" in result])
        numbers = {charge.id: charge.invoice_id.name for charge in recorded if charge.invoice_id}
        for result in results:
            result["invoice"] = numbers.get(result.get("id"))
        return results

    def _record_one(self, given):
        reader = self.env["billing.reader"]
        reader.read_object(given, "charge", CHARGE_FIELDS)
        account = reader.read_account(given.get("account"))
        if account.state not in ("active", "suspended"):
            raise ValueRefused(
                "account_not_active", self.env._("The account is not active; activate it first."), "account"
            )
        key = f"api:{reader.read_text(given.get('key'), 'key', KEY_LENGTH)}"
        if known := self.env["billing.charge"].search(
            [("company_id", "=", account.company_id.id), ("key", "=", key)], limit=1
        ):
            return known, "duplicate"
        vals = self._prepare_recorded_values(account, key, given)
        try:
            with self.env.cr.savepoint():
                charge = self.env["billing.charge"].sudo().create(vals)  # sudo: the key is for services to give
                return charge.sudo(False), "created"
        except errors.UniqueViolation as error:
            # somebody else recorded the same key since our look-up: theirs counts; this request is tried again
            raise ConcurrencyError(str(error)) from error

    def _prepare_recorded_values(self, account, key, given):
        reader = self.env["billing.reader"]
        code = reader.read_code(given.get("code"), account.company_id)
        quantity = reader.read_number(given.get("quantity", 1), "quantity")
        if quantity < 0:
            raise ValueRefused(
                "invalid_quantity",
                self.env._(
                    "The quantity cannot be negative; use a billing code of the kind credit to give money back."
                ),
                "quantity",
            )
        amount = None if given.get("amount") is None else reader.read_number(given["amount"], "amount")
        name = code.name if given.get("name") is None else reader.read_text(given["name"], "name")
        timing = reader.read_choice(given.get("invoice", "next"), "invoice", ("next", "now"))
        day = reader.read_date(given["date"]) if "date" in given else self.get_local_day(account)
        try:
            return self.prepare_values(account, code, key, quantity, amount, name, day, timing)
        except EngineError as error:
            raise ValueRefused(error.code, self.env["billing.engine.messages"].get_sentence(error), "code") from error

    # -- both ---------------------------------------------------------------------------------------------------------

    @api.private
    def get_local_day(self, account):
        return fields.Datetime.context_timestamp(self.with_context(tz=account.timezone), fields.Datetime.now()).date()

    @api.private
    def prepare_values(self, account, code, key, quantity, amount, name, day, timing):
        """Return the values of a charge, rated by the price of its day.

        :param Fraction quantity: units
        :param amount: exact amount before tax in place of the price; needed where the price is a percentage or dynamic
        :raise EngineError: no price, or an amount out of range
        """
        plan = account.subscription_ids.filtered(lambda subscription: subscription.state == "active").plan_id[:1]
        price = code.sudo()._get_price(
            day, account.currency_id, plan
        )  # sudo: whoever records may not read prices of all plans
        breakdown = {"kind": "given"}
        if price and (amount is None or price.model in ("dynamic", "percentage", "graduated_percentage")):
            usage = Usage(quantity, events=(amount,) if amount is not None else (), amount=amount or ZERO)
            if price.model in ("dynamic", "percentage", "graduated_percentage") and amount is None:
                raise EngineError("charge.amount_missing")
            priced = self.env["billing.price.terms"].get_price_version(price).price(usage)
            exact_amount = priced.amount
            breakdown = {"kind": "priced", **describe_priced(priced)}
        elif amount is not None:
            exact_amount, price = amount, price.browse()
        else:
            raise EngineError("schedule.price_missing", line=code.display_name, day=day)
        check_amount(exact_amount)
        if code.kind == "credit":
            exact_amount = -abs(exact_amount)
        return {
            "key": key,
            "name": name,
            "account_id": account.id,
            "company_id": account.company_id.id,
            "currency_id": account.currency_id.id,
            "code_id": code.id,
            "price_id": price.id,
            "kind": "single",
            "charge_date": day,
            "service_start": day,
            "service_end": day,
            "quantity": float(quantity),
            "amount_exact": float(exact_amount),
            "amount": float(round_half_up(exact_amount, account.currency_id.decimal_places)),
            "breakdown": {**breakdown, "quantity": f"{float(quantity):g}", "version": price.id or None},
            "invoice_timing": timing,
            "state": "pending",
        }

    @api.private
    def prepare_form_values(self, vals):
        """Return complete values for what somebody typed into the form; the key is drawn, the amount rated."""
        account = self.env["billing.account"].browse(vals.get("account_id"))
        code = self.env["billing.code"].browse(vals.get("code_id"))
        if not account or not code:
            raise ValidationError(self.env._("A charge needs an account and a billing code. Choose both."))
        if account.state not in ("active", "suspended"):
            raise ValidationError(
                self.env._("Account %(account)s is not active; activate it before charging.", account=account.name)
            )
        quantity = as_exact(Decimal(f"{vals.get('quantity', 1.0):.6f}"))
        amount = as_exact(Decimal(f"{vals['amount']:.6f}")) if vals.get("amount") else None
        day = fields.Date.to_date(vals.get("charge_date")) or self.get_local_day(account)
        try:
            complete = self.prepare_values(
                account,
                code,
                f"form:{uuid.uuid4()}",
                quantity,
                amount,
                vals.get("name") or code.name,
                day,
                vals.get("invoice_timing") or "next",
            )
        except EngineError as error:
            raise ValidationError(self.env["billing.engine.messages"].get_sentence(error)) from error
        kept = {name: vals[name] for name in ("service_start", "service_end") if vals.get(name)}
        return {**complete, **kept}
