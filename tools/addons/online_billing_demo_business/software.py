"""Ledgerleaf Software: seats from the day of sign-up, by month, quarter or year; teams grow, shrink and leave."""

from datetime import timedelta

from dateutil.relativedelta import relativedelta

from . import people
from .business import Business
from .catalogue import Code, Plan

TEAM, TEAM_QUARTER, BUSINESS, BUSINESS_YEAR = (
    "Team, monthly",
    "Team, quarterly",
    "Business, monthly",
    "Business, yearly",
)
COUNTRIES = ("DE", "IT", "FR", "DE", "ES")


class Software(Business):
    name = "Ledgerleaf Software"
    currency = "USD"
    country = "US"
    place = {
        "street": "88 Quarry Hill Road",
        "city": "Port Ambrose",
        "zip": "04998",
        "email": "billing@ledgerleaf.example.com",
        "phone": "+1 202 555 0178",
    }
    bank_account = "000111222302"
    timezone = "America/New_York"
    colour = "#5b3a8e"
    tax_percent = 8.0
    tax_label = "8% Sales Tax"
    payment_term = "account.account_payment_term_21days"

    def add_catalogue(self):
        def months(number):
            return self.start + relativedelta(months=number)

        def both(price, level=0.9):
            """Return a price in dollars and its sister in euros, at rounder figures."""
            tiers = [(bound, *(round(amount * level, 3) for amount in rest)) for bound, *rest in price.get("tiers", ())]
            unit_price = round(price.get("unit_price", 0.0) * level, 3)
            return [
                {**price, "currency": "USD"},
                {**price, "currency": "EUR", "unit_price": unit_price, "tiers": tiers},
            ]

        seats_old = [(10, 11.0), (50, 9.5), (None, 8.0)]
        seats = [(10, 12.0), (50, 10.5), (None, 9.0)]
        business = [(25, 24.0), (100, 21.0), (None, 18.0)]
        storage = [(100, 0, 15.0), (500, 0, 45.0), (None, 0, 120.0)]
        self.catalogue.add_codes(
            [
                Code(
                    "SEAT-TEAM",
                    "Team, seats",
                    "recurring",
                    "Software",
                    [
                        *both({"from": months(-24), "model": "volume", "tiers": [(10, 10.0), (50, 9.0), (None, 7.5)]}),
                        *both({"from": months(-12), "model": "volume", "tiers": seats_old}),
                        *both({"from": months(-1), "model": "volume", "tiers": seats}),
                    ],
                    unit_cost=1.4,
                    needs=(("Support", 0.03),),
                ),
                Code(
                    "SEAT-BUSINESS",
                    "Business, seats",
                    "recurring",
                    "Software",
                    both({"from": months(-12), "model": "graduated", "tiers": business}),
                    unit_cost=2.6,
                    needs=(("Support", 0.05),),
                ),
                Code(
                    "STORAGE",
                    "Storage, GB",
                    "recurring",
                    "Software",
                    both({"from": months(-12), "model": "stair_step", "tiers": storage}),
                    unit_cost=0.02,
                ),
                Code(
                    "API",
                    "Calls of the interface",
                    "usage",
                    "Software",
                    both(
                        {
                            "from": months(-12),
                            "model": "package",
                            "unit_price": 0.5,
                            "package_size": 1000.0,
                            "free_units": 10000.0,
                        }
                    ),
                    unit_cost=0.00004,
                ),
                Code(
                    "ONBOARDING",
                    "Onboarding workshop",
                    "one_time",
                    "Fees",
                    both({"from": months(-12), "model": "flat", "unit_price": 450.0}),
                    needs=(("Support", 6),),
                ),
            ]
        )
        basis = {"alignment": "anniversary", "proration_basis": "actual"}
        month = {**basis, "interval_unit": "month"}
        self.catalogue.add_plans(
            [
                Plan(TEAM, [{"code": "SEAT-TEAM", "quantity": 5}], {**month, "trial_days": 14}),
                Plan(TEAM_QUARTER, [{"code": "SEAT-TEAM", "quantity": 10}], {**month, "interval_count": 3}),
                Plan(
                    BUSINESS,
                    [
                        {"code": "SEAT-BUSINESS", "quantity": 20},
                        {"code": "STORAGE", "quantity": 200},
                        {"code": "ONBOARDING"},
                    ],
                    month,
                ),
                Plan(
                    BUSINESS_YEAR,
                    [{"code": "SEAT-BUSINESS", "quantity": 20}, {"code": "ONBOARDING"}],
                    {**basis, "interval_unit": "year", "term_count": 1},
                ),
            ]
        )
        yearly = {
            "from": months(-12),
            "plan": BUSINESS_YEAR,
            "model": "graduated",
            "tiers": [(25, 240.0), (100, 210.0), (None, 180.0)],
        }
        self.catalogue.add_prices({"SEAT-BUSINESS": both(yearly)})

    def add_customers(self):
        random, memory = self.random, {}
        accounts = self.add_accounts([self._get_customer(number, *team) for number, team in enumerate(people.TEAMS)])
        for number, account in enumerate(accounts):
            plan = (TEAM, BUSINESS, TEAM, BUSINESS, TEAM_QUARTER, TEAM, BUSINESS_YEAR)[number % 7]
            day = self.some_day(0, 30) if number < 12 else self.some_day(31, 95)
            business = plan in (BUSINESS, BUSINESS_YEAR)
            code = "SEAT-BUSINESS" if business else "SEAT-TEAM"
            seats = random.randint(12, 130) if business else random.randint(3, 60)
            quantities = {code: seats, "STORAGE": random.choice((80, 200, 400, 900))}
            discounts = {code: random.choice((10.0, 15.0, 20.0))} if number % 5 == 2 else None
            self.on(day, self.subscribe, account, plan, discounts, quantities, memory)
            if number % 3 == 1:
                later = day + timedelta(days=random.randint(24, 50))
                self.on(later, self.change, account, memory, code, seats + random.randint(2, 25), "New colleagues")
            if number % 6 == 2:
                later = day + timedelta(days=random.randint(35, 55))
                self.on(
                    later, self.change, account, memory, code, max(1, seats - random.randint(2, 10)), "Fewer projects"
                )
            if number in (3, 5, 9, 12):
                self.on(day + timedelta(days=random.randint(45, 75)), self.end, account, memory)
            if business:
                self._add_calls(account, day)
        self._add_parked(accounts[1])
        seats = {"SEAT-TEAM": 7}
        self.on(self.start + timedelta(days=8), self.subscribe, self.add_shared_account(), TEAM, None, seats)

    def _get_customer(self, number, name, currency):
        country = "US" if currency == "USD" else COUNTRIES[number % len(COUNTRIES)]
        return name, {"currency_id": self.env.ref(f"base.{currency}").id}, country, True

    def _add_calls(self, account, first_day):
        for month in self.days_of_month(1):
            last = month - timedelta(days=1)
            if last > first_day:
                self.charge(
                    last, account, "API", f"api:{account.name}:{last:%Y-%m}", quantity=self.random.randint(2000, 160000)
                )

    def _add_parked(self, account):
        """Give one customer a receivable account of their own, and archive that account before the last runs."""
        receivable = self.env["account.account"].create(
            {
                "name": "Accounts Receivable, Partners",
                "code": "121900",
                "account_type": "asset_receivable",
                "reconcile": True,
            }
        )
        account.partner_id.property_account_receivable_id = receivable
        self.on(self.before_last_bill(), lambda _day: receivable.write({"active": False}))

    def get_run_days(self):
        # sign-ups fall on any day, so the last run is that of today
        return sorted({*self.days_of_month(1, 15), self.today})
