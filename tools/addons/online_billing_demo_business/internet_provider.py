"""Tidewater Internet: access and phone for households, calendar months in advance, calls by the minute afterwards."""

from datetime import timedelta

from dateutil.relativedelta import relativedelta

from . import people
from .business import Business
from .catalogue import Code, Plan, history

FIBRE, FIBRE_TRIAL, FIBRE_PHONE = "Fibre 100", "Fibre 100, first two weeks free", "Fibre 500 and phone"


class InternetProvider(Business):
    name = "Tidewater Internet"
    currency = "USD"
    country = "US"
    place = {
        "street": "1 Lighthouse Road",
        "city": "Tidewater Falls",
        "zip": "04999",
        "email": "billing@tidewater.example.com",
        "phone": "+1 202 555 0143",
    }
    bank_account = "000111222301"
    pay_texts = {
        "billing_cash_text": "<p>At the counter of our shop, Monday to Friday from 9 to 5.</p>",
        "billing_cheque_text": "<p>Made out to Tidewater Internet, with the reference of your bill on its back.</p>",
        "billing_phone_text": "<p>Call us from 9 to 5 and have your card ready.</p>",
    }
    timezone = "America/New_York"
    colour = "#1f6f8b"
    tax_percent = 6.0
    tax_label = "6% Sales Tax"
    payment_term = "account.account_payment_term_30days"

    def add_catalogue(self):
        def months(number):
            return self.start + relativedelta(months=number)

        catalogue = self.catalogue
        calls = [(500, 0.06), (2000, 0.045), (None, 0.03)]
        abroad = [(60, 0.19), (300, 0.15), (None, 0.11)]
        rise = months(5)
        catalogue.add_codes(
            [
                Code(
                    "NET-100",
                    "Fibre 100 Mbit/s",
                    "recurring",
                    "Access",
                    [
                        *history(
                            "flat",
                            [(months(-36), 32.90), (months(-24), 34.90), (months(-12), 36.90), (months(-3), 39.90)],
                        ),
                        {"from": rise, "model": "flat", "unit_price": 41.90, "applies_to_existing_from": rise},
                    ],
                    unit_cost=6.40,
                    needs=(("Line capacity", 12), ("Technician", 0.05)),
                ),
                Code(
                    "NET-500",
                    "Fibre 500 Mbit/s",
                    "recurring",
                    "Access",
                    history("flat", [(months(-24), 64.90), (months(-12), 61.90), (months(-2), 59.90)]),
                    unit_cost=7.10,
                    needs=(("Line capacity", 40), ("Technician", 0.05)),
                ),
                Code(
                    "TEL-PACK",
                    "Phone package, 300 minutes",
                    "recurring",
                    "Telephony",
                    history("flat", [(months(-24), 8.90), (months(-6), 9.90)]),
                    unit_cost=1.80,
                ),
                Code(
                    "TEL-CALL",
                    "Calls, minutes",
                    "usage",
                    "Telephony",
                    [{"from": months(-24), "model": "graduated", "charge_flat_on_zero": "no", "tiers": calls}],
                    needs=(("Carrier minute", 1),),
                ),
                Code(
                    "TEL-INTL",
                    "Calls abroad, minutes",
                    "usage",
                    "Telephony",
                    [{"from": months(-24), "model": "graduated", "charge_flat_on_zero": "no", "tiers": abroad}],
                    needs=(("Carrier minute", 4),),
                ),
                Code(
                    "DATA",
                    "Mobile data, GB",
                    "usage",
                    "Telephony",
                    [
                        {
                            "from": months(-12),
                            "model": "package",
                            "unit_price": 4.0,
                            "package_size": 5.0,
                            "free_units": 2.0,
                        }
                    ],
                    unit_cost=0.35,
                ),
                Code(
                    "ROUTER",
                    "Router rental",
                    "recurring",
                    "Equipment",
                    history("per_unit", [(months(-24), 4.90)]),
                    unit_cost=2.10,
                ),
                Code(
                    "SETUP",
                    "Connection set-up",
                    "one_time",
                    "Fees",
                    history("flat", [(months(-24), 59.0), (months(-4), 49.0)]),
                    needs=(("Technician", 1.25),),
                ),
                Code("GOODWILL", "Credit for an outage", "credit", "Fees", history("dynamic", [(months(-24), 0.0)])),
            ]
        )
        month = {"interval_unit": "month", "alignment": "calendar", "proration_basis": "actual"}
        always = [{"code": "ROUTER"}, {"code": "SETUP"}]
        catalogue.add_plans(
            [
                Plan(FIBRE, [{"code": "NET-100"}, *always], {**month, "term_count": 12}),
                Plan(FIBRE_TRIAL, [{"code": "NET-100"}, *always], {**month, "trial_days": 14}),
                Plan(FIBRE_PHONE, [{"code": "NET-500"}, {"code": "TEL-PACK"}, *always], month),
            ]
        )
        included = {
            "from": months(-24),
            "plan": FIBRE_PHONE,
            "model": "graduated",
            "charge_flat_on_zero": "no",
            "tiers": calls,
        }
        catalogue.add_prices({"TEL-CALL": [{**included, "included_quantity": 300.0}]})

    def add_customers(self):
        random, memory = self.random, {}
        accounts = self.add_accounts(
            [(name, self._get_values(number), "US", False) for number, name in enumerate(people.HOUSEHOLDS)]
        )
        for number, account in enumerate(accounts):
            plan = (FIBRE, FIBRE_PHONE, FIBRE_PHONE, FIBRE_TRIAL)[number % 4]
            day = self.some_day(0, 12) if number < 16 else self.some_day(20, 75)
            discounts = {"NET-100": 10.0, "NET-500": 10.0} if number % 7 == 3 else None
            self.on(day, self.subscribe, account, plan, discounts, None, memory)
            self._add_calls(account, day, phone=plan == FIBRE_PHONE)
            if number % 8 == 5:
                self.on(day + timedelta(days=random.randint(40, 70)), self.end, account, memory)
        outage = self.start + timedelta(days=44)
        for number in (0, 6, 10):
            self.charge(
                outage,
                accounts[number],
                "GOODWILL",
                f"outage:{outage}:{number}",
                amount=5,
                name=f"Credit for the outage of {outage}",
            )
        self._add_parked(accounts[12])
        # a customer who left before the first bill
        self.on(self.start + timedelta(days=62), self._withdraw, accounts[-1])
        self.on(self.start + timedelta(days=3), self.subscribe, self.add_shared_account(), FIBRE)

    def _get_values(self, number):
        return {"delivery_channel": "letter" if number in (7, 19) else "portal" if number == 11 else "email"}

    def _add_calls(self, account, first_day, phone):
        """Record what was called, once a month, as a telephone exchange would report it."""
        for month in self.days_of_month(1):
            last = month - timedelta(days=1)
            if last <= first_day:
                continue
            label = f"{last:%Y-%m}"
            if phone:
                self.charge(
                    last, account, "TEL-CALL", f"calls:{account.name}:{label}", quantity=self.random.randint(120, 2600)
                )
                self.charge(
                    last,
                    account,
                    "DATA",
                    f"data:{account.name}:{label}",
                    quantity=round(self.random.uniform(0.4, 19), 1),
                )
            if self.random.random() < 0.3:
                self.charge(
                    last, account, "TEL-INTL", f"abroad:{account.name}:{label}", quantity=self.random.randint(4, 380)
                )

    def _withdraw(self, _day, account):
        """Cancel what has not begun yet: the customer changed their mind."""
        subscription = self.env["billing.subscription"].create(
            {
                "account_id": account.id,
                "plan_id": self.catalogue.plans[FIBRE].id,
                "start_date": self.today + timedelta(days=20),
            }
        )
        subscription.action_activate()
        subscription.action_cancel()

    def _add_parked(self, account):
        """Archive the customer of one account before the last run, as if two customers had been merged by mistake."""
        self.on(self.before_last_bill(), lambda _day: account.partner_id.write({"active": False}))

    def get_run_days(self):
        return self.days_of_month(1, 15)
