"""Find accounts by what people know of them: name, number, invoice, payment reference, e-mail address, telephone."""

import re

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL, email_normalize

from ...models.accounts.words import fold, get_folded

LONGEST = 200
MOST_NAMESAKES = 8
# digits of a telephone number that are compared, from its end: countries and prefixes are written in many ways
PHONE_DIGITS = 8
SHORTEST_PHONE = 5
SHORTEST_NAME = 2
# an account number is found by its last digits, with zeros before the shortest
NUMBER_DIGITS = 3
TELEPHONE = re.compile(r"[\d\s()+./-]+")


class BillingAccountLookup(models.AbstractModel):
    """Every way to find an account is answered by an index of PostgreSQL itself, however many accounts there are.

    Words of names are found from their beginning, with and without their accents; numbers as a whole or by one of their
    ends.
    """

    _name = "billing.account.lookup"
    _description = "Search of Billing Accounts"

    @api.private
    def get_domain(self, text):
        """Return the domain of the accounts to which something typed may lead.

        :param str text: words of a name, or a number, reference, address or telephone number
        """
        # what no database can hold is in no name
        text = str(text or "").replace("\x00", "").encode(errors="ignore").decode()
        text = " ".join(text.split())[:LONGEST]
        if not text:
            return Domain.TRUE
        self.env["billing.account"].flush_model(["name", "partner_id"])
        self.env["res.partner"].flush_model(
            ["complete_name", "commercial_partner_id", "email_normalized", "phone", "ref"]
        )
        self.env["account.move"].flush_model(["name", "state", "billing_account_id", "payment_reference"])
        # as an array, so that few accounts are read by their index, whatever PostgreSQL expects to find
        found = SQL("ARRAY(%s)", SQL(" UNION ").join(self._get_parts(text)))
        return Domain.custom(
            to_sql=lambda _model, alias, _query: SQL("%s = ANY(%s)", SQL.identifier(alias, "id"), found)
        )

    @api.private
    def find_namesakes(self, name, email, company):
        """Return contacts who may be the person that is meant: they have the name, and no other address.

        How it is written makes no other name: whoever types it has no accents at hand.

        :param str name: as typed
        :param str email: as typed; may be empty
        :param company: whose contacts
        """
        partners, words = self.env["res.partner"], fold(name or "")[:LONGEST]
        if not words.split():
            return partners
        partners.flush_model(["complete_name", "name"])
        named = Domain.custom(to_sql=lambda _model, alias, _query: _is_named(alias, words))
        meant = named & Domain("company_id", "in", [False, company.id])
        if address := email_normalize(email or ""):
            meant &= Domain("email_normalized", "in", [False, address])
        return partners.search(meant, limit=MOST_NAMESAKES)

    def _get_parts(self, text):
        """Return statements that answer ids of accounts. An override adds its own."""
        if "@" in text:
            return [self._of_customers(SQL("found.email_normalized LIKE %s", f"{_plain(text.lower())}%"))]
        compact = text.replace(" ", "")
        parts = [
            self._of_accounts(SQL("account.name LIKE %s", f"{_plain(compact.upper())}%")),
            self._of_accounts(SQL("account.name = %s", text)),
            self._of_customers(SQL("found.ref = %s", text)),
            self._of_invoices(SQL("move.name IN %s AND move.state = 'posted' AND move.name <> '/'", _cases(text))),
            self._of_invoices(
                SQL(
                    "replace(move.payment_reference, ' ', '') IN %s AND move.payment_reference IS DISTINCT FROM"
                    " move.name",
                    _cases(compact),
                )
            ),
        ]
        if len(text) >= SHORTEST_NAME and (words := fold(text).split()):
            asked = " & ".join(f"'{_quoted(word)}':*" for word in words)
            named = SQL(get_folded("found.complete_name"))  # pylint: disable=sql-injection
            parts.append(self._of_customers(SQL("%s @@ to_tsquery('simple', %s)", named, asked)))
        if account_id := self.env["billing.payment.references"].read_account_id(compact):
            parts.append(self._of_accounts(SQL("account.id = %s", account_id)))
        digits = re.sub(r"\D", "", text)
        if compact.isdigit():
            ending = digits.zfill(NUMBER_DIGITS)
            parts.append(self._of_accounts(SQL("reverse(account.name) LIKE %s", f"{ending[::-1]}%")))
        if TELEPHONE.fullmatch(text) and len(digits) >= SHORTEST_PHONE:
            ending = digits.lstrip("0")[-PHONE_DIGITS:]
            parts.append(
                self._of_customers(
                    SQL("reverse(regexp_replace(found.phone, '[^0-9]', '', 'g')) LIKE %s", f"{ending[::-1]}%")
                )
            )
        return parts

    def _of_accounts(self, condition):
        return SQL("SELECT account.id FROM billing_account account WHERE %s", condition)

    def _of_customers(self, condition):
        """Return the accounts of the customers of whom a contact is found."""
        return SQL(
            "SELECT account.id FROM billing_account account JOIN res_partner customer ON customer.id ="
            " account.partner_id WHERE customer.commercial_partner_id IN (SELECT found.commercial_partner_id FROM"
            " res_partner found WHERE %s)",
            condition,
        )

    def _of_invoices(self, condition):
        return SQL(
            "SELECT move.billing_account_id FROM account_move move WHERE move.billing_account_id IS NOT NULL AND %s",
            condition,
        )


def _plain(text):
    """Return a text in which nothing stands for anything else in LIKE."""
    return re.sub(r"([\\%_])", r"\\\1", text)


def _is_named(alias, words):
    """Return the SQL of contacts whose name is these words: the index finds them in any order, and with others."""
    found, name = (
        SQL(get_folded(f'"{alias}".{column}'))  # pylint: disable=sql-injection
        for column in ("complete_name", "name")
    )
    return SQL("%s @@ plainto_tsquery('simple', %s) AND %s = to_tsvector('simple', %s)", found, words, name, words)


def _quoted(word):
    """Return a word as it stands between the quotes of a search of words."""
    return word.replace("\\", "\\\\").replace("'", "''")


def _cases(text):
    return tuple(dict.fromkeys((text, text.upper())))
