"""What is held on a customer, as tables: which rows of which models, and which of their fields."""

from dataclasses import dataclass

from odoo import api, models
from odoo.addons.online_billing.services.shared.numbers import plain_decimal, to_decimal
from odoo.fields import Domain
from odoo.tools import html2plaintext

from .invoices import SHOWN_TYPES

BATCH = 500
ADDRESS = "street street2 zip city state=state_id.name country=country_id.code"
PERSON = f"name type email phone website function language=lang tax_number=vat reference=ref {ADDRESS}"
#: messages that people of the customer were sent, or wrote; no note among staff, no log
LETTERS = ("comment", "email", "email_outgoing", "auto_comment", "user_notification")


@dataclass(frozen=True, slots=True)
class DataTable:
    """One table of an export.

    :param name: of the table, as programs read it
    :param model: whose records are the rows
    :param domain: which of them
    :param columns: of the table: "name", or "name=path" where the field has another name or is one of another record
    """

    name: str
    model: str
    domain: Domain
    columns: str

    def get_columns(self):
        """Return [(name of the column, [names of fields on the way])]."""
        pairs = (text.partition("=") for text in self.columns.split())
        return [(name, (path or name).split(".")) for name, _mark, path in pairs]


class BillingDataTables(models.AbstractModel):
    """Read with elevated rights, of accounts that the caller names; what staff notes among themselves is left out."""

    _name = "billing.data.tables"
    _description = "Tables of a Customer's Data"

    @api.private
    def get_tables(self, accounts, person):
        """Return the tables of what is held on a customer.

        :param accounts: `billing.account` (elevated) of one customer and company
        :param person: the `res.partner` who asks
        :return: [DataTable]; an addon adds those of its own models
        """
        own = Domain("account_id", "in", accounts.ids)
        moves = self._get_documents_domain(accounts)
        return [*self._get_people_tables(accounts, person), *self._get_billed_tables(own, moves),
                *self._get_agreed_tables(own), *self._get_automatic_tables(accounts, own, person),
                *self._get_written_tables(accounts, own, moves)]  # fmt: skip

    @api.private
    def read_rows(self, table):
        """Yield the rows of a table, the oldest first: with a flat number of statements for each batch of them.

        :return: lists of texts, Decimals, whole numbers, days, moments, truth values and None
        """
        model = self.env[table.model].sudo().with_context(active_test=False)  # sudo: the caller named the accounts
        paths = [path for _name, path in table.get_columns()]
        last = 0
        while found := model.search(table.domain & Domain("id", ">", last), order="id", limit=BATCH):
            for record in found:
                yield [self._get_value(record, path) for path in paths]
            last = found[-1:].id
            # what was read of one batch is not held while the next is
            self.env.invalidate_all()

    # -- the tables ---------------------------------------------------------------------------------------------------

    def _get_documents_domain(self, accounts):
        return (
            Domain("billing_account_id", "in", accounts.ids)
            & Domain("state", "=", "posted")
            & Domain("move_type", "in", SHOWN_TYPES)
        )

    def _get_people_tables(self, accounts, person):
        customers = accounts.partner_id | accounts.partner_id.commercial_partner_id
        mine = self._get_own_people(accounts, person)
        contacts = Domain("commercial_partner_id", "in", customers.commercial_partner_id.ids)
        own = Domain("account_id", "in", accounts.ids)
        return [
            DataTable("customer", "res.partner", Domain("id", "in", customers.ids), PERSON),
            DataTable("contacts", "res.partner", contacts & Domain("id", "not in", customers.ids), PERSON),
            DataTable(
                "accounts",
                "billing.account",
                Domain("id", "in", accounts.ids),
                "number=name customer=partner_id.name company=company_id.name currency=currency_id.name state timezone"
                " billing_day channel=delivery_channel formats=document_format_ids.code"
                " notices_of_debits=debit_notice_channel"
                " recipients=invoice_contact_ids.email reference=purchase_reference links_show=link_privacy"
                " open_to_colleagues=is_open_to_colleagues verification no_late_fees=late_fee_exempt"
                " never_reminded=collection_exempt score=credit_score opened_on=create_date",
            ),
            DataTable(
                "recipients",
                "billing.account.recipient",
                own,
                "account=account_id.name person=partner_id.name email=partner_id.email gets_invoices gets_receipts"
                " gets_reminders gets_debits since=create_date",
            ),
            DataTable(
                "people",
                "billing.account.member",
                own,
                "account=account_id.name person=partner_id.name role since=create_date",
            ),
            DataTable(
                "logins",
                "res.users",
                Domain("partner_id", "in", mine.ids) & Domain("share", "=", True),
                "login person=partner_id.name active last_login=login_date",
            ),
            DataTable(
                "payment_methods",
                "payment.token",
                Domain("partner_id", "in", mine.ids) & Domain("company_id", "in", accounts.company_id.ids),
                "method=payment_method_id.name ending=payment_details active saved_on=create_date",
            ),
        ]

    def _get_own_people(self, accounts, person):
        """Return whose log-ins and methods a person may have: their own, and all if they are the customer itself.

        Others own an account, as its contact or by a role; they decide for it, and not for who else logs in.
        """
        firm = accounts.partner_id.commercial_partner_id
        return person | accounts.partner_id | firm if person in firm else person

    def _get_billed_tables(self, own, moves):
        payments = Domain("billing_account_id", "in", own.value)
        payments &= self.env["billing.money.book"].get_confirmed_domain()
        return [
            DataTable(
                "subscriptions",
                "billing.subscription",
                own,
                "number=name account=account_id.name plan=plan_id.name state start_date end_date",
            ),
            DataTable(
                "subscription_lines",
                "billing.subscription.line",
                own,
                "subscription=subscription_id.name code=code_id.code description=name quantity discount_percent"
                " start_date billed_until",
            ),
            DataTable(
                "charges",
                "billing.charge",
                own,
                "account=account_id.name code=code_id.code description=name date=charge_date period_start period_end"
                " quantity amount currency=currency_id.name state invoice=invoice_id.name",
            ),
            DataTable(
                "invoices",
                "account.move",
                moves,
                "number=name account=billing_account_id.name kind=move_type date=invoice_date due_date=invoice_date_due"
                " reference=ref net=amount_untaxed tax=amount_tax total=amount_total open=amount_residual"
                " currency=currency_id.name payment=payment_state",
            ),
            DataTable(
                "invoice_lines",
                "account.move.line",
                Domain("move_id", "any", moves)
                & Domain("display_type", "in", ("product", "line_section", "line_subsection", "line_note")),
                "invoice=move_id.name description=name quantity unit_price=price_unit discount_percent=discount"
                " taxes=tax_ids.name net=price_subtotal total=price_total currency=currency_id.name",
            ),
            DataTable(
                "payments",
                "billing.money",
                payments,
                "receipt=name account=billing_account_id.name date amount currency=currency_id.name way reference=memo"
                " state",
            ),
            DataTable(
                "late_fees",
                "billing.late.fee",
                own,
                "account=account_id.name invoice=move_id.name due_date arises_on charged_on overdue=base amount"
                " currency=currency_id.name state",
            ),
        ]

    def _get_agreed_tables(self, own):
        return [
            DataTable(
                "installment_plans",
                "billing.installment.plan",
                own,
                "number=name account=account_id.name invoices=move_ids.name state amount=principal"
                " interest=interest_total fee deposit currency=currency_id.name first_date last_date asked_by",
            ),
            DataTable(
                "installments",
                "billing.installment",
                own,
                "plan=plan_id.name number=sequence kind date amount interest fee open=amount_open paid=amount_paid"
                " currency=currency_id.name state",
            ),
            DataTable(
                "promises",
                "billing.payment.promise",
                own,
                "account=account_id.name invoices=move_ids.name made_on=date_made date amount currency=currency_id.name"
                " state note",
            ),
            DataTable(
                "times_without_fees",
                "billing.stop",
                own,
                "account=account_id.name invoice=move_id.name reason amount date_from date_to verdict",
            ),
        ]

    def _get_automatic_tables(self, accounts, own, person):
        paid = Domain("billing_account_id", "in", accounts.ids) | Domain(
            "invoice_ids.billing_account_id", "in", accounts.ids
        )
        customers = accounts.partner_id.commercial_partner_id
        return [
            DataTable(
                "consents_to_automatic_payment",
                "billing.payment.consent",
                own,
                "account=account_id.name state given_by=given_by_id.name given=channel given_at text"
                " methods=method_ids.token_id.payment_details day_rule day_number limit_debit limit_month"
                " currency=currency_id.name ended_at ended_by=ended_by_id.name reason",
            ),
            DataTable(
                "debits_and_refunds",
                "billing.payment.attempt",
                own,
                "account=account_id.name kind begun=origin state day amount currency=currency_id.name"
                " method=method_name pays=line_ids.move_id.name sent_at ended_at reason taken_back=returned_amount",
            ),
            DataTable(
                "online_payments",
                "payment.transaction",
                paid,
                "reference state amount currency=currency_id.name method=payment_method_id.name name=partner_name"
                " email=partner_email phone=partner_phone address=partner_address zip=partner_zip city=partner_city"
                " begun_on=create_date",
            ),
            DataTable(
                "bank_accounts",
                "res.partner.bank",
                # the company's own, and those of whoever asks: a colleague's is not the customer's
                Domain("partner_id", "in", (customers | accounts.partner_id | person).ids)
                & Domain("company_id", "in", (False, *accounts.company_id.ids)),
                "number=acc_number bank=bank_id.name holder=acc_holder_name active",
            ),
            DataTable(
                "collection_cases",
                "billing.collection.case",
                own,
                "account=account_id.name currency=currency_id.name state opened_on=create_date",
            ),
        ]

    def _get_written_tables(self, accounts, own, moves):
        return [
            DataTable(
                "questions",
                "billing.question",
                own,
                "number=name account=account_id.name invoice=move_id.name kind topic subject text amount"
                " currency=currency_id.name asked_by=author_id.name asked_on=create_date state outcome"
                " answered_on=date_answered closed_on=date_closed",
            ),
            DataTable(
                "reminders",
                "billing.collection.message",
                own,
                "account=account_id.name kind channel sent_to=partner_ids.email subject body text_message=sms_text"
                " amount currency=currency_id.name made_on=create_date delivery=billing_delivery_state",
            ),
            DataTable(
                "messages",
                "mail.message",
                self._get_messages_domain(accounts, own, moves),
                "about=model record=record_name date sender=author_id.name sender_address=email_from"
                " sent_to=partner_ids.email subject text=body",
            ),
            DataTable(
                "verification",
                "billing.verification",
                own,
                "account=account_id.name document=kind note state sent_by=person_id.name received_on decided_on reason",
            ),
            DataTable(
                "exports",
                "billing.data.export",
                Domain("account_ids", "in", accounts.ids),
                "asked_by=person_id.name asked_on=create_date state",
            ),
            DataTable(
                "requests_for_erasure",
                "billing.erasure",
                Domain("customer_id", "in", accounts.partner_id.commercial_partner_id.ids)
                & Domain("company_id", "in", accounts.company_id.ids),
                "asked_by=person_id.name asked_on=create_date state reason kept_until decided_on",
            ),
        ]

    def _get_messages_domain(self, accounts, own, moves):
        """Return which messages people of the customer were sent, or wrote themselves."""
        about = {
            "account.move": moves,
            "account.payment": Domain("billing_account_id", "in", accounts.ids),
            "billing.account": Domain("id", "in", accounts.ids),
            "billing.question": own,
            "billing.verification": own,
            "billing.data.export": Domain("account_ids", "in", accounts.ids),
        }
        found = Domain.OR(
            # sudo: as in read_rows
            Domain("model", "=", model) & Domain("res_id", "in", self.env[model].sudo()._search(domain))
            for model, domain in about.items()
        )
        written = Domain("subtype_id", "=", self.env.ref("mail.mt_comment").id) | Domain(
            "message_type", "=", "user_notification"
        )
        return found & written & Domain("message_type", "in", LETTERS) & Domain("is_internal", "=", False)

    # -- values -------------------------------------------------------------------------------------------------------

    def _get_value(self, record, path):
        """Return what a column says of a record; several are joined by semicolons."""
        *way, name = path
        for step in way:
            record = record[step]
        if len(record) > 1:
            return "; ".join(str(value) for one in record if (value := self._get_plain(one, name)) is not None)
        return self._get_plain(record, name) if record else None

    def _get_plain(self, record, name):
        field, value = record._fields[name], record[name]
        if field.type == "boolean":
            return bool(value)
        if field.type == "monetary":
            return to_decimal(value, record[field.get_currency_field(record)] or record.env.company.currency_id)
        if field.type == "float":
            return plain_decimal(value)
        if field.type == "integer":
            return value
        if field.type == "html":
            return html2plaintext(value) if value else None
        return value or None
