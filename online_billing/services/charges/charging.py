"""Record one-time charges: by form and by program, each key at most once."""

import uuid
from contextlib import nullcontext

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...engine import EngineError, abbreviate_priced, check_amount, round_half_up
from ..posting import configuration
from ..shared.numbers import ONE, exact, get_rounding
from ..shared.reader import KEY_LENGTH, ValueRefused
from .new_charge import NewCharge
from .terms import get_usage

MAXIMUM_CHARGES = 1000
CHARGE_FIELDS = ("account", "code", "key", "quantity", "amount", "name", "date", "invoice")
# what is read of a charge to tell a program of it
ANSWERED_FIELDS = ("amount", "currency_id", "invoice_id", "state", "void_reason")
# what a program calls that which makes its charge another one
GIVEN_NAMES = {
    "account_id": "account",
    "code_id": "code",
    "quantity": "quantity",
    "given": "amount",
    "name": "name",
    "day": "date",
    "timing": "invoice",
}


class BillingCharging(models.AbstractModel):
    _name = "billing.charging"
    _description = "Record Charges"

    # -- by program ---------------------------------------------------------------------------------------------------

    @api.private
    def record(self, charges):
        """Do the work of `billing.charge.record`: one bad charge harms no other, and all go in by one statement."""
        reader = self.env["billing.reader"]
        given = reader.read_list(charges, "charges", MAXIMUM_CHARGES)
        is_instant = any(isinstance(one, dict) and one.get("invoice") == "now" for one in given)
        with configuration.held(self.env, self.env.companies.ids) if is_instant else nullcontext():
            return self._record_given(given)

    def _record_given(self, given):
        reader, book = self.env["billing.reader"], self.env["billing.charge.book"]
        results, wanted = [{"key": reader.get_key_given(one)} for one in given], {}
        finders = self._get_finders(given)
        for position, one in enumerate(given):
            try:
                wanted[position] = self._read(one, *finders)
            except ValueRefused as refused:
                results[position].update(status="error", error=refused.answer, invoice=None)
        known = book.find({(one["account"].company_id.id, one["key"]) for one in wanted.values()})
        new_charges, answers = {}, {}
        shares = self.env["billing.price.taxes"].get_net_shares(
            {(one["account"].id, one["code"].product_id.id) for one in wanted.values()}
        )
        prices = dict(zip(wanted, self._find_prices(wanted.values()), strict=True))
        for position, one in wanted.items():
            stated = self._get_stated(one, given[position])
            if charge := known.get((one["account"].company_id.id, one["key"])):
                answers[position] = book.compare(charge, stated)
                continue
            try:
                new_charges[position] = self._rate(one, tuple(stated), shares, prices[position])
            except ValueRefused as refused:
                results[position].update(status="error", error=refused.answer, invoice=None)
        recorded, reasons = self._record_new(list(new_charges.values()))
        answers.update(zip(new_charges, recorded, strict=True))
        # sudo: whoever sends a key again learns what became of it
        charges = self.env["billing.charge"].sudo().browse({answer.charge_id for answer in answers.values()})
        charges.fetch(ANSWERED_FIELDS)
        charges.invoice_id.fetch(["name"])
        for position, answer in answers.items():
            charge = charges.browse(answer.charge_id).with_prefetch(charges.ids)
            results[position].update(self._get_answer(answer, charge))
            if reason := reasons.get(answer.charge_id):
                results[position]["error"] = {"code": "not_invoiced", "message": reason, "field": "invoice"}
        return results

    def _record_new(self, new_charges):
        """Record charges and invoice those that are invoiced at once.

        :return: (list of Recorded, {charge id: why it could not be invoiced}); such a charge waits for a run
        """
        recorded = self.env["billing.charge.book"].record(new_charges)
        timings = {
            one.charge_id: new.timing for one, new in zip(recorded, new_charges, strict=True) if one.status == "created"
        }
        made = self.env["billing.charge"].browse(timings)
        made.check_access("create")
        instant = made.browse([charge_id for charge_id, timing in timings.items() if timing == "now"])
        reasons = self._invoice_instant(instant)
        # what is invoiced at once has never waited, and moves the day of no account
        waiting = (made - instant) | made.browse(reasons)
        self.env["billing.rating"].refresh_next_billing_date(waiting.account_id)
        return recorded, reasons

    def _invoice_instant(self, charges):
        """Invoice charges at once that were just recorded, and by halves over accounts where some of them cannot be.

        :return: {charge id: why it could not be invoiced}
        """
        if not charges:
            return {}
        loop, reasons = self.env["billing.work.loop"], {}

        def invoice(some):
            self.env["billing.invoicing"].invoice_now(charges.browse().union(*some.values()), is_new=True)

        def fail(_account_id, some, error):
            reasons.update(dict.fromkeys(some.ids, loop.get_reason(error)))

        by_account = charges.grouped("account_id")
        loop.by_halves({account.id: some for account, some in by_account.items()}, invoice, fail)
        return reasons

    def _get_answer(self, answer, charge):
        """Return what a program is told of a charge that is in the book."""
        if answer.status == "conflict":
            return {
                "status": "conflict",
                "invoice": None,
                "error": {
                    "code": "conflict",
                    "message": self.env._(
                        "The key is taken by a charge with another content, which stays as it is. Use a key of its own"
                        " for each charge; to change one, void it and record a new one."
                    ),
                    "field": GIVEN_NAMES[answer.differs[0]],
                },
            }
        found = {
            "status": answer.status,
            "id": charge.id,
            "amount": charge.amount,
            "currency": charge.currency_id.name,
            "invoice": charge.invoice_id.name or None,
            "state": charge.state,
        }
        if charge.state == "void":
            found["void_reason"] = charge.void_reason
        return found

    def _get_finders(self, given):
        """Return what finds the accounts and codes of a list, each read by one query."""
        reader = self.env["billing.reader"]
        objects = [one for one in given if isinstance(one, dict)]
        accounts = reader.get_account_finder([one.get("account") for one in objects])
        return accounts, reader.get_code_finder([one.get("code") for one in objects], self.env.companies)

    def _find_prices(self, wanted):
        """Return the price of each charge's day, or none; all by one query."""
        # sudo: whoever records may not read prices of all plans
        return (
            self.env["billing.code"]
            .sudo()
            ._get_prices(
                [
                    (one["code"], one["day"], one["account"].currency_id, self._get_running_plan(one["account"]))
                    for one in wanted
                ]
            )
        )

    def _get_running_plan(self, account):
        return account.subscription_ids.filtered(lambda subscription: subscription.state == "active").plan_id[:1]

    def _read(self, given, find_account, find_code):
        """Return what a program gave, as values and records; nothing is rated yet.

        :raise ValueRefused: something is missing, unknown or malformed
        """
        reader = self.env["billing.reader"]
        reader.read_object(given, "charge", CHARGE_FIELDS)
        account = find_account(given.get("account"))
        if account.state not in ("active", "suspended"):
            raise ValueRefused(
                "account_not_active", self.env._("The account is not active; activate it first."), "account"
            )
        code = find_code(given.get("code"), account.company_id)
        quantity = reader.read_number(given.get("quantity", 1), "quantity")
        if quantity < 0:
            raise ValueRefused(
                "invalid_quantity",
                self.env._(
                    "The quantity cannot be negative; use a billing code of the kind credit to give money back."
                ),
                "quantity",
            )
        return {
            "account": account,
            "code": code,
            "key": f"api:{reader.read_text(given.get('key'), 'key', KEY_LENGTH)}",
            "quantity": quantity,
            "amount": None if given.get("amount") is None else reader.read_number(given["amount"], "amount"),
            "name": code.name if given.get("name") is None else reader.read_text(given["name"], "name"),
            "day": reader.read_date(given["date"])
            if "date" in given
            else self.env["billing.days"].get_local_day(account),
            "timing": reader.read_choice(given.get("invoice", "next"), "invoice", ("next", "now")),
        }

    def _get_stated(self, one, given):
        """Return what must be equal for the same key to be the same charge: all that the program said itself."""
        stated = {"account_id": one["account"].id, "code_id": one["code"].id, "quantity": one["quantity"]}
        if one["amount"] is not None:
            stated["given"] = str(one["amount"])
        optional = {"name": "name", "date": "day", "invoice": "timing"}
        stated.update({field: one[field] for name, field in optional.items() if given.get(name)})
        return stated

    def _rate(self, one, content, shares, price):
        try:
            return self.prepare_charge(
                one["account"],
                one["code"],
                one["quantity"],
                one["amount"],
                one["day"],
                origin="program",
                key=one["key"],
                name=one["name"],
                timing=one["timing"],
                content=content,
                net_share=shares.get((one["account"].id, one["code"].product_id.id), ONE),
                price=price,
            )
        except EngineError as error:
            raise ValueRefused(error.code, self.env["billing.engine.messages"].get_sentence(error), "code") from error

    # -- both ---------------------------------------------------------------------------------------------------------

    @api.private
    def prepare_charge(self, account, code, quantity, amount, day, net_share=None, price=None, **values):
        """Return a NewCharge, rated by the price of its day.

        :param Fraction quantity: units
        :param amount: exact amount in place of the price, with tax where the prices of the product include it; needed
            where the price is a percentage or dynamic
        :param net_share: what is left of it for this customer (`billing.price.taxes`); looked up if left out
        :param price: the `billing.price` of the day, which may be empty; looked up if left out
        :param values: the other values of the NewCharge: origin, key, name, timing ...
        :raise EngineError: no price, or an amount out of range
        """
        if price is None:
            [price] = self._find_prices([{"account": account, "code": code, "day": day}])
        if net_share is None:
            pair = (account.id, code.product_id.id)
            net_share = self.env["billing.price.taxes"].get_net_shares([pair]).get(pair, ONE)
        breakdown = {"kind": "given"}
        if price and (amount is None or price.model in ("dynamic", "percentage", "graduated_percentage")):
            if price.model in ("dynamic", "percentage", "graduated_percentage") and amount is None:
                raise EngineError("charge.amount_missing")
            priced = (
                self.env["billing.price.terms"]
                .get_price_version(price, net_share=net_share)
                .price(get_usage(quantity, amount))
            )
            exact_amount = priced.amount
            breakdown = {"kind": "priced", **abbreviate_priced(priced)}
        elif amount is not None:
            exact_amount, price = amount * net_share, price.browse()
        else:
            raise EngineError("schedule.price_missing", line=code.display_name, day=day)
        check_amount(exact_amount)
        if code.kind == "credit":
            exact_amount = -abs(exact_amount)
        if amount is not None:
            breakdown["given"] = str(amount)
        return NewCharge(
            account_id=account.id,
            company_id=account.company_id.id,
            currency_id=account.currency_id.id,
            code_id=code.id,
            price_id=price.id or None,
            day=day,
            quantity=quantity,
            exact=exact_amount,
            amount=round_half_up(exact_amount, get_rounding(account.currency_id)),
            breakdown=breakdown,
            **{"service": (day, day), **values},
        )

    @api.private
    def record_forms(self, vals_list):
        """Record what somebody typed into forms; the keys are drawn, the amounts rated.

        :return: the charges
        """
        new_charges = [self._prepare_form_charge(vals) for vals in vals_list]
        recorded = self.env["billing.charge.book"].record(new_charges)
        return self.env["billing.charge"].browse([one.charge_id for one in recorded])

    def _prepare_form_charge(self, vals):
        account = self.env["billing.account"].browse(vals.get("account_id"))
        code = self.env["billing.code"].browse(vals.get("code_id"))
        if not account or not code:
            raise ValidationError(self.env._("A charge needs an account and a billing code. Choose both."))
        if account.state not in ("active", "suspended"):
            raise ValidationError(
                self.env._("Account %(account)s is not active; activate it before charging.", account=account.name)
            )
        quantity = exact(vals.get("quantity", 1.0))
        amount = exact(vals["amount"]) if vals.get("amount") else None
        day = self.env["billing.reader"].read_date(
            fields.Date.to_date(vals.get("charge_date")) or self.env["billing.days"].get_local_day(account),
            "charge_date",
        )
        first, last = (fields.Date.to_date(vals.get(name)) or day for name in ("service_start", "service_end"))
        try:
            return self.prepare_charge(
                account,
                code,
                quantity,
                amount,
                day,
                origin="form",
                key=f"form:{uuid.uuid4()}",
                name=vals.get("name") or code.name,
                timing=vals.get("invoice_timing") or "next",
                service=(first, last),
            )
        except EngineError as error:
            raise ValidationError(self.env["billing.engine.messages"].get_sentence(error)) from error

    # -- voiding ------------------------------------------------------------------------------------------------------

    @api.private
    def void(self, charges, reason):
        """Void pending charges, with the reason why they are not to be billed.

        :raise UserError: no reason, or a charge that is not pending or is being billed
        """
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("A charge is voided with a reason. Write down why."))
        if settled := charges.filtered(lambda charge: charge.state != "pending"):
            raise UserError(
                self.env._(
                    "“%(charge)s” is not pending any more, so it cannot be voided. If it has been invoiced, give the"
                    " money back with a credit note.",
                    charge=settled[0].name,
                )
            )
        if charges.try_lock_for_update(allow_referencing=True) != charges:
            raise UserError(
                self.env._("These charges are being billed by a run at this moment. Reload the page and look at them.")
            )
        self._void(charges, reason)
        self.env["billing.rating"].refresh_next_billing_date(charges.account_id)

    def _void(self, charges, reason):
        """Void what is pending and locked; a seam for what makes charges and has a life of its own."""
        charges.check_access("write")
        self.env["billing.charge.book"].void(charges, reason)

    # -- billing again ------------------------------------------------------------------------------------------------

    @api.private
    def bill_again(self, charges, timing):
        """Bill charges once more of which nothing stands any more: their invoice was cancelled or credited in full.

        :param timing: "soon": by the next run; "now": at once
        :return: the new charges
        :raise UserError: a charge still stands or was billed again already
        """
        charges.check_access("write")
        if closed := charges.account_id.filtered(lambda account: account.state not in ("active", "suspended")):
            raise UserError(
                self.env._(
                    "Account %(account)s is not active, so nothing is billed on it. Activate or reopen it first.",
                    account=closed[0].name,
                )
            )
        days = {account.id: self.env["billing.days"].get_local_day(account) for account in charges.account_id}
        # sudo: the book is kept by the billing; rights were checked above
        made = self.env["billing.charge.rebilling"].bill_again(charges.sudo(), days, timing).sudo(False)
        self._follow_billed_again(charges)
        self.env["billing.rating"].refresh_next_billing_date(made.account_id)
        if timing == "now":
            self.env["billing.invoicing"].invoice_now(made)
        return made

    def _follow_billed_again(self, charges):
        """Let whatever points to charges point to those that replace them; a seam for what makes charges."""
