"""Alder & Wren: a retainer at the end of each month of work, hours by the hour, customers in four currencies."""

from datetime import timedelta

from dateutil.relativedelta import relativedelta

from . import people
from .business import Business
from .catalogue import Code, Plan, history

SMALL, LARGE = "Advisory retainer, small", "Advisory retainer, large"
COUNTRIES = {"GBP": "GB", "USD": "US", "CHF": "CH"}
# what one pound is worth, for the price lists in other currencies
PRICE_LEVEL = {"GBP": 1.0, "EUR": 1.2, "USD": 1.3, "CHF": 1.15}
TASKS = (
    "Workshop with the board",
    "Review of contracts",
    "Process interviews",
    "Report and recommendations",
    "Coaching of the project team",
)


class Consultancy(Business):
    name = "Alder & Wren Consulting"
    currency = "GBP"
    country = "GB"
    place = {
        "street": "7 Cloister Walk",
        "city": "Alderbourne",
        "zip": "ZZ99 3AB",
        "email": "billing@alderwren.example.net",
        "phone": "+44 20 7946 0123",
    }
    bank_account = "GB00 DEMO 0000 0000 0000 12"
    timezone = "Europe/London"
    colour = "#3f5e3a"
    tax_percent = 20.0
    tax_label = "20% VAT"
    mails_receipts = False
    payment_term = "account.account_payment_term_30days"

    def add_catalogue(self):
        def months(number):
            return self.start + relativedelta(months=number)

        def everywhere(model, versions, currencies=tuple(PRICE_LEVEL)):
            return [
                {
                    **price,
                    "unit_price": round(price["unit_price"] * PRICE_LEVEL[currency] / 5) * 5,
                    "currency": currency,
                }
                for currency in currencies
                for price in history(model, versions)
            ]

        self.catalogue.add_codes(
            [
                Code(
                    "HOUR-SENIOR",
                    "Senior consultant, hours",
                    "usage",
                    "Consulting",
                    everywhere(
                        "per_unit", [(months(-36), 125), (months(-24), 135), (months(-12), 140), (months(-2), 145)]
                    ),
                    needs=(("Senior consultant", 1),),
                ),
                Code(
                    "HOUR",
                    "Consultant, hours",
                    "usage",
                    "Consulting",
                    everywhere("per_unit", [(months(-24), 85), (months(-6), 95)]),
                    needs=(("Consultant", 1),),
                ),
                # the large retainer has no price in francs: a subscription in francs to it cannot begin
                Code(
                    "RETAINER-L",
                    "Retainer, large",
                    "recurring",
                    "Consulting",
                    everywhere("flat", [(months(-24), 2200), (months(-4), 2400)], ("GBP", "EUR", "USD")),
                    needs=(("Senior consultant", 9),),
                ),
                Code(
                    "RETAINER-S",
                    "Retainer, small",
                    "recurring",
                    "Consulting",
                    everywhere("flat", [(months(-24), 850), (months(-4), 900)]),
                    needs=(("Consultant", 5),),
                ),
                Code("TRAVEL", "Travel, at cost", "one_time", "Consulting", everywhere("dynamic", [(months(-24), 0)])),
            ]
        )
        month = {"interval_unit": "month", "alignment": "billing_day", "proration_basis": "thirty_360"}
        self.catalogue.add_plans(
            [
                Plan(SMALL, [{"code": "RETAINER-S", "timing": "arrears"}], month),
                Plan(LARGE, [{"code": "RETAINER-L", "timing": "arrears"}], month),
            ]
        )

    def add_customers(self):
        accounts = self.add_accounts(
            [self._get_customer(number, *client) for number, client in enumerate(people.CLIENTS)]
        )
        for number, account in enumerate(accounts):
            day = self.some_day(0, 18)
            self.on(day, self.subscribe, account, LARGE if number % 3 == 0 else SMALL)
            self._add_work(account, day)
        self._add_parked(accounts[-1])

    def _get_customer(self, number, name, currency):
        country = COUNTRIES.get(currency) or ("DE", "FR", "ES")[number % 3]
        values = {"currency_id": self.env.ref(f"base.{currency}").id, "billing_day": (1, 15, 1)[number % 3]}
        if currency == "GBP" and number % 2:
            values["purchase_reference"] = f"PO-{self.random.randint(10000, 99999)}"
        return name, values, country, True

    def _add_work(self, account, first_day):
        """Record the hours of each week, and now and then a journey."""
        day, week = first_day + timedelta(days=7), 1
        while day <= self.today:
            code = self.random.choice(("HOUR", "HOUR", "HOUR-SENIOR"))
            hours = self.random.randint(4, 30) / 2
            key = f"timesheet:{account.name}:{week}"
            self.charge(day, account, code, key, quantity=hours, name=self.random.choice(TASKS))
            if self.random.random() < 0.1:
                self.charge(
                    day,
                    account,
                    "TRAVEL",
                    f"{key}:travel",
                    amount=self.random.randint(4000, 31000) / 100,
                    name="Train and hotel, at cost",
                )
            day, week = day + timedelta(days=self.random.randint(6, 11)), week + 1

    def _add_parked(self, account):
        """Archive the Swiss franc before the last run, and leave a draft that cannot begin for want of a price."""
        franc = self.env.ref("base.CHF")
        self.on(self.before_last_bill(), lambda _day: franc.sudo().write({"active": False}))
        self.env["billing.subscription"].create(
            {"account_id": account.id, "plan_id": self.catalogue.plans[LARGE].id, "start_date": self.today}
        )

    def get_run_days(self):
        return self.days_of_month(1, 16)
