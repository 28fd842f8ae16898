"""Automatic payment as its customer sees it: what holds, what is coming, what was tried, and deciding on it."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

from odoo import api, models
from odoo.addons.online_billing.models.automatic_payment.consent import HOLDING
from odoo.addons.online_billing.services.automatic_payment.consents import Terms
from odoo.addons.online_billing.services.automatic_payment.values import HOLDS
from odoo.addons.online_billing.services.receivables.values import DEBIT_PLANNED, NOT_ASKED
from odoo.addons.online_billing.services.shared.numbers import as_float, to_decimal
from odoo.addons.online_billing.services.shared.typed_amounts import write_amount
from odoo.exceptions import UserError

from .typed_amounts import read_amount

PLACES = 3  # a method, and two that stand in for it
LISTED = 20
UNDER_WAY = ("sent", "unknown", "waiting")
LONGEST_PAUSE = timedelta(days=366)
DAYS = {"due": (0, 0), "before": (0, 60), "after": (0, 60), "day_of_month": (1, 31)}


class BillingPortalAutomaticPayment(models.AbstractModel):
    _name = "billing.portal.automatic.payment"
    _description = "Automatic Payment as Its Customer Sees It"

    @api.private
    def get_page(self, account, person):
        """Return what holds on an account, what can be chosen, what is coming and what was tried.

        :param account: a `billing.account` (elevated) that the visitor sees
        :param person: the visitor, a `res.partner`
        :return: {"consent", "tokens": saved methods that can be chosen, "places": [{"token_id", "purpose"}], "failed":
            what is open and could not be collected, "text", "version", "tomorrow" and "latest" for the end of a pause,
            "day_rules", "purposes", "typed": limits as they would be typed, "coming", "under_way", "past", and of
            :meth:`get_bills` "later", "left_out"}
        """
        consent, charging = self.get_consent(account), account.env["billing.charging.now"]
        text, today = self._get_consents().get_text(account), self.env["billing.days"].get_local_day(account)
        fields_of = account.env["billing.payment.consent"]._fields
        items = self._get_items(account)
        methods = account.env["billing.payment.consent.method"]._fields
        return {
            "consent": consent,
            "tokens": self._get_tokens(account, person),
            "places": self._get_places(consent),
            "failed": as_float(charging.get_amount(charging.get_failed(account, items))),
            "text": text,
            "version": self._get_consents().get_version(text),
            "tomorrow": today + timedelta(days=1),
            "latest": today + LONGEST_PAUSE,
            "day_rules": fields_of["day_rule"]._description_selection(self.env),
            "purposes": methods["purpose"]._description_selection(self.env),
            "typed": {
                name: write_amount(self.env, to_decimal(consent[name], account.currency_id), account.currency_id)
                for name in ("limit_debit", "limit_month")
                if consent and consent[name]
            },
            **self._get_attempts(account),
            **self.get_bills(account, items),
        }

    @api.private
    def get_bills(self, account, items=None):
        """Return which open bills automatic payment will take, without a debit yet, and which it leaves out.

        :param dict items: what is open, where the caller has asked already
        :return: {"later": [{"move", "day": of the first debit, "amount"}], "left_out": [{"move", "amount": asked for}]}
        """
        open_items, items = self.env["billing.open.items"], items or self._get_items(account)
        coming = account.env["billing.debit.calendar"].find_coming(items)
        left, today = defaultdict(Decimal), self.env["billing.days"].get_local_day(account)
        for currency_id in {item.currency_id for item in items[account.id]}:
            own = [item for item in items[account.id] if item.currency_id == currency_id]
            for one in open_items.stand(own, today, NOT_ASKED):
                left[one.item.move_id] += one.active
        owed = [item for item in items[account.id] if item.amount > 0]
        moves = account.env["account.move"].browse(dict.fromkeys(item.move_id for item in owed))
        bills = {move.id: {"move": move, "day": None, "amount": Decimal(0)} for move in moves}
        for place, move_id in {item.place: item.move_id for item in owed}.items():
            bill = bills[move_id]
            if bill["move"].billing_without_debit:
                bill["amount"] = left[move_id]
            elif place in coming:
                day, amount = coming[place]
                bill["amount"] += amount
                bill["day"] = min(filter(None, (bill["day"], day)))
        rows = [{**bill, "amount": as_float(bill["amount"])} for bill in bills.values()]
        return {
            "later": [row for row in rows if row["day"]],
            "left_out": [row for row in rows if row["move"].billing_without_debit],
        }

    def _get_items(self, account):
        # sudo: the caller knows the role
        return self.env["billing.open.items"].sudo().get_items([account.id], coming=False)

    @api.private
    def get_bill(self, move):
        """Return how automatic payment of one bill that is open stands, for its page.

        :param move: an `account.move` (elevated) that the visitor may see
        :return: {"is_left_out", "day": on which it is debited}; None where nobody has agreed, and where no debit comes
        """
        account = move.billing_account_id
        if move.move_type != "out_invoice" or not move.billing_is_open or not self.get_consent(account):
            return None
        if move.billing_without_debit:
            return {"is_left_out": True, "day": None}
        planned = move.env["billing.payment.attempt.line"].search(
            [("move_id", "=", move.id), ("is_open", "=", True), ("attempt_id.state", "=", "planned")]
        )
        days = planned.attempt_id.mapped("day") or [
            bill["day"] for bill in self.get_bills(account)["later"] if bill["move"] == move
        ]
        return {"is_left_out": False, "day": min(days)} if days else None

    @api.private
    def leave_out(self, account, move_id, person):
        """Let one bill be asked for like any other; nothing is debited for it.

        :raise UserError: it is being debited already, or is none of the account
        """
        self.env["billing.debit.leaving.out"].leave_out(self._find_bill(account, move_id), person)

    @api.private
    def take_in(self, account, move_id, person):
        """Let automatic payment have one bill again.

        :raise UserError: it is none of the account
        """
        self.env["billing.debit.leaving.out"].take_in(self._find_bill(account, move_id), person)

    @api.private
    def get_consent(self, account):
        """Return the consent of an account (elevated) that holds or is paused; none where there is none."""
        return self._get_consents().get_holding(account).sudo()  # sudo: the caller knows the role on the account

    @api.private
    def get_summaries(self, accounts, items):
        """Return what the first page says of automatic payment of accounts with a consent.

        :param accounts: elevated
        :param dict items: {account id: [OpenItem, ...] in due order} of them, with what waits for a debit
        :return: {account: {"consent", "coming": {"day" of the next debits, planned or not, "amount" of them all,
            "methods": their names where they are planned}, or None}}
        """
        consents = accounts.env["billing.payment.consent"].search_fetch(
            [("account_id", "in", accounts.ids), ("state", "in", HOLDING)], ["account_id", "state"]
        )
        attempts = accounts.env["billing.payment.attempt"]
        coming = attempts.search_fetch(
            [("account_id", "in", consents.account_id.ids), ("state", "=", "planned"), ("kind", "=", "debit")],
            ["account_id", "day", "amount", "currency_id", "method_name"],
            order="day, id",
        ).grouped("account_id")
        every = [item for account in consents.account_id for item in items[account.id]]
        taken = accounts.env["billing.debit.history"].get_places(every) if every else ()
        summaries = {}
        for consent in consents:
            planned = coming.get(consent.account_id, attempts.browse())
            debits = [(one.day, to_decimal(one.amount, one.currency_id), one.method_name) for one in planned]
            debits += self._get_later_debits(consent.account_id, items[consent.account_id.id], taken)
            # limits may share out over several debits what is collected on one day
            day = min((day for day, *_rest in debits), default=None)
            of_day = [(amount, name) for on, amount, name in debits if on == day]
            summaries[consent.account_id] = {
                "consent": consent,
                "coming": of_day
                and {
                    "day": day,
                    "amount": as_float(sum(amount for amount, _name in of_day)),
                    "methods": list(dict.fromkeys(name for _amount, name in of_day if name)),
                },
            }
        return summaries

    def _get_later_debits(self, account, items, taken):
        """Return [(day, Decimal, None)] of due lines that wait for a debit which nobody has planned yet.

        :param taken: places of due lines that stand in a debit already
        """
        today = self.env["billing.days"].get_local_day(account)
        own = [item for item in items if item.currency_id == account.currency_id.id]
        debits = []
        for one in self.env["billing.open.items"].stand(own, today, HOLDS):
            days = [rest.until for rest in one.item.rests if rest.reason == DEBIT_PLANNED]
            if days and one.active > 0 and one.item.place not in taken:
                kept = one.item.get_discount(days[0]) if one.active == one.item.amount else 0
                debits.append((days[0], one.active - kept, None))
        return debits

    @api.private
    def give(self, account, person, chosen, given, version, takes_up_failed=False):
        """Agree to automatic payment, or change what was agreed to: the new consent takes the place of the one before.

        :param account: a `billing.account` (elevated) on which the person decides
        :param person: the `res.partner` who agrees
        :param list chosen: [(id of a saved method, purpose)] in their order
        :param dict given: day_rule, day_number, limit_debit and limit_month, as they were typed
        :param version: of the words that were shown
        :param bool takes_up_failed: what could not be collected before is collected with these methods
        :raise UserError: something cannot be chosen
        """
        text = self.env["billing.consent.wishes"].find_text(account, version)
        if not text:
            raise UserError(self.env._("What you agree to has changed meanwhile. Please read it again."))
        if self.get_consent(account).state == "paused":
            raise self._get_pause_refusal(self.get_consent(account))
        tokens, purposes = self._read_methods(account, person, chosen)
        terms = self._read_terms(account, given)
        consents = self._get_consents()
        consent = consents.give(
            account, tokens, person, "portal", text, terms, purposes=purposes, takes_up_failed=takes_up_failed
        )
        return consent.sudo()  # sudo: as above

    @api.private
    def pause(self, account, person, until=None):
        """Let nothing be collected for a while; what was coming is not made.

        :param account: a `billing.account` (elevated) on which the person decides
        :param until: the day on which it goes on by itself; None: when somebody takes it up again
        :raise UserError: there is none, it is paused, or the day is none of the coming year
        """
        consent, today = self.get_consent(account), self.env["billing.days"].get_local_day(account)
        if consent.state != "active":
            raise UserError(self.env._("Automatic payment is paused or has ended already."))
        if until and not today < until <= today + LONGEST_PAUSE:
            raise UserError(self.env._("Choose a day of the coming year, or none."))
        reason = self.env._("Paused by %(person)s", person=person.name)
        self._get_consents().pause(consent, reason, until, person)

    @api.private
    def resume(self, account):
        """Take up again what a person of the customer has paused.

        :raise UserError: it is not paused, or by others
        """
        consent = self.get_consent(account)
        if consent.state != "paused":
            raise UserError(self.env._("Automatic payment is not paused."))
        if not consent.paused_by_id:
            raise self._get_pause_refusal(consent)
        self._get_consents().resume(consent)

    @api.private
    def withdraw(self, account, person):
        """End automatic payment of an account.

        :raise UserError: there is none
        """
        consent = self.get_consent(account)
        if not consent:
            raise UserError(self.env._("Automatic payment has ended already."))
        self._get_consents().withdraw(consent, person)

    @api.private
    def stop(self, account, attempt_id, person):
        """Take back one debit that has not been sent; what it was for is asked for as any other bill.

        :raise UserError: it has been sent, or is none of the account
        """
        attempts = account.env["billing.payment.attempt"]
        attempt = attempts.search(
            [("id", "=", attempt_id), ("account_id", "=", account.id), ("kind", "=", "debit")], limit=1
        )
        if not attempt:
            raise UserError(self.env._("This debit does not exist any more."))
        if attempt.state != "planned":
            raise UserError(self.env._("This debit is being made already and cannot be stopped any more."))
        self.env["billing.debits"].stop(attempt, self.env._("Stopped by %(person)s", person=person.name))

    # -- helpers ------------------------------------------------------------------------------------------------------

    def _find_bill(self, account, move_id):
        own = [("id", "=", move_id), ("billing_account_id", "=", account.id), ("move_type", "=", "out_invoice")]
        move = account.env["account.move"].search([*own, ("state", "=", "posted")], limit=1)
        if not move:
            raise UserError(self.env._("This bill does not exist any more."))
        return move

    def _get_pause_refusal(self, consent):
        if consent.paused_by_id:
            return UserError(self.env._("Automatic payment is paused. Take it up again first."))
        return UserError(self.env._("Automatic payment is paused. Write to us, and we will look into it."))

    def _get_consents(self):
        return self.env["billing.payment.consents"].sudo()  # sudo: the caller knows the role on the account

    def _get_tokens(self, account, person):
        """Return the methods that the visitor, the customer or its company has saved, and those of the consent."""
        owners = person | account.partner_id | account.partner_id.commercial_partner_id
        tokens = account.env["payment.token"].search([("partner_id", "in", owners.ids)], order="id desc", limit=50)
        tokens |= self.get_consent(account).method_ids.token_id
        root = account.company_id.root_id
        return tokens.filtered(
            lambda token: token.active and token.company_id.root_id == root and token.provider_id.state != "disabled"
        )

    def _get_places(self, consent):
        usable = consent.method_ids.filtered("is_usable")[:PLACES] if consent else ()
        places = [{"token_id": method.token_id.id, "purpose": method.purpose} for method in usable]
        return places + [{"token_id": None, "purpose": "all"}] * (PLACES - len(places))

    def _get_attempts(self, account):
        """Return what is coming, what is under way, and what has ended, the latest first."""
        attempts = account.env["billing.payment.attempt"]
        own = [("account_id", "=", account.id)]
        return {
            "coming": attempts.search([*own, ("state", "=", "planned"), ("kind", "=", "debit")], order="day, id"),
            "under_way": attempts.search([*own, ("state", "in", UNDER_WAY)], order="id"),
            "past": attempts.search(
                [
                    *own,
                    "|",
                    ("state", "in", ("succeeded", "failed")),
                    "&",
                    ("state", "=", "given_up"),
                    ("is_final", "=", True),
                ],
                order="id desc",
                limit=LISTED,
            ),
        }

    def _read_methods(self, account, person, chosen):
        """Return (saved methods in their order, what each is for)."""
        offered = {token.id: token for token in self._get_tokens(account, person)}
        purposes = dict(account.env["billing.payment.consent.method"]._fields["purpose"].selection)
        picked = [(token_id, purpose) for token_id, purpose in chosen if token_id]
        if not picked:
            raise UserError(self.env._("Choose a saved payment method."))
        if any(token_id not in offered or purpose not in purposes for token_id, purpose in picked):
            raise UserError(self.env._("Choose one of your saved payment methods."))
        if len({token_id for token_id, _purpose in picked}) != len(picked):
            raise UserError(self.env._("Choose each payment method once."))
        tokens = account.env["payment.token"].browse(token_id for token_id, _purpose in picked)
        return tokens, [purpose for _token_id, purpose in picked]

    def _read_terms(self, account, given):
        rule = given.get("day_rule")
        if rule not in DAYS:
            raise UserError(self.env._("Choose when your bills are collected."))
        least, most = DAYS[rule]
        number = self._read_number(given.get("day_number")) if rule != "due" else 0
        if number is None or not least <= number <= most:
            raise UserError(self.env._("Type a number from %(least)s to %(most)s.", least=least, most=most))
        limits = [
            read_amount(self.env, given[name], account.currency_id) if (given.get(name) or "").strip() else 0
            for name in ("limit_debit", "limit_month")
        ]
        return Terms(rule, number, *limits)

    @staticmethod
    def _read_number(text):
        text = str(text or "").strip()
        return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else None
