"""What all demo businesses have in common: a company, customers, and days on which something happens."""

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from random import Random

from dateutil.relativedelta import relativedelta

from . import people
from .catalogue import Catalogue

ONE_DAY = timedelta(days=1)


class Business:
    """One firm. A subclass says what it offers, who its customers are and what they do; this class lets time pass."""

    name = ""
    currency = "USD"
    country = "US"
    place = {}
    bank_account = ""
    # what pay pages say beside cards and transfers: {field of the company: HTML}
    pay_texts = {}
    colour = ""
    timezone = "UTC"
    tax_percent = 0.0
    tax_label = ""
    payment_term = "account.account_payment_term_15days"
    mails_receipts = True

    def __init__(self, env, company, today):
        self.company = company
        self.env = env(
            context=dict(
                env.context,
                allowed_company_ids=company.ids,
                tracking_disable=True,
                mail_create_nosubscribe=True,
                no_reset_password=True,
            )
        )
        self.today = today
        # the same businesses on every machine and every day
        self.random = Random(self.name)  # noqa: S311 not for secrets
        self.start = (today - relativedelta(months=3)).replace(day=1)
        self.catalogue = Catalogue(self.env, company.with_env(self.env))
        self.accounts = self.env["billing.account"]
        self.events = defaultdict(list)
        self.charges = []
        self.runs = self.env["billing.run"]

    # -- what a subclass says -----------------------------------------------------------------------------------------

    def add_catalogue(self):
        """Make billing codes, prices and plans."""
        raise NotImplementedError

    def add_customers(self):
        """Make accounts and put what will happen to them on the calendar."""
        raise NotImplementedError

    def get_run_days(self):
        """Return the days on which the business runs its billing."""
        return self.days_of_month(1)

    # -- calendar -----------------------------------------------------------------------------------------------------

    def days_of_month(self, *days):
        """Return these days of every month from the start to today."""
        months = [self.start + relativedelta(months=number) for number in range(5)]
        return [
            day
            for month in months
            for number in days
            if self.start < (day := month + timedelta(days=number - 1)) <= self.today
        ]

    def before_last_bill(self):
        """Return a day after which every monthly subscription is billed once more."""
        return self.days_of_month(1)[-2] + ONE_DAY

    def some_day(self, first=0, last=21):
        """Return a day some days after the start, never later than today."""
        return min(self.start + timedelta(days=self.random.randint(first, last)), self.today)

    def on(self, day, action, *words):
        """Have something done on a day; what lies in the future does not happen."""
        if day <= self.today:
            self.events[day].append((action, words))

    def play(self, commit):
        """Let three months pass: what customers do, and the billing runs in between."""
        for day in [*self.get_run_days(), None]:
            self._happen(day or self.today)
            if day:
                self._run(day, commit)
            commit()

    def _happen(self, until):
        for day in sorted(day for day in self.events if day <= until):
            for action, words in self.events.pop(day):
                action(day, *words)
        ready = [charge for charge in self.charges if date.fromisoformat(charge["date"]) <= until]
        self.charges = [charge for charge in self.charges if date.fromisoformat(charge["date"]) > until]
        for answer in self.env["billing.charge"].record(sorted(ready, key=lambda charge: charge["date"])):
            if answer["status"] != "created":
                raise ValueError(answer)

    def _run(self, day, commit):
        run = self.env["billing.run"].create({"company_id": self.company.id, "target_date": day})
        runner = self.env["billing.run.work"]
        runner.start(run, background=False)
        runner.process(run, commit=commit.allowed)
        begun = datetime.combine(day, time(4, 5))
        run.write({"started_at": begun, "finished_at": begun + timedelta(seconds=run.account_total // 10 + 1)})
        self.runs |= run

    # -- customers ----------------------------------------------------------------------------------------------------

    def add_accounts(self, customers):
        """Make one account each for (name, values of the account, country, is a firm)."""
        env = self.env
        countries = {code: env.ref(f"base.{'uk' if code == 'GB' else code.lower()}") for code in people.PLACES}
        partners = env["res.partner"].create(
            [
                {
                    "name": name,
                    "email": people.email(self.random, name, firm),
                    "is_company": firm,
                    "country_id": countries[country].id,
                    "company_id": self.company.id,
                    "tz": self.timezone,
                    **people.address(self.random, country),
                    **(people.identity(name, country) if firm else {}),
                }
                for name, _values, country, firm in customers
            ]
        )
        return self._open_accounts(partners, [values for _name, values, _country, _firm in customers])

    def add_shared_account(self):
        """Make an account of the customer whom another business has as well: a contact that no company has for itself.

        Nothing is drawn by lot for it, so that all others stay as they are without it.
        """
        partners = self.env["res.partner"]
        partner = partners.search([("name", "=", people.SHARED), ("company_id", "=", False)], limit=1)
        if not partner:
            random = Random(people.SHARED)  # noqa: S311 not for secrets
            partner = partners.create(
                {
                    "name": people.SHARED,
                    "email": people.email(random, people.SHARED, firm=True),
                    "is_company": True,
                    "country_id": self.env.ref("base.us").id,
                    "tz": self.timezone,
                    **people.address(random, "US"),
                    **people.identity(people.SHARED, "US"),
                }
            )
        return self._open_accounts(partner, [{}])

    def _open_accounts(self, partners, vals_list):
        accounts = self.env["billing.account"].create(
            [
                {
                    "partner_id": partner.id,
                    "company_id": self.company.id,
                    "currency_id": self.company.currency_id.id,
                    "timezone": self.timezone,
                    "payment_term_id": self.env.ref(self.payment_term).id,
                    **values,
                }
                for partner, values in zip(partners, vals_list, strict=True)
            ]
        )
        accounts.action_activate()
        self.accounts |= accounts
        return accounts

    def subscribe(self, day, account, plan, discounts=None, quantities=None, memory=None):
        """Begin a subscription; a discount or a quantity is given by billing code."""
        subscription = self.env["billing.subscription"].create(
            {"account_id": account.id, "plan_id": self.catalogue.plans[plan].id, "start_date": day}
        )
        for line in subscription.line_ids:
            line.quantity = (quantities or {}).get(line.code_id.code, line.quantity)
            line.discount_percent = (discounts or {}).get(line.code_id.code, 0.0)
        subscription.action_activate()
        if memory is not None:
            memory[account] = subscription
        return subscription

    def end(self, day, account, memory):
        """End a customer's subscription with this day as the last."""
        self.env["billing.subscription.lifecycle"].set_end(memory[account], day)

    def change(self, day, account, memory, code, quantity, reason):
        """Change a quantity from this day on."""
        line = memory[account].line_ids.filtered(lambda one: one.code_id.code == code)
        self.env["billing.subscription.lifecycle"].change_quantity(line, day, quantity, reason)

    def charge(self, day, account, code, key, **values):
        """Record a charge as a program of the business would."""
        if day <= self.today:
            self.charges.append({"account": account.name, "code": code, "key": key, "date": day.isoformat(), **values})
