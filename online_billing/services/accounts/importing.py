"""Customers named in a file of accounts: found by name and address, or made."""

import re
import unicodedata

from odoo import api, models
from odoo.tools import email_normalize

from ...models.accounts.words import fold

# the name as it stands: commas and brackets are part of it
NAMED = re.compile(r'(?:"([^"<>]*)"|([^<>]*?))\s*<\s*([^<>@\s]+@[^<>@\s]+)\s*>')
ADDRESS = re.compile(r"[^<>@\s,;]+@[^<>@\s,;]+")


class BillingAccountImporting(models.AbstractModel):
    _name = "billing.account.importing"
    _description = "Import of Billing Accounts"

    @api.private
    def name_customers(self, data, place, log):
        """Return rows of a file in which customers stand as ids in the database.

        A customer is written as a name, or as `Name <address>`. One who is not there yet is made, so that the same file
        imported again finds them. Where several have the name, somebody has to say which.

        :param data: rows of a file
        :param int place: of the customer in each row
        :param log: what takes the messages of Odoo's importer
        """
        texts, rows = [" ".join(str(row[place] or "").split()) for row in data], []
        known = self._find_or_make(dict.fromkeys(filter(None, texts)))
        for number, (row, text) in enumerate(zip(data, texts, strict=True)):
            customers = known.get(text, self.env["res.partner"])
            if text and len(customers) != 1:
                log(self._get_message(number, text, customers))
            found = str(customers.id) if len(customers) == 1 else ""
            rows.append([*row[:place], found, *row[place + 1 :]])
        return rows

    def _find_or_make(self, texts):
        """Return {text: customers}; several where nobody knows which is meant, none where it says no customer.

        Those with an address come first, so that a mere name finds them in whatever row it stands.
        """
        read = {text: customer for text in texts if (customer := self._read_customer(text))}
        known = {}
        for has_address in (True, False):
            wanted = dict.fromkeys(customer for customer in read.values() if bool(customer[1]) == has_address)
            known.update(self._find(wanted))
            missing = [customer for customer in wanted if customer not in known]
            new = {}
            for customer in missing:
                new.setdefault(self._get_key(*customer), customer)
            made = self.env["res.partner"].create(
                [{"name": name, "email": email or False} for name, email in new.values()]
            )
            by_key = dict(zip(new, made, strict=True))
            known.update({customer: by_key[self._get_key(*customer)] for customer in missing})
        return {text: known[customer] for text, customer in read.items()}

    def _find(self, wanted):
        """Return {(name, address): customers} of those that are there; without an address all of the name."""
        names, emails = [name for name, _email in wanted], [email for _name, email in wanted if email]
        found = self.env["res.partner"].search(["|", ("name", "in", names), ("email_normalized", "in", emails)])
        by_address = found.grouped(lambda partner: self._get_key(partner.name or "", partner.email_normalized or ""))
        by_name = found.grouped(lambda partner: self._get_key(partner.name or "", ""))
        known = {
            customer: (by_address if customer[1] else by_name).get(self._get_key(*customer)) for customer in wanted
        }
        return {customer: partners for customer, partners in known.items() if partners}

    def _get_key(self, name, email):
        """Return by what a customer is known: with an address the name may be written in another way.

        Files write names in capitals, or each accent as a letter of its own. Without an address somebody who is called
        nearly alike may be somebody else.
        """
        return (" ".join(fold(name).casefold().split()), email) if email else (name, "")

    def _read_customer(self, text):
        """Return (name, e-mail address or "") of a customer; None where the text says something else."""
        if found := NAMED.fullmatch(text):
            name, email = (found[1] or found[2] or "").strip(), found[3]
        elif ADDRESS.fullmatch(text):
            name, email = "", text
        else:
            return None if re.search("[<>]", text) else (unicodedata.normalize("NFC", text), "")
        email = email_normalize(email, strict=False) or email
        return unicodedata.normalize("NFC", name) or email, email

    def _get_message(self, number, text, customers):
        _ = self.env._
        if customers:
            message = _(
                "Several customers are called “%(name)s”. Write the e-mail address behind the name, as in Name"
                " <name@example.com>, or use the External ID of the customer.",
                name=text,
            )
        else:
            message = _(
                "“%(text)s” is no customer. Write a name, or a name with one e-mail address behind it, as in Name"
                " <name@example.com>.",
                text=text,
            )
        return {
            "type": "error",
            "record": number,
            "rows": {"from": number, "to": number},
            "field": "partner_id",
            "is_read": True,  # said of what stands in the file
            "message": message,
        }
