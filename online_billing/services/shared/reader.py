"""What programs send, read into values that the services can trust: type, size, range, characters, company."""

import re
from datetime import date, datetime

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date

from ...engine import EngineError
from .numbers import given_number

FIRST_YEAR, LAST_YEAR = 1990, 2100
HORIZON_YEARS = 5
TEXT_LENGTH = 500
# what whoever names an account or a code mostly wants to know of it
ACCOUNT_FIELDS = ("name", "partner_id", "company_id", "currency_id", "timezone", "fiscal_position_id", "state")
CODE_FIELDS = ("code", "name", "company_id", "product_id", "kind")
KEY_LENGTH = 255
ID_LIMIT = 2**31 - 1
ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class ValueRefused(UserError):
    """A value of a program that cannot be used: a code for the program, a sentence for people, and the field meant."""

    # the browser shows the sentence of exceptions whose names it knows, and of others that the server failed
    context = {"exception_class": "odoo.exceptions.UserError"}

    def __init__(self, code, message, field=None):
        super().__init__(message)
        self.code, self.field = code, field
        self.context = {**self.context, "code": code, "field": field}  # in the answer over HTTP

    @property
    def answer(self):
        """The error as a row of a result."""
        return {"code": self.code, "message": str(self), "field": self.field}


class BillingReader(models.AbstractModel):
    _name = "billing.reader"
    _description = "Reader of Programs' Values"

    # -- shapes -------------------------------------------------------------------------------------------------------

    @api.private
    def read_list(self, value, field, most):
        """Return a list of at most so many entries.

        :raise ValueRefused: ``invalid_<field>``
        """
        if not isinstance(value, list | tuple) or len(value) > most:
            raise self._refuse(
                field,
                self.env._(
                    "“%(field)s” must be a list of at most %(most)s entries. Split longer lists.",
                    field=field,
                    most=most,
                ),
            )
        return list(value)

    @api.private
    def read_object(self, value, field, known=None):
        """Return a dictionary with text keys; with `known`, only with keys among them.

        :raise ValueRefused: ``malformed`` or ``unknown_field``
        """
        if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
            raise ValueRefused(
                "malformed", self.env._("“%(field)s” must be an object with names and values.", field=field), field
            )
        if known is not None and (unknown := sorted(set(value) - set(known))):
            name = self._shorten(unknown[0])
            raise ValueRefused(
                "unknown_field",
                self.env._(
                    "There is no field “%(field)s” here. Use these: %(known)s.", field=name, known=", ".join(known)
                ),
                name,
            )
        return value

    @api.private
    def get_key_given(self, given):
        """Return the key that a program gave to a row, to name the row in the answer; nothing where there is none."""
        key = given.get("key") if isinstance(given, dict) else None
        return self._shorten(key, KEY_LENGTH) if isinstance(key, str) else None

    # -- plain values -------------------------------------------------------------------------------------------------

    @api.private
    def read_text(self, value, field, most=TEXT_LENGTH):
        """Return a text that is not blank, that the database can hold, and that is no longer than allowed.

        :raise ValueRefused: ``invalid_<field>``
        """
        if not self._is_text(value) or not value.strip() or len(value) > most:
            raise self._refuse(
                field,
                self.env._(
                    "“%(field)s” must be a text of 1 to %(most)s characters, without characters that cannot be stored.",
                    field=field,
                    most=most,
                ),
            )
        return value

    @api.private
    def read_choice(self, value, field, choices):
        """Return one of some words.

        :raise ValueRefused: ``invalid_<field>``
        """
        if not isinstance(value, str) or value not in choices:
            raise self._refuse(
                field,
                self.env._("“%(field)s” is one of these: %(choices)s.", field=field, choices=", ".join(choices)),
            )
        return value

    @api.private
    def read_date(self, value, field="date"):
        """Return a date from ISO text, within the years in which somebody can be billed.

        :raise ValueRefused: ``invalid_<field>``
        """
        day = value
        if isinstance(value, str) and ISO_DATE.fullmatch(value):
            try:
                day = date.fromisoformat(value)
            except ValueError:
                day = None
        if isinstance(day, datetime) or not isinstance(day, date):
            raise self._refuse(
                field,
                self.env._(
                    "“%(value)s” is not a date for “%(field)s”. Write it as year-month-day, for instance 2026-01-31.",
                    value=self._shorten(value),
                    field=field,
                ),
            )
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise self._refuse(
                field,
                self.env._(
                    "%(day)s is too far away for “%(field)s”. Give a day of the years %(first)s to %(last)s.",
                    day=format_date(self.env, day),
                    field=field,
                    first=str(FIRST_YEAR),
                    last=str(LAST_YEAR),
                ),
            )
        return day

    @api.private
    def read_target_date(self, value, field="target_date"):
        """Return a day up to which somebody may be billed: not further ahead than some years, for every period counts.

        :raise ValueRefused: ``invalid_<field>``
        """
        day = self.read_date(value, field)
        last = fields.Date.context_today(self) + relativedelta(years=HORIZON_YEARS)
        if day > last:
            raise self._refuse(
                field,
                self.env._(
                    "Nobody can be billed as far ahead as %(day)s. Give a day up to %(last)s.",
                    day=format_date(self.env, day),
                    last=format_date(self.env, last),
                ),
            )
        return day

    @api.private
    def read_integer(self, value, field, least, most):
        """Return a whole number within a range.

        :raise ValueRefused: ``invalid_<field>``
        """
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self._refuse(
                field,
                self.env._(
                    "“%(field)s” must be a whole number from %(least)s to %(most)s.",
                    field=field,
                    least=str(least),
                    most=str(most),
                ),
            )
        return value

    @api.private
    def read_number(self, value, field, least=None):
        """Return an exact number of at most 6 decimals.

        A float has no exact decimals: one that is a float's error away from such a number is taken as that number.

        :return: Fraction
        :raise ValueRefused: ``invalid_<field>``
        """
        try:
            number = given_number(value)
        except (ValueError, EngineError) as error:
            raise self._refuse(
                field,
                self.env._("“%(field)s” must be a number with at most 6 decimals, up to 999,999,999,999.", field=field),
            ) from error
        if least is not None and number < least:
            raise self._refuse(
                field,
                self.env._("“%(field)s” cannot be less than %(least)s.", field=field, least=str(least)),
            )
        return number

    @api.private
    def get_nobody_error(self, field):
        """Return the refusal of an empty list that names whom to work on: it means nobody, never everybody."""
        return ValueRefused(
            "empty_selection",
            self.env._("“%(field)s” names nobody. Leave it out for everybody, or name whom you mean.", field=field),
            field,
        )

    # -- records ------------------------------------------------------------------------------------------------------

    @api.private
    def read_account(self, number, field="account"):
        """Return the account with a number: that of the current company, else the only one of the others allowed.

        :raise ValueRefused: ``unknown_account`` or ``ambiguous_account``
        """
        return self.read_accounts([number], field)

    @api.private
    def read_accounts(self, numbers, field="accounts", companies=None):
        """Return the accounts with some numbers, by one query.

        :param companies: where to look, all that are allowed to the user if left out
        :raise ValueRefused: ``unknown_account`` or ``ambiguous_account``
        """
        find = self.get_account_finder(numbers, field, companies)
        return self.env["billing.account"].union(*map(find, numbers))

    @api.private
    def get_account_finder(self, numbers, field="account", companies=None):
        """Return a function that answers for each of some numbers with its account; all are read by one query.

        :raise ValueRefused: (the function) ``unknown_account`` or ``ambiguous_account``
        """
        wanted = {number for number in numbers if self._is_text(number)}
        found = self.env["billing.account"].search_fetch(
            [("name", "in", list(wanted)), ("company_id", "in", (companies or self.env.companies).ids)], ACCOUNT_FIELDS
        )
        by_number = found.grouped("name")

        def find(number):
            accounts = by_number.get(number) if self._is_text(number) else None
            if not accounts:
                raise ValueRefused(
                    "unknown_account",
                    self.env._(
                        "There is no billing account with the number “%(number)s”. Check the number and the company.",
                        number=self._shorten(number),
                    ),
                    field,
                )
            own = accounts.filtered(lambda account: account.company_id == self.env.company) or accounts
            if len(own) > 1:
                raise ValueRefused(
                    "ambiguous_account",
                    self.env._(
                        "Several companies have a billing account with the number “%(number)s”: %(companies)s. Work in"
                        " one of them.",
                        number=number,
                        companies=", ".join(own.company_id.mapped("name")),
                    ),
                    field,
                )
            return own.with_prefetch(found.ids)

        return find

    @api.private
    def read_code(self, code, company, field="code"):
        """Return the billing code of a company, else that of the nearest company above it.

        :raise ValueRefused: ``unknown_code``
        """
        return self.get_code_finder([code], company, field)(code, company)

    @api.private
    def get_code_finder(self, codes, companies, field="code"):
        """Return a function that answers for each of some codes and companies; all are read by one query.

        :raise ValueRefused: (the function) ``unknown_code``
        """
        wanted = {code for code in codes if self._is_text(code) and code}
        found = self.env["billing.code"].search_fetch(
            Domain("code", "in", list(wanted)) & Domain("company_id", "parent_of", companies.ids), CODE_FIELDS
        )
        by_code = found.grouped("code")
        # the nearest company has the longest path
        ranks = {one: len(one.sudo().company_id.parent_path) for one in found}  # sudo: companies above

        def find(code, company):
            known = by_code.get(code, found.browse()) if self._is_text(code) else found.browse()
            above = company.sudo().parent_ids  # sudo: as above
            known = known.filtered(lambda one: one.sudo().company_id in above)
            if not known:
                raise ValueRefused(
                    "unknown_code",
                    self.env._(
                        "There is no billing code “%(code)s”. Check the code and the company.",
                        code=self._shorten(code),
                    ),
                    field,
                )
            return max(known, key=ranks.get).with_prefetch(found.ids)

        return find

    @api.private
    def read_record(self, model, record_id, field):
        """Return a record of a model by its id, as far as the user may read it.

        :raise ValueRefused: ``invalid_<field>`` or ``unknown_<model>``
        """
        record_id = self.read_integer(record_id, field, 1, ID_LIMIT)
        record = self.env[model].search([("id", "=", record_id)])
        if not record:
            raise ValueRefused(
                f"unknown_{field.removesuffix('_id')}",
                self.env._("There is nothing with the id %(id)s for “%(field)s”.", id=str(record_id), field=field),
                field,
            )
        return record

    @api.private
    def read_currency(self, name, field="currency"):
        """Return an active currency by its code.

        :raise ValueRefused: ``unknown_currency``
        """
        currency = self.env["res.currency"]
        if self._is_text(name) and name:
            currency = currency.search([("name", "=", name)], limit=1)
        if not currency:
            raise ValueRefused(
                "unknown_currency",
                self.env._(
                    "There is no active currency “%(currency)s”. Use a code such as EUR, and activate the currency"
                    " first.",
                    currency=self._shorten(name),
                ),
                field,
            )
        return currency

    # -- helpers ------------------------------------------------------------------------------------------------------

    def _refuse(self, field, message):
        return ValueRefused(f"invalid_{field}", message, field)

    def _is_text(self, value):
        """Tell whether a value is a text that the database can hold: no NUL, no half of a surrogate pair."""
        return isinstance(value, str) and "\x00" not in value and not any("\ud800" <= c <= "\udfff" for c in value)

    def _shorten(self, value, most=60):
        """Return what was given as a text that can be shown and sent back."""
        text = value if isinstance(value, str) else repr(value)
        text = text.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\x00")
        return text if len(text) <= most else f"{text[: most - 1]}…"
