"""Record one-time charges: by form and by program, each key at most once."""

import uuid
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError, ValidationError
from psycopg2 import errors

from ...engine import EngineError, Usage, as_exact, check_amount, describe_priced, round_half_up

MAXIMUM_CHARGES = 1000
KEY_LENGTH = 255
ZERO = Fraction(0)


class ChargeRefused(Exception):
    """One charge of a batch that cannot be recorded; the others go on."""

    def __init__(self, code, message, field):
        super().__init__(message)
        self.answer = {"code": code, "message": message, "field": field}


class BillingCharging(models.AbstractModel):
    _name = "billing.charging"
    _description = "Record Charges"

    # -- by program ---------------------------------------------------------------------------------------------------

    @api.private
    def record(self, charges):
        """Do the work of `billing.charge.record`; one savepoint per charge, so that one bad charge harms no other."""
        if not isinstance(charges, list) or len(charges) > MAXIMUM_CHARGES:
            raise UserError(
                self.env._("Send a list of at most %(most)s charges; split longer lists.", most=MAXIMUM_CHARGES)
            )
        results, instant = [], self.env["billing.charge"]
        for given in charges:
            key = given.get("key") if isinstance(given, dict) else None
            try:
                charge, status = self._record_one(given)
            except ChargeRefused as refused:
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
        if not isinstance(given, dict):
            raise ChargeRefused("malformed", self.env._("A charge is an object with account, code and key."), None)
        if unknown := set(given) - {"account", "code", "key", "quantity", "amount", "name", "date", "invoice"}:
            raise ChargeRefused(
                "unknown_field",
                self.env._("There is no field “%(field)s” in a charge.", field=sorted(unknown)[0]),
                sorted(unknown)[0],
            )
        account = self._get_account(given.get("account"))
        key = self._get_key(given.get("key"))
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

    def _get_account(self, number):
        account = self.env["billing.account"]
        if isinstance(number, str) and number:
            account = account.search([("name", "=", number), ("company_id", "in", self.env.companies.ids)], limit=1)
        if not account:
            raise ChargeRefused(
                "unknown_account", self.env._("There is no billing account with this number."), "account"
            )
        if account.state not in ("active", "suspended"):
            raise ChargeRefused(
                "account_not_active", self.env._("The account is not active; activate it first."), "account"
            )
        return account

    def _get_key(self, key):
        if not isinstance(key, str) or not key.strip() or len(key) > KEY_LENGTH or "\x00" in key:
            raise ChargeRefused(
                "invalid_key", self.env._("A key is a text of 1 to %(most)s characters.", most=KEY_LENGTH), "key"
            )
        return f"api:{key}"

    def _get_number(self, given, name, missing=None):
        value = given.get(name, missing)
        if value is None:
            return None
        try:
            if isinstance(value, bool) or not isinstance(value, int | float | str):
                raise ValueError(value)
            # ascii only: Decimal would read digits of any script
            number = Decimal(value.strip() if isinstance(value, str) and value.isascii() else repr(value))
            number = as_exact(number)
            check_amount(number)
            if abs(number).limit_denominator(10**6) != abs(number):
                raise ValueError(value)
        except (ValueError, InvalidOperation, EngineError, OverflowError) as error:
            raise ChargeRefused(
                f"invalid_{name}",
                self.env._("“%(field)s” must be a number with at most 6 decimals, up to 999,999,999,999.", field=name),
                name,
            ) from error
        return number

    def _prepare_recorded_values(self, account, key, given):
        code = (
            self.env["billing.code"].search(
                [("code", "=", given.get("code")), ("company_id", "parent_of", account.company_id.ids)], limit=1
            )
            if isinstance(given.get("code"), str)
            else None
        )
        if not code:
            raise ChargeRefused("unknown_code", self.env._("There is no billing code like this."), "code")
        quantity = self._get_number(given, "quantity", 1)
        if quantity < 0:
            raise ChargeRefused(
                "invalid_quantity",
                self.env._(
                    "The quantity cannot be negative; use a billing code of the kind credit to give money back."
                ),
                "quantity",
            )
        name = given.get("name") or code.name
        if not isinstance(name, str) or "\x00" in name or len(name) > 500:
            raise ChargeRefused(
                "invalid_name", self.env._("The description must be a text of at most 500 characters."), "name"
            )
        timing = given.get("invoice", "next")
        if timing not in ("next", "now"):
            raise ChargeRefused("invalid_invoice", self.env._("“invoice” is “next” or “now”."), "invoice")
        try:
            day = (
                self.env["billing.reader"].parse_date(given["date"])
                if given.get("date")
                else self.get_local_day(account)
            )
            return self.prepare_values(
                account, code, key, quantity, self._get_number(given, "amount"), name, day, timing
            )
        except EngineError as error:
            raise ChargeRefused(error.code, self.env["billing.engine.messages"].get_sentence(error), "code") from error
        except UserError as error:
            raise ChargeRefused("invalid_date", str(error), "date") from error

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
