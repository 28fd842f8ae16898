"""The money comes in, or it does not: customers pay, are reminded, promise, dispute and pay in installments."""

from collections import defaultdict
from datetime import datetime, time, timedelta
from decimal import Decimal

from odoo.addons.online_billing.services.installments.terms import PlanTerms

from .dating import Dating
from .money_received import MoneyReceived

# late enough for the customers of all time zones: nobody is written to before nine in the morning
EVENING = time(18)
MONDAY, THURSDAY, SATURDAY = 0, 3, 5
# which preset of late fees each business uses, and with what changed
FEES = {
    "InternetProvider": ("late_fee_rule_flat", {"fixed_amount": 5.0}),
    "Courier": ("late_fee_rule_eu", {}),
    "Consultancy": ("late_fee_rule_uk", {}),
    "Software": ("late_fee_rule_percent", {}),
}
# customers with a story of their own, per business; the others pay as they are used to
ROLES = {
    "InternetProvider": ("kept", "broken", "silent", "promise_broken", "disputed", "silent"),
    "Courier": ("silent", "promise_kept"),
    "Consultancy": ("asked", "promise_open", "silent"),
    "Software": ("settled", "running", "rescheduled", "waived", "silent"),
}
# days after the first due date on which a story begins
BEGINS = {"promise_open": None, "asked": None, "running": 40}


class Collecting:
    """Play the days from the first invoice to today for all businesses at once."""

    def __init__(self, env, businesses, today):
        """:param dict businesses: {company: name of the class of its business}"""
        self.env = env(context=dict(env.context, tracking_disable=True))
        self.businesses = businesses
        self.today = today
        self.stories = {}

    def prepare(self):
        """Choose the calendar, the late fees and the rules of installments of every business."""
        policy = self.env.ref("online_billing.policy_standard")
        policy.promise_days = 14
        self._add_rates()
        for company, business in self.businesses.items():
            own = self.env(context=dict(self.env.context, allowed_company_ids=company.ids))
            company.default_collection_policy_id = policy
            preset, changes = FEES[business]
            rule = own.ref(f"online_billing.{preset}").copy({"company_id": company.id, **changes})
            rule.name = rule.name.removesuffix(" (copy)")
            rule._switch_on()
            self._add_installment_rules(own, company)

    def _add_rates(self):
        """Give the reference rates a figure for the months of the demo; it is invented, and says so."""
        for name, percent in (("bank_rate", 4.0), ("ecb", 2.15)):
            index = self.env.ref(f"online_billing.reference_index_{name}")
            since = max(index.rate_ids.mapped("valid_from")) + timedelta(days=1)
            self.env["billing.reference.rate"].create(
                {"index_id": index.id, "valid_from": since, "percent": percent, "note": "Invented for the demo"}
            )
            index.known_until = self.today + timedelta(days=365)

    def _add_installment_rules(self, env, company):
        codes = {
            name: env["billing.code"].create(
                {"code": name, "name": title, "kind": "fee", "company_id": company.id, "category_id": False}
            )
            for name, title in (("PLAN-FEE", "Installment plan, fee"), ("PLAN-INTEREST", "Installment plan, interest"))
        }
        shared = {
            "company_id": company.id,
            "currency_id": company.currency_id.id,
            "fee_code_id": codes["PLAN-FEE"].id,
            "interest_code_id": codes["PLAN-INTEREST"].id,
            "broken_plan_limit": 2,
        }
        env["billing.installment.rule"].create(
            [
                {
                    **shared,
                    "name": "Up to 1,000 in four parts",
                    "amount_max": 1000.0,
                    "part_min": 5.0,
                    "month_max": 4,
                    "approval_limit": 1000.0,
                    "self_service": True,
                },
                {
                    **shared,
                    "name": "Larger amounts, with interest",
                    "sequence": 20,
                    "amount_min": 1000.0,
                    "part_min": 50.0,
                    "month_max": 12,
                    "interest_rate": 9.0,
                    "fee_amount": 15.0,
                    "approval_limit": 2500.0,
                },
            ]
        )

    # -- the days -----------------------------------------------------------------------------------------------------

    def play(self, keep):
        """Let every day happen: money first, then what people agree, then the daily collection."""
        events = defaultdict(list)
        for company, business in self.businesses.items():
            actors = self._choose_actors(company, business)
            for day, deed in self._get_openings(actors):
                events[day].append(deed)
            money = MoneyReceived(self.env, company, self.today, apart=self.env["billing.account"].union(*actors))
            for day, deed in money.plan():
                events[day].append(deed)
        self.events, dating = events, Dating(self.env)
        day = min(events)
        while day <= self.today:
            if day.weekday() == MONDAY:
                self._refresh_statistics()
            for deed in self.events.pop(day, ()):
                deed(day)
            if self._is_collecting(day):
                self.env["billing.collection.day"].run_day(datetime.combine(day, EVENING), commit=keep.allowed)
                self._send_messages()
                keep()
            dating.end_day(day)
            day += timedelta(days=1)
        self._hand_over()
        dating.write()

    def _send_messages(self):
        """Send what the day has to say: a fee is charged only when its announcement has left."""
        waiting = self.env["billing.collection.message"].search([("billing_delivery_state", "=", "pending")])
        for company, messages in waiting.grouped("company_id").items():
            self.env["billing.message.delivery"].send_now(messages.with_company(company))

    def _hand_over(self):
        """Give the oldest case to a collector, by hand."""
        cases = self.env["billing.collection.case"].search([("state", "=", "open"), ("amount_overdue", ">", 0)])
        oldest = cases.sorted(lambda case: (-case.days_overdue, case.id))[:1]
        self.env["billing.collection.acts"].hand_over(oldest, "Does not answer any more.")

    def _is_collecting(self, day):
        """The last month is played day by day, the time before it once a week: steps are made up for anyway."""
        if day >= self.today - timedelta(days=30):
            return day.weekday() < SATURDAY or day == self.today
        return day.weekday() == THURSDAY

    def _refresh_statistics(self):
        """Tell PostgreSQL how full the tables have become; they grow faster than it looks by itself."""
        self.env.flush_all()
        self.env.cr.execute(
            "ANALYZE account_move, account_move_line, account_payment, account_partial_reconcile, payment_transaction"
        )

    def _on(self, day, deed):
        """Have something done on a later day, if that day comes."""
        if day <= self.today:
            self.events[day].append(deed)

    def _choose_actors(self, company, business):
        """Return {account: role}: accounts that owe for the longest time, and that nobody logs in as."""
        moves = self.env["account.move"].search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "posted"),
                ("move_type", "=", "out_invoice"),
                ("amount_residual", ">", 20),
                ("billing_account_id.parked_reason", "=", False),
                ("invoice_date_due", "<=", self.today - timedelta(days=45)),
            ],
            order="invoice_date_due, id",
        )
        accounts = moves.filtered(lambda move: not move.partner_id.user_ids).billing_account_id
        return dict(zip(accounts, ROLES[business], strict=False))

    def _get_openings(self, actors):
        for account, role in actors.items():
            if role == "silent":
                continue
            first_due = min(self._get_open(account).mapped("invoice_date_due"))
            after = BEGINS.get(role, 12)
            day = self.today - timedelta(days=2) if after is None else first_due + timedelta(days=after)
            deed = getattr(self, f"_open_{role}")
            yield min(day, self.today), lambda day, deed=deed, account=account: deed(account, day)

    def _get_open(self, account, until=None):
        """Return the open invoices of an account, as of a day those that there were."""
        return account.move_ids.filtered(
            lambda move: (
                move.state == "posted"
                and move.move_type == "out_invoice"
                and move.amount_residual > 0
                and (until is None or move.invoice_date <= until)
            )
        )

    # -- installments -------------------------------------------------------------------------------------------------

    def _agree(self, account, day, count, weeks=1, **terms):
        moves = self._get_open(account, day)
        rules = self.env["billing.installment.rule"].search([("company_id", "=", account.company_id.id)])
        rule = rules.filtered("interest_rate") if terms.get("annual_percent") else rules[:1]
        terms = {
            "first_date": day + timedelta(days=7),
            "count": count,
            "interval_unit": "week",
            "interval_count": weeks,
            "interest_code_id": rule.interest_code_id.id,
            "fee_code_id": rule.fee_code_id.id,
            "charge_timing": "now",
            **terms,
        }
        return self._get_services(account)["billing.installment.request"].request(moves, PlanTerms(**terms), day=day)

    def _get_services(self, account):
        return self.env(context=dict(self.env.context, allowed_company_ids=account.company_id.ids))

    def _pay_rows(self, plan, numbers):
        """Let the customer pay these installments on their days."""
        for row in plan.installment_ids.sorted("sequence"):
            if row.sequence in numbers:
                self._on(row.date, lambda day, row=row: self._pay_row(row, day))

    def _pay_row(self, row, day):
        if row.state not in ("open", "partial", "missed"):
            return
        action = row.action_register_payment()
        wizard = self._get_services(row.account_id)["account.payment.register"].with_context(**action["context"])
        wizard.create({"payment_date": day})._create_payments()

    def _open_kept(self, account, day):
        plan = self._agree(account, day, 3)
        self._pay_rows(plan, (1, 2, 3))
        self._pay_the_rest(account, day)

    def _open_broken(self, account, day):
        self._pay_rows(self._agree(account, day, 4), (1,))

    def _open_running(self, account, day):
        self._pay_rows(self._agree(account, day, 6, weeks=2), (1, 2))
        self._pay_the_rest(account, day)

    def _open_rescheduled(self, account, day):
        plan = self._agree(account, day, 3)
        self._pay_rows(plan, (1,))
        self._on(day + timedelta(days=10), lambda later: self._reschedule(plan, later))
        self._pay_the_rest(account, day)

    def _reschedule(self, plan, day):
        if plan.state != "active":
            return
        terms = PlanTerms(first_date=day + timedelta(days=14), count=4, interval_unit="week", interval_count=2)
        new = self._get_services(plan.account_id)["billing.installment.request"].reschedule(
            plan, terms, note="A smaller amount every two weeks.", day=day
        )
        self._pay_rows(new, (1, 2, 3, 4))

    def _open_settled(self, account, day):
        plan = self._agree(account, day, 5, method="annuity", annual_percent=Decimal(9))
        self._pay_rows(plan, (1, 2))
        self._on(day + timedelta(days=17), lambda later: self._settle(plan, later))
        self._pay_the_rest(account, day)

    def _settle(self, plan, day):
        if plan.state == "active":
            self._get_services(plan.account_id)["billing.installment.ending"].settle_early(plan, day=day)
            for row in plan.installment_ids:
                self._pay_row(row, day)

    def _open_asked(self, account, day):
        """A request waits for the manager."""
        terms = PlanTerms(first_date=day + timedelta(days=14), count=3)
        plans = self._get_services(account)["billing.installment.request"]
        clerk = self.env["res.users"].search([("login", "=", "clerk@demo.example")])
        moves = self._get_open(account, day)
        total = sum(moves.mapped("amount_residual"))
        rule = (
            self.env["billing.installment.rule"]
            .search([("company_id", "=", account.company_id.id)])
            .filtered(lambda one: one.amount_min <= total <= (one.amount_max or total))[:1]
        )
        rule.approval_limit = 1.0
        plans.with_user(clerk).request(moves, terms, rule=rule.with_user(clerk), day=day)

    def _pay_the_rest(self, account, day):
        """What is billed after the plan is paid as usual."""
        money = MoneyReceived(self.env, account.company_id, self.today)
        for move in self._get_open(account).filtered(lambda move: move.invoice_date > day):
            self._on(
                move.invoice_date + timedelta(days=5),
                lambda later, move=move: money.register(later, "transfer", move) if move.amount_residual else None,
            )

    # -- promises, disputes, fees -------------------------------------------------------------------------------------

    def _promise(self, account, day, promised):
        moves = self._get_open(account, day)
        return self.env["billing.payment.promise"].create(
            {
                "account_id": account.id,
                "move_ids": [(6, 0, moves.ids)],
                "amount": sum(moves.mapped("amount_residual")),
                "date_made": day,
                "date": promised,
            }
        )

    def _open_promise_open(self, account, day):
        self._promise(account, day, self.today + timedelta(days=5))

    def _open_promise_broken(self, account, day):
        self._promise(account, day, day + timedelta(days=9))

    def _open_promise_kept(self, account, day):
        moves = self._promise(account, day, day + timedelta(days=9)).move_ids
        money = MoneyReceived(self.env, account.company_id, self.today)
        self._on(day + timedelta(days=7), lambda later: money.register(later, "transfer", moves))

    def _open_disputed(self, account, day):
        self._get_open(account, day)[:1].action_toggle_block_payment()

    def _open_waived(self, account, day):
        """Charged fees are waived a month later, as a courtesy."""
        self._on(min(day + timedelta(days=40), self.today), lambda later: self._waive(account, later))

    def _waive(self, account, day):
        fees = self.env["billing.late.fee"].search([("account_id", "=", account.id), ("state", "=", "charged")])
        if fees:
            self._get_services(account)["billing.late.fee.waiver"].waive(
                fees, "Courtesy: the letter came back.", day=day
            )
