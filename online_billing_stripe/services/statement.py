"""Stripe's balance as a bank statement: each movement once, fees on their account, each matched with its payment."""

from datetime import datetime, timedelta, timezone

import stripe
from markupsafe import Markup
from odoo import api, fields, models
from odoo.addons.online_billing.services.shared.numbers import as_float
from odoo.exceptions import UserError
from odoo.tools.misc import format_date

from .amounts import from_units
from .client import ASK
from .event_values import DONE, IGNORED, Outcome
from .kept_bodies import take_out
from .matching import PAYMENTS
from .reading import plain

PAGE = 100
#: a movement may stand in the list a little later than it was made
OVERLAP = timedelta(hours=2)
#: the first time
LOOK_BACK = timedelta(days=30)
FEE = "fee"
#: what has an amount in the currency in which the customer has paid, and one in that of the balance
EXCHANGED = ("charge", "refund", "dispute")
PAYOUTS = ("payout", "payout_cancel", "payout_failure")
#: of what does not fit, in the task of a person; all of it stands on the connection
NAMED = 10
NOT_READ = "stripe.balance_not_read"  # by which its task is known again


class BillingStripeStatement(models.AbstractModel):
    _name = "billing.stripe.statement"
    _description = "Stripe's Balance as a Bank Statement"

    @api.private
    def work(self):
        """Take over the movements of every connection that keeps a statement, and match what waits for its payment."""
        self._work_on(self.env["billing.stripe.connections"].get_all().filtered(self.is_kept))

    @api.private
    def work_now(self, connections):
        """Take over what has moved of some connections, for somebody who waits, and say what does not fit."""
        elevated = connections.sudo()  # sudo: keys are used, and rows of the billing are made
        if unkept := elevated.filtered(lambda connection: not self.is_kept(connection)):
            raise UserError(self.env._("No statement is kept of %(connection)s.", connection=unkept[0].name))
        done = self._work_on(elevated)
        message = self.env["billing.stripe.connections"].get_words(done) or self.env._(
            "Movements that could not be taken over: %(count)s", count=len(elevated.held_movement_ids)
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"message": message, "next": {"type": "ir.actions.client", "tag": "soft_reload"}},
        }

    def _work_on(self, connections):
        title = self.env._("Stripe's balance cannot be read")
        return self.env["billing.stripe.connections"].each(connections, NOT_READ, title, self.take_over)

    @api.private
    def work_off(self, event, _body):
        """Take over what has moved, as a payout has been made.

        :return: :class:`Outcome`
        """
        if not self.is_kept(event.connection_id):
            return Outcome(IGNORED, self.env._("No statement is kept of this connection."))
        if keeper := self.find_other_keeper(event.connection_id):
            return Outcome(IGNORED, self.get_refusal(keeper))
        self.take_over(event.connection_id)
        return Outcome(DONE)

    @api.private
    def is_kept(self, connection):
        """Tell whether a connection keeps a statement, and has what it needs."""
        return bool(connection.is_statement_kept and connection.journal_id and connection.fee_account_id)

    @api.private
    def find_other_keeper(self, connection, account_ref=None):
        """Return another connection that keeps a statement of the same account; none where this one is alone.

        :param account_ref: the account, where Stripe has just named it
        """
        sharing = self.env["billing.stripe.connections"].find_sharing(connection, account_ref)
        return sharing.filtered("is_statement_kept")[:1]

    @api.private
    def get_refusal(self, keeper):
        """Say why no second statement is kept beside that of another connection."""
        return self.env._(
            "%(other)s (%(company)s) keeps a statement of the same Stripe account already, with every movement in it:"
            " a second one would book them all twice. Switch “Keep a Statement” off there first.",
            other=keeper.name,
            company=keeper.company_id.name,
        )

    @api.private
    def get_journals(self, connection):
        """Return the journals in which the statement of an account stands, in one currency and of one company.

        They are its own, and those of the connections that have kept it before.
        """
        before = self._find_before(connection).filtered(lambda other: other.company_id == connection.company_id)
        return (connection | before).journal_id

    def _find_before(self, connection):
        """Return the other connections that have kept the statement of the account in the same currency."""
        currency = self.get_currency(connection)
        return (
            self.env["billing.stripe.connections"]
            .find_sharing(connection)
            .filtered(lambda other: other.statement_until and self.get_currency(other) == currency)
        )

    @api.private
    def get_currency(self, connection):
        """Return the currency of the journal: what moves in another one cannot stand in its statement."""
        return connection.journal_id.currency_id or connection.company_id.currency_id

    @api.private
    def bring(self, connection, since):
        """Return the movements of a balance since a moment, the oldest first.

        :return: list of dicts of Stripe, with their sources
        """
        client = self.env["billing.stripe.client"].get_client(connection.provider_id, ASK)
        # nothing is open while Stripe is asked
        self.env.cr.commit()  # pylint: disable=invalid-commit
        params = {
            "limit": PAGE,
            "created": {"gte": int(since.replace(tzinfo=timezone.utc).timestamp())},
            "expand": ["data.source"],
        }
        found = [plain(one) for one in client.v1.balance_transactions.list(params).auto_paging_iter()]
        return sorted(found, key=lambda one: (one["created"], one["id"]))

    @api.private
    def take_over(self, connection):
        """Make the lines of what has moved since the last time, and match what can be matched.

        :raise UserError: another connection keeps a statement of the same account, or the provider has another journal
            than that in which the statement stands
        """
        self._check_alone(connection)
        self.check_place(connection, connection.journal_id)
        now = fields.Datetime.now()
        brought = self.bring(connection, self._get_since(connection, now))
        self.hold(connection)
        self._take_held_over(connection)
        self._take_in(connection, brought)
        connection.write({"statement_until": now, "statement_journal_id": connection.journal_id.id})

    @api.private
    def check_place(self, connection, journal, company=None):
        """See to it that a statement is not divided: its lines, the balance and payments are of one journal.

        :param journal: in which it is to go on; none where the provider is to have none
        :param company: to which the provider is to belong; None: as it is
        :raise UserError: lines of it stand in another one
        """
        kept = connection.statement_journal_id
        if not kept or (journal == kept and company in (None, kept.company_id)):
            return
        lines = self.env["account.bank.statement.line"].sudo()  # sudo: whether there are any
        if lines.search_count([("journal_id", "=", kept.id), ("billing_stripe_ref", "!=", False)], limit=1):
            raise UserError(
                self.env._(
                    "The statement of %(provider)s stands in the journal %(journal)s of %(company)s. In another journal"
                    " or company it would not agree with Stripe's balance any more. Leave the provider there. To go on"
                    " elsewhere, switch “Keep a Statement” off here and make another provider with the same keys: in"
                    " the same company what stands here counts for its statement.",
                    provider=connection.name,
                    journal=kept.display_name,
                    company=kept.company_id.name,
                )
            )

    def _check_alone(self, connection):
        """Refuse a second statement of one account: a key may have been changed since that was asked last.

        :raise UserError: another connection keeps one
        """
        if not self.env["billing.stripe.connections"].find_keeping(connection):
            return
        client = self.env["billing.stripe.client"].get_client(connection.provider_id, ASK)
        # as above
        self.env.cr.commit()  # pylint: disable=invalid-commit
        try:
            account_ref = client.v1.accounts.retrieve_current().id
        except stripe.PermissionError:  # the check of the connection says so
            account_ref = None
        if keeper := self.find_other_keeper(connection, account_ref):
            raise UserError(self.get_refusal(keeper))
        connection.account_ref = connection.account_ref or account_ref

    def _get_since(self, connection, now):
        """Return from when movements are asked for: until then they are in the statement, whoever has kept it."""
        reached = [one.statement_until for one in connection | self._find_before(connection) if one.statement_until]
        return max(reached) - OVERLAP if reached else now - LOOK_BACK

    def _take_held_over(self, connection):
        """Go on with what waits or was left out where the statement was kept before."""
        own = connection.held_movement_ids | connection.left_out_ids
        before = self._find_before(connection)
        held = (before.held_movement_ids | before.left_out_ids).filtered(
            lambda one: (
                one.currency_id == self.get_currency(connection) and one.reference not in own.mapped("reference")
            )
        )
        held.connection_id = connection
        connection.invalidate_recordset(["held_movement_ids", "left_out_ids"])

    @api.private
    def try_held(self, connection):
        """Make the lines of what waits, without asking Stripe; what still does not fit waits on, with its reason."""
        self.hold(connection)
        self._take_in(connection, [])

    @api.private
    def hold(self, connection):
        """Let two who take over the same movements, or decide about them, come one after the other."""
        self.env.cr.execute("SELECT id FROM billing_stripe_connection WHERE id = %s FOR UPDATE", [connection.id])
        connection.invalidate_recordset(["held_movement_ids", "left_out_ids"])

    def _take_in(self, connection, brought):
        """Make the lines of movements and of those that wait, but for what people have left out, and match them.

        :param list brought: dicts of Stripe
        """
        currency = self.get_currency(connection).name
        left_out = set(connection.left_out_ids.mapped("reference"))
        movements = {
            one["id"]: one
            for one in [*connection.held_movement_ids.mapped("body"), *brought]
            if one["currency"].upper() == currency and one["id"] not in left_out
        }
        self._keep_held(connection, movements, self._make_lines(connection, movements))
        title = self.env._("Movements of Stripe's balance cannot be matched")
        self._tell(connection, "stripe.not_matched", title, self.env["billing.stripe.matching"].match(connection))

    def _make_lines(self, connection, movements):
        """Make the lines of movements: each by itself where not all can be made together.

        :param dict movements: {reference: dict of Stripe}
        :return: {reference: why it has no line}
        """
        lines = self.env["account.bank.statement.line"].sudo()  # sudo: a job of the billing
        lines = lines.with_company(connection.company_id)
        known = self.get_known(movements.values())
        movements = {key: one for key, one in movements.items() if not known.issuperset(self.get_references(one))}
        days = self._get_days(connection, movements)
        reasons = self._get_locks(connection, days)

        def make(some):
            vals_list = [vals for key, one in some.items() for vals in self._prepare_lines(connection, one, days[key])]
            lines.create([vals for vals in vals_list if vals["billing_stripe_ref"] not in known])

        def fail(reference, _movement, error):
            reasons[reference] = self.env["billing.work.loop"].get_reason(error)

        if open_ones := {key: one for key, one in movements.items() if key not in reasons}:
            self.env["billing.work.loop"].by_halves(open_ones, make, fail)
        return reasons

    def _get_days(self, connection, movements):
        """Return {reference: day on which a movement is booked}: its own, or the one that people have chosen.

        What was chosen because its own day was locked holds as long as that is.
        """
        chosen = {one.reference: one.book_on for one in connection.held_movement_ids if one.book_on}
        days = {key: self._get_date(one) for key, one in movements.items()}
        locked = {day for day in set(days.values()) if self.get_open_day(connection, day) != day}
        return {key: chosen.get(key, day) if day in locked else day for key, day in days.items()}

    def _get_locks(self, connection, days):
        """Return {reference: why its day cannot be booked}.

        Odoo by itself would book it on some later day, and say nothing; whoever has locked the month may have entered
        it by hand.
        """
        open_days = {day: self.get_open_day(connection, day) for day in set(days.values())}
        return {
            key: self.env._(
                "Its day is locked. Book it on another day (%(open_day)s is the first that is open), or leave it out,"
                " where it has been entered by hand.",
                open_day=format_date(self.env, open_days[day]),
            )
            for key, day in days.items()
            if open_days[day] != day
        }

    @api.private
    def get_open_day(self, connection, day):
        """Return the first day, from one on, on which the journal of a connection can be booked.

        The same for everybody: who may book into a locked month nevertheless does so by hand, and the job does not.
        """
        journal = connection.journal_id
        locked_until = journal.company_id._get_user_fiscal_lock_date(journal, ignore_exceptions=True)
        return max(day, locked_until + timedelta(days=1))

    @api.private
    def get_references(self, movement):
        """Return by what the lines of a movement are known: what moved, and its fee; the one of zero has no line."""
        reference = movement["id"]
        return [name for name, units in ((reference, "amount"), (f"{reference}-fee", "fee")) if movement[units]]

    @api.private
    def get_known(self, movements):
        """Return which lines of movements are in a statement already, by their references.

        In whichever journal: another connection may have kept the statement before.
        """
        references = [name for one in movements for name in self.get_references(one)]
        lines = self.env["account.bank.statement.line"].sudo()  # sudo: as above
        return set(lines.search([("billing_stripe_ref", "in", references)]).mapped("billing_stripe_ref"))

    def _keep_held(self, connection, movements, reasons):
        """Keep what has no line with its reason: it is tried again by every pass, and somebody is told."""
        held = {one.reference: one for one in connection.held_movement_ids}
        for reference, one in held.items():
            if reference in reasons:
                one.reason = reasons[reference]
            elif reference in movements:
                one.unlink()
        connection.held_movement_ids.create(
            [
                self._prepare_held(connection, movements[reference], reason)
                for reference, reason in reasons.items()
                if reference not in held
            ]
        )
        title = self.env._("Movements of Stripe's balance are not in the statement")
        named = {self._get_name(movements[one]): reason for one, reason in reasons.items()}
        self._tell(connection, "stripe.not_in_statement", title, named)

    def _prepare_held(self, connection, movement, reason):
        return {
            "connection_id": connection.id,
            "reference": movement["id"],
            "name": self._get_name(movement),
            "date": self._get_date(movement),
            "currency_id": self.get_currency(connection).id,
            "amount": as_float(from_units(movement["amount"], movement["currency"])),
            "fee": as_float(from_units(movement["fee"], movement["currency"])),
            "reason": reason,
            "body": take_out(movement),
        }

    def _tell(self, connection, key, title, reasons):
        """Give somebody the task to look at what does not fit, once, and close it when all does again.

        :param dict reasons: {name for people: why}
        """
        connections = self.env["billing.stripe.connections"]
        if not reasons:
            connections.is_well_again(connection, key)
            return
        named = [f"{name}: {reason}" for name, reason in list(reasons.items())[:NAMED]]
        last = self.env._("They are tried again every hour, and the others go on.")
        connections.ask_somebody(connection, key, title, Markup("<br/>").join([*named, last]))

    def _get_name(self, movement):
        return f"{movement.get('description') or movement['type']} ({self._get_source_ref(movement)})"

    def _get_source_ref(self, movement):
        source = movement.get("source")
        return (source["id"] if isinstance(source, dict) else source) or movement["id"]

    def _get_date(self, movement):
        return datetime.fromtimestamp(movement["created"], timezone.utc).date()

    def _prepare_lines(self, connection, movement, book_on):
        """Return the values of the lines of a movement: what moved, and its fee.

        :param book_on: day; where it is not that of the movement, the lines say so
        """
        day = self._get_date(movement)
        moved = (
            self.env._(" (moved on %(day)s, whose month is locked)", day=format_date(self.env, day))
            if book_on != day
            else ""
        )
        common = {
            "journal_id": connection.journal_id.id,
            "date": book_on,
            "billing_stripe_source": self._get_source(movement),
        }
        if movement["amount"]:
            vals = {
                **common,
                "amount": as_float(from_units(movement["amount"], movement["currency"])),
                "payment_ref": self._get_name(movement) + moved,
                "billing_stripe_ref": movement["id"],
                "billing_stripe_kind": movement["type"],
            }
            self._note_exchange(vals, movement)
            if movement["type"] in PAYOUTS:
                transfer = connection.transfer_account_id or connection.company_id.transfer_account_id
                vals["counterpart_account_id"] = transfer.id
            elif movement.get("reporting_category") == FEE:
                vals["counterpart_account_id"] = connection.fee_account_id.id
            yield vals
        if movement["fee"]:
            yield {
                **common,
                "amount": -as_float(from_units(movement["fee"], movement["currency"])),
                "payment_ref": self.env._(
                    "Fee of %(movement)s", movement=movement.get("description") or movement["type"]
                )
                + moved,
                "billing_stripe_ref": f"{movement['id']}-fee",
                "billing_stripe_kind": FEE,
                "counterpart_account_id": connection.fee_account_id.id,
            }

    def _note_exchange(self, vals, movement):
        """Let the line of what was exchanged say what was paid: by that it is matched, and the books find the rest.

        A payment in a currency that nobody uses here is none of this database.
        """
        source = movement.get("source")
        if not isinstance(source, dict) or source.get("object") not in EXCHANGED:
            return
        code = source["currency"].upper()
        currency = self.env["res.currency"].search([("name", "=", code)], limit=1)
        if not currency or code == movement["currency"].upper():
            return
        paid = from_units(source.get("amount_captured") or source["amount"], code).copy_sign(movement["amount"])
        vals["foreign_currency_id"] = currency.id
        vals["amount_currency"] = as_float(paid)
        vals["payment_ref"] += self.env._(
            " (%(paid)s, exchanged at %(rate)s)",
            paid=currency.format(vals["amount_currency"]),
            rate=movement.get("exchange_rate"),
        )

    def _get_source(self, movement):
        """Return by what the payment behind a movement is found: the intent of a charge, else the source itself."""
        source = movement.get("source")
        if not isinstance(source, dict):
            return source
        if movement["type"] in PAYMENTS:
            return source.get("payment_intent") or source["id"]
        return source["id"]
