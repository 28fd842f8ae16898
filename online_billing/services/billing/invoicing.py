"""Turn prepared bills into posted invoices and their charges: the second half of billing."""

from dataclasses import dataclass

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...engine import abbreviate
from ...models.receivables.due_dates import get_counting_day, get_due_day_without_term
from ..charges.new_charge import NewCharge, Settlement
from ..posting import configuration, customers
from ..shared.numbers import QUANTITY_DIGITS, as_float, money, to_decimal
from ..shared.values import Bill, BillItem, inclusive
from .labels import Labels

# what is read of a charge to put it on an invoice
ITEM_FIELDS = (
    *("state", "company_id", "account_id", "charge_date", "currency_id", "code_id", "name", "quantity", "amount"),
    *("kind", "service_start", "service_end", "corrects_id"),
)


@dataclass(slots=True)
class Written:
    """What became of one bill."""

    bill: Bill
    move_id: int | None = None
    amount_total: float = 0.0
    charge_count: int = 0


class BillingInvoicing(models.AbstractModel):
    _name = "billing.invoicing"
    _description = "Write Invoices and Charges"

    # -- bills to invoices --------------------------------------------------------------------------------------------

    @api.private
    def write_bills(self, bills, run):
        """Write posted invoices for bills, and the charges that are on them, in the caller's transaction.

        :param list bills: Bill, all of one company
        :param run: the `billing.run`, or an empty recordset
        :return: (list of Written in the order of the bills, WriterResult or None)
        """
        labels, made_on = Labels(self.env), self._get_making_days(bills, run)
        for reason in self.env["billing.bill.lines"].complete(bills).values():
            raise UserError(reason)
        choice = self.env["billing.invoice.choice"]
        skipped, kept = [], []
        for bill in bills:
            (skipped if choice.is_skipped(bill) else kept).append(bill)
        vals_list, positions = [], []
        with_terms = self._get_partners_with_terms(kept)
        journals = self._get_default_journals(kept)
        for bill in kept:
            vals, bill_positions = self._prepare_move_values(bill, run, labels)
            counting_day = get_counting_day(bill.day, made_on.get(bill.account.timezone))
            if counting_day != bill.day:
                vals["billing_terms_date"] = counting_day
            vals.setdefault("journal_id", journals.get((bill.account.company_id, bill.account.currency_id)))
            if bill.account.partner_id not in with_terms and not bill.account.payment_term_id:
                vals["invoice_date_due"] = get_due_day_without_term(None, counting_day)
            vals_list.append(vals)
            positions.append(bill_positions)
        # the chatter of an invoice begins with its creation, as everywhere in Odoo
        writer = self.env["billing.posting"].with_context(tracking_disable=False, validate_analytic=True)
        expected = [self._get_expected(bill) for bill in kept]
        result = writer.create_posted(vals_list, expected=expected) if vals_list else None
        written = []
        new_charges, settlements, listed, breakdowns = [], [], [], {}
        totals = self._get_totals(result)
        for bill, of_bill, line_ids, (move_id, total) in zip(
            kept, positions, result.line_ids if result else (), totals.items(), strict=True
        ):
            written.append(Written(bill, move_id, total, len(bill.items)))
            for item, position in zip(bill.items, of_bill, strict=True):
                line_id = line_ids[position]
                if item.charge_id:
                    settlements.append(Settlement(item.charge_id, move_id, line_id, run.id or None, item.tax_included))
                else:
                    new_charges.append(
                        self._prepare_charge(
                            item, bill, run, breakdowns, state="invoiced", invoice_id=move_id, invoice_line_id=line_id
                        )
                    )
            listed += [(charge_id, move_id) for charge_id, *_rest in bill.listed]
        reason = self.env._("The charges of the bill add up to nothing, and the company does not issue such invoices.")
        for bill in skipped:
            written.append(Written(bill, charge_count=len(bill.items)))
            new_charges += [
                self._prepare_charge(item, bill, run, breakdowns, state="void", void_reason=reason, is_netted=True)
                for item in bill.items
                if not item.charge_id
            ]
        book = self.env["billing.charge.book"]
        book.record_settled(new_charges)
        book.settle(settlements)
        waiting = [item.charge_id for bill in skipped for item in bill.items if item.charge_id]
        book.net(self.env["billing.charge"].browse(waiting), reason, run)
        book.list_on(listed)
        self._match(written)
        return written, result

    def _match(self, written):
        """Match credit notes with the invoices that they credit, as far as these are open."""
        moves = self.env["account.move"]
        for one in written:
            credited = {item.corrected.move_id for item in one.bill.items if item.corrected}
            note = moves.browse(one.move_id)
            if not credited or note.move_type != "out_refund":
                continue
            lines = (note | moves.browse(sorted(credited))).line_ids.filtered(
                lambda line: line.account_id.account_type == "asset_receivable" and not line.reconciled
            )
            for _account, own in lines.grouped(lambda line: (line.account_id, line.currency_id)).items():
                if note in own.move_id and len(own.move_id) > 1:
                    own.reconcile()

    def _get_making_days(self, bills, run):
        """Return {time zone: day on which its customers' bills are made}; without a run whoever bills gives the dates.

        A run by hand may bill up to a day before or after today; from a day to come nobody counts.
        """
        if not run:
            return {}
        now, days = run.as_of or fields.Datetime.now(), {}
        for name in {bill.account.timezone for bill in bills}:
            today = fields.Datetime.context_timestamp(self.with_context(tz=name), now).date()
            days[name] = today if run.as_of else min(today, run.target_date)
        return days

    def _get_totals(self, result):
        """Return {move id: total with tax, negative for a credit note}, in the order of the moves."""
        if not result:
            return {}
        result.moves.flush_recordset(["amount_total", "move_type"])
        query = SQL(
            """
            SELECT id, CASE WHEN move_type = 'out_refund' THEN -amount_total ELSE amount_total END
              FROM account_move WHERE id = ANY(%s)
            """,
            list(result.moves.ids),
        )
        totals = dict(self.env.execute_query(query))
        return {move_id: as_float(totals[move_id]) for move_id in result.moves.ids}

    def _get_partners_with_terms(self, bills):
        """Return the ids of partners that have payment terms of their own."""
        found = set()
        for company_id in {bill.account.company_id for bill in bills}:
            ids = {bill.account.partner_id for bill in bills if bill.account.company_id == company_id}
            partners = customers.fetch(self.env, company_id, ids)
            found.update(partner.id for partner in partners if partner.property_payment_term_id)
        return found

    def _get_default_journals(self, bills):
        """Return {(company id, currency id): journal id} as Odoo chooses it, for accounts without one of their own.

        The writer of batches takes only invoices that name their journal.

        :raise UserError: the company has no sales journal
        """
        pairs = {(bill.account.company_id, bill.account.currency_id) for bill in bills if not bill.account.journal_id}
        choice = self.env["billing.invoice.choice"]
        return {pair: choice.get_journal(*pair).id for pair in pairs}

    def _prepare_move_values(self, bill, run, labels):
        """Return the values of an invoice (a credit note where credits prevail) and each item's position in it."""
        account = bill.account
        sign = bill.sign
        lines, positions = [], []
        for item in bill.items:
            positions.append(len(lines))
            line = self._prepare_line_values(item, sign, account, labels)
            if item.corrected:  # a credit has the taxes of what it credits, whatever they are today
                line.update(account_id=item.corrected.account_id, tax_ids=[Command.set(item.corrected.tax_ids)])
            lines.append(Command.create(line))
        if bill.listed:
            lines += self._prepare_listed_values(bill, account, labels)
        vals = {
            "move_type": "out_refund" if sign < 0 else "out_invoice",
            "partner_id": account.partner_id,
            "company_id": account.company_id,
            "currency_id": account.currency_id,
            "invoice_date": bill.day,
            "invoice_origin": account.name,
            "invoice_line_ids": lines,
            "billing_account_id": account.id,
            "billing_run_id": run.id or False,
            **self.env["billing.network.delivery"].get_first_states(account.delivery_channel),
        }
        optional = {
            "invoice_payment_term_id": account.payment_term_id,
            "fiscal_position_id": account.fiscal_position_id,
            "journal_id": account.journal_id,
            "ref": account.purchase_reference,
        }
        vals.update({name: value for name, value in optional.items() if value})
        if sign < 0:
            vals.update(self._prepare_reference(bill, labels))
        return vals, positions

    def _get_expected(self, bill):
        """Return what the invoice has to come to, before and with tax, as far as the charges say it."""
        amount = as_float(bill.amount * bill.sign)
        return (amount if bill.is_all_excluded else None, amount if bill.is_all_included else None)

    def _prepare_reference(self, bill, labels):
        """Return what a credit note says of the invoices that it credits; of a single one it is the reversal."""
        credited = {item.corrected.move_id: item.corrected.number for item in bill.items if item.corrected}
        if not credited:
            return {}
        env = labels.get_environment(bill.account.lang)
        reference = env._("Credit of invoice %(numbers)s", numbers=", ".join(credited.values()))
        values = {"ref": ", ".join(filter(None, (reference, bill.account.purchase_reference)))}
        if len(credited) == 1 and all(item.corrected for item in bill.items):
            [values["reversed_entry_id"]] = credited
        return values

    def _prepare_line_values(self, item, sign, account, labels):
        return {
            "product_id": item.product_id,
            "name": labels.get_item_name(item, account.lang, with_quantity=item.shown.names_quantity),
            "quantity": item.shown.quantity,
            "price_unit": item.shown.price * sign,
        }

    def _prepare_listed_values(self, bill, account, labels):
        """Return notes that name what was invoiced at once since the last bill."""
        env = labels.get_environment(account.lang)
        currency = env["res.currency"].browse(account.currency_id)
        notes = [
            env._(
                "%(day)s %(name)s: %(amount)s, invoice %(number)s",
                day=labels.get_dates(account.lang, day, day),
                name=labels.translate(code_id, name, account.lang),
                amount=currency.format(amount),
                number=number,
            )
            for _charge, day, name, amount, number, code_id in bill.listed
        ]
        section = Command.create(
            {"display_type": "line_section", "name": env._("Already invoiced since the last bill")}
        )
        return [section, *(Command.create({"display_type": "line_note", "name": note}) for note in notes)]

    # -- charges ------------------------------------------------------------------------------------------------------

    def _prepare_charge(self, item: BillItem, bill, run, breakdowns, **settled):
        """Return the charge of an item that a subscription owes.

        :param dict breakdowns: what was described already, with its days: items that owe the same for the same reason
            share it
        :param settled: what becomes of it at once
        """
        row, due = item.line, item.due
        if id(due) not in breakdowns:
            breakdowns[id(due)] = (abbreviate(due), inclusive(due.period), inclusive(due.affected or due.service))
        breakdown, period, service = breakdowns[id(due)]
        return NewCharge(
            name=item.name,
            origin="subscription",
            key=f"line:{row.id}:{due.key}",
            account_id=bill.account.id,
            company_id=bill.account.company_id,
            currency_id=bill.account.currency_id,
            code_id=item.code_id,
            subscription_line_id=row.id,
            subscription_id=row.subscription_id,
            price_id=due.version_identifier,
            kind=due.kind,
            sequence=due.sequence,
            day=due.due_date,
            period=period,
            service=service,
            corrects_id=item.corrects_id,
            quantity=item.quantity,
            exact=due.amount,
            amount=item.amount,
            tax_included=item.tax_included,
            breakdown=breakdown,
            run_id=run.id or None,
            **settled,
        )

    # -- single invoices ----------------------------------------------------------------------------------------------

    @api.private
    def invoice_now(self, charges, is_new=False):
        """Invoice pending charges at once, one invoice per account, day and currency, and have them sent.

        :param is_new: recorded by this transaction and left out of the days on which accounts are due: no run waits
            for them
        :return: the posted moves
        """
        charges.fetch(ITEM_FIELDS)
        with configuration.held(self.env, charges.company_id.ids):
            return self._invoice_now(charges, is_new)

    def _invoice_now(self, charges, is_new):
        if settled := charges.filtered(lambda charge: charge.state != "pending"):
            raise UserError(
                self.env._("“%(charge)s” is not pending any more; it cannot be invoiced again.", charge=settled[0].name)
            )
        if not charges.try_lock_for_update(allow_referencing=True) == charges:
            raise UserError(
                self.env._(
                    "These charges are being billed by a run at this moment. Reload the page and look at their invoice."
                )
            )
        self.env.flush_all()
        charged = charges.account_id
        accounts = self.env["billing.rating"].fetch_accounts(charged.ids)
        moves = self.env["account.move"]
        for company, own in charges.grouped("company_id").items():
            bills = [
                Bill(
                    accounts[account.id]._replace(currency_id=currency.id),
                    day,
                    [self._get_charge_item(charge) for charge in together],
                )
                for account, of_account in own.grouped("account_id").items()
                for (day, currency), together in of_account.grouped(
                    lambda charge: (charge.charge_date, charge.currency_id)
                ).items()
            ]
            self.env["billing.charge.corrections"].fill_corrected([item for bill in bills for item in bill.items])
            self._refuse_obstacles(bills)
            written, _result = self.with_company(company).write_bills(bills, self.env["billing.run"])
            moves |= moves.browse([one.move_id for one in written if one.move_id])
        if not is_new:
            self.env["billing.rating"].refresh_next_billing_date(charged)
        self.env["billing.invoice.delivery"].wake()
        if held := configuration.get_held(self.env):
            held.learn(self.env)
        return moves

    def _refuse_obstacles(self, bills):
        """Refuse what a run would park.

        :raise UserError: with the reason
        """
        lines, obstacles = self.env["billing.bill.lines"], self.env["billing.obstacles"]
        for reason in (lines.complete(bills) or obstacles.find(bills)).values():
            raise UserError(reason)

    def _get_charge_item(self, charge):
        return BillItem(
            charge.code_id.id,
            charge.code_id.product_id.id,
            charge.name,
            money(charge.quantity, QUANTITY_DIGITS).normalize(),
            to_decimal(charge.amount, charge.currency_id),
            charge_id=charge.id,
            kind=charge.kind,
            service=(charge.service_start or None, charge.service_end or None),
            corrects_id=charge.corrects_id.id or None,
        )
