"""Kestrel Courier: pays customs duty for its customers and bills it at once; a bill a month for the rest."""

from datetime import timedelta

from dateutil.relativedelta import relativedelta

from . import people
from .business import Business
from .catalogue import Code, Plan, history

SERVICE = "Business parcels"
GOODS = (
    "ceramics",
    "machine parts",
    "textiles",
    "tea",
    "spectacle frames",
    "bicycle frames",
    "lamps",
    "books",
    "jewellery",
)


class Courier(Business):
    name = "Kestrel Courier"
    currency = "EUR"
    country = "NL"
    place = {
        "street": "Havenstraat 12",
        "city": "Oosterwaard",
        "zip": "9999 ZA",
        "email": "billing@kestrel.example.org",
        "phone": "+31 20 000 0012",
    }
    bank_account = "NL91 ABNA 0417 1643 00"  # the example of the standard
    pay_texts = {
        "billing_phone_text": "<p>Call us on weekdays from 9 to 17 and have your card ready.</p>",
    }
    timezone = "Europe/Amsterdam"
    colour = "#b3541e"
    tax_percent = 21.0
    tax_label = "21% VAT"
    mails_receipts = False

    def add_catalogue(self):
        def months(number):
            return self.start + relativedelta(months=number)

        parcels = [(20, 7.90), (100, 6.80), (None, 5.95)]
        self.catalogue.add_codes(
            [
                Code(
                    "SERVICE",
                    "Monthly service fee",
                    "recurring",
                    "Courier",
                    history("flat", [(months(-30), 14.0), (months(-18), 15.5), (months(-5), 17.5)]),
                    unit_cost=3.2,
                    needs=(("Support", 0.1),),
                ),
                Code(
                    "PARCEL",
                    "Parcels",
                    "usage",
                    "Courier",
                    [
                        {"from": months(-18), "model": "volume", "tiers": [(20, 7.50), (100, 6.50), (None, 5.60)]},
                        {"from": months(-5), "model": "volume", "charge_flat_on_zero": "no", "tiers": parcels},
                    ],
                    unit_cost=2.4,
                    needs=(("Van and driver", 0.12),),
                ),
                # paid to the authority in the customer's name: passed on as it is, without tax
                Code(
                    "DUTY",
                    "Customs duty paid for you",
                    "one_time",
                    "Customs",
                    history("dynamic", [(months(-30), 0.0)]),
                    exemption="VATEX-EU-79-C",
                ),
                Code(
                    "CUSTOMS-FEE",
                    "Customs administration fee",
                    "fee",
                    "Customs",
                    [
                        {"from": months(-30), "model": "percentage", "rate": 2.0, "event_minimum": 12.5},
                        {"from": months(-3), "model": "percentage", "rate": 2.5, "event_minimum": 15.0},
                    ],
                    needs=(("Support", 0.2),),
                ),
            ]
        )
        month = {"interval_unit": "month", "alignment": "calendar", "proration_basis": "actual"}
        self.catalogue.add_plans([Plan(SERVICE, [{"code": "SERVICE"}], month)])

    def add_customers(self):
        accounts = self.add_accounts(
            [(name, self._get_values(number), "NL", True) for number, name in enumerate(people.SENDERS)]
        )
        occasional = accounts[-3:]
        for account in accounts - occasional:
            day = self.some_day(0, 25)
            self.on(day, self.subscribe, account, SERVICE)
            for month in self.days_of_month(1):
                last = month - timedelta(days=1)
                if last > day:
                    key = f"parcels:{account.name}:{last:%Y-%m}"
                    self.charge(last, account, "PARCEL", key, quantity=self.random.randint(3, 140))
        for account in accounts:
            for number in range(1 if account in occasional else self.random.randint(1, 3)):
                self._add_customs(account, self.some_day(26, 108), number)

    def _get_values(self, number):
        return {"delivery_channel": "portal" if number % 3 == 1 else "email"}

    def _add_customs(self, account, day, number):
        """Bill duty and fee at once; the bill of the month will name them as already billed."""
        duty = self.random.randint(1800, 96000) / 100
        parcel, goods = f"KC{self.random.randint(100000, 999999)}", self.random.choice(GOODS)
        key = f"customs:{account.name}:{number}:{parcel}"
        self.charge(
            day,
            account,
            "DUTY",
            f"{key}:duty",
            amount=duty,
            name=f"Customs duty, parcel {parcel}, {goods}",
            invoice="now",
        )
        self.charge(
            day,
            account,
            "CUSTOMS-FEE",
            f"{key}:fee",
            amount=duty,
            name=f"Customs administration fee, parcel {parcel}",
            invoice="now",
        )
