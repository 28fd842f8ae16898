"""C12: from every state that is not an end something leads on, and what is paid or over is finished by the daily work.

The states are read from the models: a new model with states, or a new state, fails here until it is said what leads
out of it.
"""

import ast
from collections import ChainMap, defaultdict
from datetime import date
from pathlib import Path

from lxml import etree
from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from ... import engine
from ...services.installments.terms import PlanTerms
from ...services.shared.work_loop import Pass
from ..collection.collection_common import CollectionCase

ADDON = Path(engine.__file__).parents[1]

END = None  # nothing more is expected of it
PLAN = "plan"  # moves with the plan that it belongs to


def button(name, **shown):
    """Return a way out by a button; `shown` are values of the record beside its state with which it is shown."""
    return name, shown


# {(model, field): {state: a button that leads out of it}}; what the daily work leads out of is played below
WAYS = {
    ("billing.account", "state"): {
        "draft": button("action_activate"),
        "active": button("action_close"),
        "suspended": button("action_resume"),
        "closed": END,
    },
    ("billing.subscription", "state"): {
        "draft": button("action_activate"),
        "active": button("action_end"),
        "ended": END,
        "cancelled": END,
    },
    ("billing.charge", "state"): {"pending": button("action_void"), "invoiced": END, "void": END},
    # sums of charges, kept by the book
    ("billing.charge.month", "state"): {"pending": END, "invoiced": END, "void": END},
    ("billing.run", "state"): {
        "draft": button("action_start"),
        "running": button("action_stop"),
        "stopped": button("action_resume"),
        "done": END,
        "cancelled": END,
    },
    ("billing.collection.case", "state"): {
        "open": button("action_preview_write_off"),
        "paused": button("action_preview_write_off"),
        "handed_over": button("action_take_back", has_handed_over=True),
        "closed": END,
    },
    # a log: each row says what happened, and stays
    ("billing.collection.entry", "state"): dict.fromkeys(
        ("done", "skipped", "postponed", "failed", "undone", "note"), END
    ),
    ("billing.payment.promise", "state"): {
        "open": button("action_cancel"),
        "broken": END,
        "kept": END,
        "lapsed": END,
        "cancelled": END,
    },
    ("billing.late.fee", "state"): {
        "announced": button("action_waive"),
        "charged": END,
        "waived": END,
        "dropped": END,
    },
    ("billing.payment.consent", "state"): {
        "active": button("action_withdraw"),
        "paused": button("action_resume"),
        "withdrawn": END,
    },
    # what is under way is asked after by the job as well, however long it takes
    ("billing.payment.attempt", "state"): {
        "planned": button("action_stop", kind="debit"),
        "sent": button("action_ask_provider"),
        "unknown": button("action_say_what_happened"),
        "waiting": button("action_send_link"),
        "succeeded": END,
        "failed": END,
        "given_up": END,
    },
    ("billing.installment.plan", "state"): {
        "requested": button("action_refuse"),
        "approved": button("action_refuse"),
        "active": button("action_cancel"),
        "broken": button("action_settle_early"),
        "kept": END,
        "settled": END,
        "rescheduled": END,
        "cancelled": END,
    },
    ("billing.installment", "state"): {
        "open": PLAN,
        "partial": PLAN,
        "missed": PLAN,
        "paid": END,
        "cancelled": END,
    },
    ("billing.collection.message", "billing_delivery_state"): {
        "pending": button("action_cancel"),
        "failed": button("action_cancel"),
        "letter": button("action_print_letters", channel="letter"),
        "sent": END,
        "none": END,
        "cancelled": END,
    },
    ("account.move", "billing_delivery_state"): {
        "pending": button("action_send_billing_now", state="posted", billing_account_id=1),
        "failed": button("action_send_billing_now", state="posted", billing_account_id=1),
        "letter": button("action_print_letters", state="posted", billing_account_id=1),
        "sent": END,
        "none": END,
        "cancelled": END,
    },
    ("account.payment", "billing_delivery_state"): {
        "pending": button("action_send_receipt", state="paid", billing_account_id=1),
        "failed": button("action_send_receipt", state="paid", billing_account_id=1),
        "letter": END,  # receipts are not printed
        "sent": END,
        "none": END,
        "cancelled": END,
    },
}


@tagged("post_install", "-at_install")
@freeze_time("2026-11-10 12:00:00")
class TestNoTrap(CollectionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.code = cls.make_code("NET", price=50)
        cls.policy = cls.make_policy(("overdue", 1), ("overdue", 10, {"suspends": True}))

    # -- every state that there is -------------------------------------------------------------------------------------

    def get_states(self):
        """Return {(model, field): [state]} of everything that has a life."""
        found = {}
        for name in self.env.registry:
            model = self.env[name]
            if model._abstract or not (name.startswith("billing.") or "billing_delivery_state" in model._fields):
                continue
            if model._original_module.startswith("online_billing_"):
                continue  # each addon tries its own
            for name_of in ("state", "billing_delivery_state"):
                field = model._fields.get(name_of)
                if field and field.store and (name_of != "state" or getattr(model, "_life", None)):
                    found[name, name_of] = [value for value, _label in field._description_selection(self.env)]
        return found

    def test_case_C12_no_state_is_a_trap_every_state_says_what_leads_out_of_it(self):
        found = self.get_states()
        self.assertGreater(len(found), 10)
        self.assertEqual(
            {key: set(states) for key, states in found.items()}, {key: set(ways) for key, ways in WAYS.items()}
        )

    def test_case_C12_no_state_is_a_trap_what_the_tables_call_an_end_is_one(self):
        tables = {
            "account": "billing.account",
            "subscription": "billing.subscription",
            "charge": "billing.charge",
            "run": "billing.run",
            "case": "billing.collection.case",
            "promise": "billing.payment.promise",
            "late_fee": "billing.late.fee",
            "installment_plan": "billing.installment.plan",
            "payment_consent": "billing.payment.consent",
            "payment_attempt": "billing.payment.attempt",
        }
        self.assertEqual(set(tables), set(engine.MACHINES))
        ends = {
            name: {state for state, way in WAYS[model, "state"].items() if way is END} for name, model in tables.items()
        }
        told = {name: set(machine.final) for name, machine in engine.MACHINES.items()}
        told["installment_plan"].remove("broken")  # an end for the books, and still something to decide on
        self.assertEqual(ends, told)
        stuck = {
            (name, state)
            for name, machine in engine.MACHINES.items()
            for state in set(machine.states) - ends[name]
            if not machine.events_from(state)
        }
        self.assertFalse(stuck)

    def test_case_C12_no_state_is_a_trap_somebody_brings_about_every_event(self):
        told = set()
        for file in ADDON.rglob("*.py"):
            if "tests" not in file.parts and "engine" not in file.parts:
                told |= {node.value for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Constant)}
        events = {event for machine in engine.MACHINES.values() for event in machine.events}
        self.assertGreater(len(events), 20)
        self.assertFalse(events - told)

    def test_case_C12_no_state_is_a_trap_its_button_is_shown_in_it(self):
        forms, hidden = {}, []
        for (model, field), ways in WAYS.items():
            if model not in forms:
                views = self.env["ir.ui.view"].search([("model", "=", model), ("type", "in", ("form", "list"))])
                manager = self.env[model].with_user(self.manager).sudo()
                forms[model] = [
                    etree.fromstring(manager.get_view(view.id, view.type)["arch"])
                    for view in views.filtered(lambda view: view.mode == "primary")
                ]
            for state, way in ways.items():
                if way in (END, PLAN):
                    continue
                name, shown = way
                buttons = [one for form in forms[model] for one in form.iterfind(f".//button[@name='{name}']")]
                values = {"id": 1, "state": state, field: state, "context": {}, **shown}
                if not (hasattr(self.env[model], name) and any(self.is_shown(one, values) for one in buttons)):
                    hidden.append((model, state, name))
        self.assertFalse(hidden)

    def is_shown(self, node, values):
        """Tell whether a button is shown on a record with the values; what is not told of it is empty."""
        condition = node.get("invisible") or "False"
        known = ChainMap(values, {"True": True, "False": False}, defaultdict(bool))
        return not eval(condition, {"__builtins__": {}}, known)  # noqa: S307 pylint: disable=eval-used

    # -- what is paid or over is finished by the daily work ------------------------------------------------------------

    def make_kinds(self):
        """Return {kind: account}: every kind of account on which something may be left unfinished."""
        kinds = {name: self.make_account(f"Customer {name}") for name in ("active", "suspended", "closed", "exempt")}
        kinds["suspended"].action_suspend()
        kinds["exempt"].collection_exempt = True
        kinds["archived"] = self.make_account("Customer archived")
        kinds["without policy"] = self.make_account("Customer without policy")
        return kinds

    def settle_kinds(self, kinds):
        """Make accounts what their kind says, after what was done on them."""
        kinds["closed"]._apply_event("close")
        kinds["archived"].partner_id.active = False
        self.env.flush_all()

    def promise(self, move, amount=100, day="2026-11-20"):
        return self.env["billing.payment.promise"].create(
            {"account_id": move.billing_account_id.id, "move_ids": [(6, 0, move.ids)], "amount": amount, "date": day}
        )

    def credit(self, moves):
        moves._reverse_moves([{"invoice_date": "2026-11-11", "date": "2026-11-11"} for _move in moves], cancel=True)

    def collect_without_wake(self, day):
        """Let the daily collection alone look, as where the look after a payment failed."""
        self.env.cr.precommit.data.pop("billing_collection_wake", None)
        self.collect(day)
        self.env.invalidate_all()

    def test_case_C12_no_state_is_a_trap_every_promise_is_judged(self):
        for event, expected in (("paid", "kept"), ("unpaid", "broken"), ("credited", "lapsed")):
            kinds = self.make_kinds()
            moves = {kind: self.owe(account, "2026-11-01") for kind, account in kinds.items()}
            promises = {kind: self.promise(move, amount=move.amount_residual) for kind, move in moves.items()}
            self.settle_kinds(kinds)
            for move in moves.values():
                if event == "paid":
                    self.pay_invoice(move)
                elif event == "credited":
                    self.credit(move)
            self.collect_without_wake("2026-11-21")
            states = {kind: promise.state for kind, promise in promises.items()}
            self.assertEqual(states, dict.fromkeys(kinds, expected), event)

    def test_case_C12_no_state_is_a_trap_a_plan_that_is_paid_before_its_bill_is_due_is_finished(self):
        kinds = self.make_kinds()
        plans = {}
        for kind, account in kinds.items():
            move = self.owe(account, "2027-06-30")
            plans[kind] = self.env["billing.installment.request"].request(
                move,
                PlanTerms(first_date=date(2026, 12, 1), count=2),
                self.env["billing.installment.rule"],
                day=date(2026, 11, 10),
            )
        self.settle_kinds(kinds)
        for plan in plans.values():
            self.pay_invoice(plan.move_ids, plan.amount_open)
        self.collect_without_wake("2026-11-12")
        states = {kind: (plan.state, set(plan.installment_ids.mapped("state"))) for kind, plan in plans.items()}
        self.assertEqual(states, dict.fromkeys(kinds, ("settled", {"paid"})))

    def test_case_C12_no_state_is_a_trap_every_case_is_closed_when_nothing_is_open(self):
        kinds = {name: self.make_account(f"Customer {name}") for name in ("late", "disputed", "promised", "handed")}
        kinds.update(exempt=self.make_account("Customer exempt"), planned=self.make_account("Customer planned"))
        moves = {kind: self.owe(account, "2026-10-01") for kind, account in kinds.items()}
        self.collect("2026-11-10")
        cases = {kind: self.get_case(account) for kind, account in kinds.items()}
        moves["disputed"].action_toggle_block_payment()
        self.promise(moves["promised"])
        self.env["billing.collection.acts"].hand_over(cases["handed"], "to the lawyer")
        kinds["exempt"].collection_exempt = True
        self.env["billing.installment.request"].request(
            moves["planned"],
            PlanTerms(first_date=date(2026, 12, 1), count=2),
            self.env["billing.installment.rule"],
            day=date(2026, 11, 10),
        )
        self.collect("2026-11-11")
        states = {kind: cases[kind].state for kind in ("disputed", "promised", "handed")}
        self.assertEqual(states, {"disputed": "paused", "promised": "paused", "handed": "handed_over"})
        self.company.default_collection_policy_id = False  # nobody is reminded any more
        for move in moves.values():
            self.credit(move)
        self.collect_without_wake("2026-11-13")
        self.assertEqual({kind: case.state for kind, case in cases.items()}, dict.fromkeys(kinds, "closed"))

    def test_case_C12_no_state_is_a_trap_service_comes_back_to_who_paid_whatever_holds_by_then(self):
        kinds = {name: self.make_account(f"Customer {name}") for name in ("plain", "exempt", "without policy")}
        moves = {kind: self.owe(account, "2026-10-01") for kind, account in kinds.items()}
        self.collect_days("2026-11-10", "2026-11-12")
        self.assertEqual({account.state for account in kinds.values()}, {"suspended"})
        kinds["exempt"].collection_exempt = True
        self.company.default_collection_policy_id = False
        for move in moves.values():
            self.credit(move)
        self.collect_without_wake("2026-11-13")
        self.assertEqual({kind: account.state for kind, account in kinds.items()}, dict.fromkeys(kinds, "active"))

    def test_case_C12_no_state_is_a_trap_a_subscription_billed_in_advance_ends_on_its_day(self):
        kinds = {name: self.make_account(f"Customer {name}") for name in ("active", "suspended")}
        plan = self.make_plan(self.code)
        subscriptions = {kind: self.subscribe(account, plan, "2026-10-11") for kind, account in kinds.items()}
        for subscription in subscriptions.values():
            self.bill(subscription.account_id, "2026-11-10")
            self.env["billing.subscription.lifecycle"].set_end(subscription, date(2026, 11, 10))
        self.assertFalse(kinds["active"].next_billing_date)
        kinds["suspended"].action_suspend()
        runs = self.env["billing.run.work"]
        runs.start_daily_runs(fields.Datetime.to_datetime("2026-11-10 23:00:00"))
        self.assertEqual({subscription.state for subscription in subscriptions.values()}, {"active"})
        runs.start_daily_runs(fields.Datetime.to_datetime("2026-11-11 01:00:00"))
        self.env.invalidate_all()
        self.assertEqual({subscription.state for subscription in subscriptions.values()}, {"ended"})
        kinds["active"].action_close()

    def test_case_C12_no_state_is_a_trap_an_account_is_not_closed_over_unfinished_things(self):
        charged, planned = self.make_account("Ada"), self.make_account("Grace")
        charge = self.env["billing.charge"].create({"account_id": charged.id, "code_id": self.code.id})
        plan = self.env["billing.installment.request"].request(
            self.owe(planned, "2026-11-01"),
            PlanTerms(first_date=date(2026, 12, 1), count=2),
            self.env["billing.installment.rule"],
            day=date(2026, 11, 10),
        )
        with self.assertRaisesRegex(UserError, "still to be billed"):
            charged.action_close()
        with self.assertRaisesRegex(UserError, plan.name):
            planned.action_close()
        self.bill(charged, "2026-11-10")
        plan.action_cancel()
        (charged | planned).action_close()
        self.assertEqual((charge.state, charged.state, planned.state), ("invoiced", "closed", "closed"))

    def test_case_C12_no_state_is_a_trap_a_charge_that_comes_back_to_a_closed_account_is_listed(self):
        account = self.make_account()
        charge = self.env["billing.charge"].create({"account_id": account.id, "code_id": self.code.id})
        self.bill(account, "2026-11-10")
        account.action_close()
        view = self.env.ref("online_billing.billing_account_view_search")
        [listed] = etree.fromstring(view.arch).xpath("//filter[@name='closed_unbilled']/@domain")
        domain = ast.literal_eval(listed)
        self.assertNotIn(account, self.env["billing.account"].search(domain))
        charge.invoice_id.button_draft()
        charge.invoice_id.button_cancel()
        account.action_reopen()
        self.env["billing.charging"].bill_again(charge, "soon")
        account._apply_event("close")
        self.assertIn(account, self.env["billing.account"].search(domain))

    def test_case_C12_no_state_is_a_trap_a_run_whose_host_died_goes_on_and_ends(self):
        accounts = self.env["billing.account"].union(*(self.make_account(f"Customer {number}") for number in range(3)))
        for account in accounts:
            self.subscribe(account, self.make_plan(self.code), "2026-11-01")
        run = self.env["billing.run"].create({"target_date": "2026-11-10", "account_ids": [(6, 0, accounts.ids)]})
        work = self.env["billing.run.work"]
        work.start(run, background=False)
        self.patch(type(work), "_batch_size", 1)
        work.process_batch(run)
        self.assertEqual(run.state, "running")
        accounts[2].action_suspend()  # and one of them is no longer to be billed
        self.assertIn(run, self.env["billing.run"].search([("state", "=", "running")]))
        work.process(run, commit=False)
        self.assertEqual(run.state, "done")

    def test_case_C12_no_state_is_a_trap_a_message_to_who_was_archived_fails_and_is_listed(self):
        account = self.make_account()
        self.owe(account, "2026-10-01")
        self.collect("2026-11-10")
        message = self.get_messages(account)
        self.assertEqual(message.billing_delivery_state, "pending")
        account.partner_id.active = False
        self.env["billing.message.delivery"].do_batch(Pass(commit=False))
        self.assertNotEqual(message.billing_delivery_state, "pending")

    def test_case_C12_no_state_is_a_trap_what_was_cancelled_before_it_was_sent_waits_no_longer(self):
        move = self.make_invoice(self.make_account())
        failed = self.make_invoice(self.make_account("Grace Hopper"), delivery="failed")
        for one in move | failed:
            one.button_draft()
            one.button_cancel()
        delivery = self.env["billing.invoice.delivery"]
        delivery.do_batch(Pass(commit=False))
        self.env.invalidate_all()
        self.assertEqual({one.billing_delivery_state for one in move | failed}, {"cancelled"})
        move.button_draft()
        self.assertEqual(move.billing_delivery_state, "cancelled")
        move.action_post()
        self.assertEqual((move.billing_delivery_state, move.billing_delivery_error), ("pending", False))
