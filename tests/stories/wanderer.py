"""Somebody who wanders through the product: opens a record, presses what can be pressed, fills what is asked.

What people can press is what the views show for the record then, by Odoo's own reading of them. An act is done and
committed, or refused by a sentence for people and taken back. Whatever else comes up, and whatever is logged as an
error, is a fault.
"""

from __future__ import annotations

import logging
import random
import traceback
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import psycopg2
from lxml import etree
from odoo import SUPERUSER_ID, api, sql_db
from odoo.addons.web.controllers.utils import clean_action
from odoo.exceptions import MissingError, RedirectWarning, UserError
from odoo.service.model import call_kw
from odoo.tests import Form
from odoo.tests.common import freeze_time
from odoo.tests.form import MODIFIER_ALIASES
from odoo.tools.safe_eval import datetime as safe_datetime
from odoo.tools.safe_eval import safe_eval

from tests.stories import wandering_world
from tests.stories.books import Books

BEGINNING = datetime.fromisoformat("2026-03-02 12:00")
# {model: how often it is opened}
MODELS = {
    "billing.account": 4,
    "billing.subscription": 4,
    "billing.charge": 3,
    "billing.run": 2,
    "account.move": 6,
    "account.payment": 3,
    "billing.installment.plan": 3,
    "billing.collection.case": 3,
    "billing.payment.promise": 1,
    "billing.late.fee": 2,
    "billing.stop": 1,
    "billing.payment.consent": 1,
    "billing.payment.attempt": 1,
    "billing.collection.message": 1,
    "billing.question": 1,
}
MONEY = (
    *("action_register_payment", "action_reverse", "button_draft", "button_cancel", "action_post", "Pay", "Reverse"),
    *("action_draft", "action_take_payment", "action_bill_again", "action_plan_installments", "action_charge_now"),
)
NOT_TYPED = ("id", "scheduled_date")  # a day that a calendar of the browser writes as text
DEEPEST = 4  # dialogues that open from dialogues
WORDS = ("Because", "As agreed by telephone", "PO 4711")


class Errors(logging.Handler):
    """Keeps what is logged as an error: jobs log what nobody foresaw, and go on."""

    def __init__(self):
        super().__init__(logging.ERROR)
        self.texts = []
        self.setFormatter(logging.Formatter("%(name)s: %(message)s"))

    def emit(self, record):
        if record.name == "odoo.sql_db":
            return  # what the database refuses is raised as well
        self.texts.append(self.format(record))


class BrowserForm(Form):
    """A form whose days are texts, as in the expressions that a browser works out."""

    def _get_eval_context(self, values=None):
        context = super()._get_eval_context(values)
        return {name: str(value) if isinstance(value, date) else value for name, value in context.items()}


class Fault(Exception):
    """What must not happen, whatever is pressed."""


class Wanderer:
    def __init__(self, env, seed):
        self.registry, self.random = env.registry, random.Random(seed)
        self.told, self.errors = [], Errors()

    def wander(self, steps: int) -> dict:
        """Take so many steps, and return what was done and the fault that ended it, if one did."""
        self.registry["ir.mail_server"].send_email = lambda _server, message, *_args, **_more: message["Message-Id"]
        self.registry["ir.mail_server"]._connect__ = lambda *_args, **_more: None
        # what is written is of the day that is played
        sql_db.Cursor.now = lambda _cursor: datetime.now()  # noqa: DTZ005 frozen, without zone as Odoo's
        logging.getLogger().addHandler(self.errors)
        with freeze_time(BEGINNING, tick=True) as self.clock:
            try:
                with self.begin() as env:
                    self.staff = wandering_world.build(env)
                    self.books = Books(env)
                for number in range(steps):
                    self.told.append(f"{number + 1}. {date.today()}")
                    self.take_step()
                fault = None
            except Exception:  # noqa: BLE001 that is what is looked for
                fault = traceback.format_exc()
        return {"steps": self.told, "fault": fault}

    def take_step(self):
        [step] = self.random.choices(
            (self.press, self.press_on_list, self.make_new, self.edit, self.match, self.copy, self.let_days_pass),
            (12, 2, 2, 1, 2, 1, 3),
        )
        step()

    # -- acts of people -----------------------------------------------------------------------------------------------

    def tell(self, text):
        self.told[-1] += f" {text}"

    def act(self, work):
        """Do something in a transaction of its own, as somebody of the staff; what is refused is not done."""
        who = self.random.choice(sorted(self.staff))
        self.tell(f"{who}:")
        try:
            with self.begin(self.staff[who], lang="en_US", tz="UTC") as env:
                work(env)
        except MissingError:
            raise
        except (UserError, RedirectWarning) as error:
            if not str(error).strip():
                raise
            self.tell(f"({str(error).splitlines()[0]})")
        except AssertionError as error:  # the form in the browser would not have been sent
            if "is a required field" not in str(error):
                raise
            self.tell(f"({str(error).split(' (')[0]})")
        except psycopg2.IntegrityError as error:
            if not (sentence := self.get_sentence(error)):
                raise
            self.tell(f"({sentence})")
        self.look_back()

    @contextmanager
    def begin(self, user_id=SUPERUSER_ID, **context):
        """Yield an environment in a transaction of its own, as a request or a job has it."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, user_id, {**context, "uid": user_id})
            yield env
            env.flush_all()

    def look_back(self):
        """Look at the books and the log after an act."""
        if self.errors.texts:
            raise Fault("\n".join(self.errors.texts))
        with self.begin() as env:
            faults = self.books.look(env)
        if faults:
            raise Fault(faults)

    def get_sentence(self, error):
        """Return what people read when a rule of the database was broken: what the rule says; without that, nothing."""
        with self.begin() as env:
            for model in env.values():
                if rule := model._table_objects.get(error.diag.constraint_name or ""):
                    return rule.get_error_message(model, error.diag)
        return None

    def find(self, env, name=None, count=1):
        """Return random records of a model, or of a random one of which there are some."""
        there = {
            model: (env[model].search([], order="id"), weight)
            for model, weight in ({name: 1} if name else MODELS).items()
            if env[model].has_access("read")
        }
        there = {model: given for model, given in there.items() if given[0]}
        [name] = self.random.choices(list(there), [weight for _records, weight in there.values()])
        [records, _weight] = there[name]
        return records.browse(self.random.sample(records.ids, min(count, len(records))))

    def press(self):
        """Open a record and press a button of its form, or an entry of its menu."""

        def work(env):
            record = self.find(env)
            self.tell(f"{record}")
            form = BrowserForm(record)
            if button := self.choose([*self.get_buttons(form), *self.get_menu(record)]):
                self.follow(env, self.push(record, button), record)

        self.act(work)

    def press_on_list(self):
        """Choose records of a list and press a button above it, or an entry of its menu."""

        def work(env):
            records = self.find(env, count=self.random.randint(1, 3))
            self.tell(f"{records}")
            view = env[records._name].get_views([(False, "list")])["views"]["list"]
            tree = etree.fromstring(view["arch"])
            context = {"context": dict(env.context), "uid": env.uid}
            buttons = [
                (node, {}) for node in tree.xpath("./header/button[@name]") if self.is_shown(node, context)
            ] + self.get_menu(records, "list")
            if button := self.choose(buttons):
                self.follow(env, self.push(records, button), records)

        self.act(work)

    def make_new(self):
        """Make a record by the button New of its page."""

        def work(env):
            name = self.random.choice(
                ["billing.account", "billing.subscription", "billing.charge", "billing.run", "account.move",
                 "account.payment", "billing.payment.promise", "billing.stop"]
            )  # fmt: skip
            self.tell(f"new {name}")
            kind = {"account.move": {"default_move_type": self.random.choice(["out_invoice", "out_refund"])}}
            kind["account.payment"] = {"default_payment_type": "inbound", "default_partner_type": "customer"}
            form = BrowserForm(env[name].with_context(**kind.get(name, {})))
            self.fill(form)
            self.tell(f"-> {form.save()}")

        self.act(work)

    def edit(self):
        """Change a few fields of a record."""

        def work(env):
            record = self.find(env)
            self.tell(f"edit {record}")
            form = BrowserForm(record)
            self.fill(form, share=0.1)
            form.save()

        self.act(work)

    def copy(self):
        """Duplicate a record, or delete it."""

        def work(env):
            record = self.find(env)
            name = self.random.choice(["copy", "unlink"])
            self.tell(f"{name} {record}")
            call_kw(env[record._name], name, [record.ids], {})

        self.act(work)

    def match(self):
        """Match a payment with an invoice, or undo that, by the figures below the invoice."""

        def work(env):
            record = self.find(env, "account.move")
            offered = (record.invoice_outstanding_credits_debits_widget or {}).get("content") or []
            matched = (record.invoice_payments_widget or {}).get("content") or []
            choices = [("js_assign_outstanding_line", row["id"]) for row in offered]
            choices += [("js_remove_outstanding_partial", row["partial_id"]) for row in matched]
            if choices:
                name, argument = self.random.choice(choices)
                self.tell(f"{record} {name} {argument}")
                call_kw(env["account.move"], name, [record.ids, argument], {})

        self.act(work)

    # -- time ---------------------------------------------------------------------------------------------------------

    def let_days_pass(self):
        """Let days pass with all scheduled actions of the project."""
        days = self.random.choice([1, 1, 2, 3, 7])
        self.tell(f"{days} days pass")
        for _day in range(days):
            self.clock.move_to(datetime.combine(date.today() + timedelta(days=1), BEGINNING.time()))
            for job, model in self.get_jobs():
                if model == "billing.payment.attempt":
                    self.look_back()  # a debit is judged by what is open just before
                with self.begin() as env:
                    env["ir.cron"].browse(job).ir_actions_server_id.run()
            self.look_back()

    def get_jobs(self):
        """Return (id, name of the model) of the scheduled actions of the project."""
        with self.begin() as env:
            data = env["ir.model.data"].search([("model", "=", "ir.cron"), ("module", "=like", "online_billing%")])
            jobs = env["ir.cron"].browse(sorted(data.mapped("res_id")))
            return [(job.id, job.model_id.model) for job in jobs]

    # -- what can be pressed ------------------------------------------------------------------------------------------

    def get_buttons(self, form):
        """Return (node, values of the form) of what the form shows now and does something."""
        context = form._get_eval_context()
        return [
            (node, context)
            for node in form._view["tree"].iter("button")
            if node.get("name")
            and node.get("special") != "cancel"
            and not any(above.tag == "field" for above in node.iterancestors())
            and self.is_shown(node, context)
        ]

    def choose(self, buttons):
        """Return one of some buttons and entries: what moves money first, what opens a page last."""
        names = [one["name"] if isinstance(one, dict) else one[0].get("name") for one in buttons]
        weights = [10 if name in MONEY else 1 if "_view_" in name else 4 for name in names]
        return self.random.choices(buttons, weights)[0] if buttons else None

    def is_shown(self, node, context):
        expressions = [one.get("invisible") for one in (node, *node.iterancestors()) if one.get("invisible")]
        return not any(safe_eval(MODIFIER_ALIASES.get(text, text), dict(context)) for text in expressions)

    def get_menu(self, records, view="form"):
        """Return the entries of the menu Actions."""
        answer = records.env[records._name].get_views([(False, view)], {"toolbar": True})
        return (answer["views"][view].get("toolbar") or {}).get("action") or []

    def push(self, records, button):
        """Press a button of a form, or choose an entry of a menu; return the action that follows, if one does."""
        env, active = records.env, self.get_active(records)
        if isinstance(button, dict):
            self.tell(f"menu {button['name']}")
            return self.load(env(context={**env.context, **active}), button["id"])
        node, values = button
        self.tell(f"{node.get('name')}")
        context = safe_eval(node.get("context") or "{}", {**values, **active})
        if node.get("type") == "action":
            return self.load(env(context={**env.context, **active, **context}), int(node.get("name")))
        action = call_kw(
            env[records._name], node.get("name"), [records.ids], {"context": {**env.context, **active, **context}}
        )
        return clean_action(action, env) if isinstance(action, dict) and action.get("type") else None

    def get_active(self, records):
        return {"active_model": records._name, "active_ids": records.ids, "active_id": records[:1].id}

    def load(self, env, action_id):
        kind = env["ir.actions.actions"].sudo().browse(action_id).type
        if kind == "ir.actions.server":
            action = env[kind].browse(action_id).run()
            return clean_action(action, env) if action else None
        return env[kind].sudo().browse(action_id)._get_action_dict()

    # -- what follows -------------------------------------------------------------------------------------------------

    def follow(self, env, action, records, depth=1):
        """Go through what a button has opened: fill a dialogue and press its button, look at a page."""
        if not action or action.get("type") != "ir.actions.act_window" or depth > DEEPEST:
            return
        names = self.get_active(records)
        context = action.get("context") or {}
        if isinstance(context, str):
            context = safe_eval(context, {**env.context, **names, "uid": env.uid, "context": env.context})
        model = env[action["res_model"]].with_context(**{**env.context, **names, **context})
        views = {kind: view_id for view_id, kind in action.get("views") or [(False, "form")]}
        first = next(iter(views))
        if first != "form":
            self.look(model, action)
            return
        form = BrowserForm(model.browse(action.get("res_id") or []), view=views["form"] or None)
        self.tell(f"[{model._name}]")
        if action.get("target") != "new":
            return
        self.fill(form, share=self.random.choice([0, 0.15, 0.4]))
        buttons = self.get_buttons(form)
        if buttons and form._view["tree"].find("footer") is not None:
            button = self.random.choice(buttons)
            record = form.save()
            # it is shown by what was saved
            self.follow(env, self.push(record, button), record, depth + 1)
        else:
            form.save()

    def look(self, model, action):
        """Look at a page: its list, and the form of the first record."""
        domain = action.get("domain") or []
        if isinstance(domain, str):
            domain = safe_eval(domain, {**model.env.context, "uid": model.env.uid, "context": model.env.context})
        self.tell("page")
        if record := model.search(domain, limit=1):
            BrowserForm(record)

    # -- what is typed ------------------------------------------------------------------------------------------------

    def fill(self, form, share=0.2):
        """Fill what must be filled, and a share of what may be."""
        for name, field in list(form._view["fields"].items()):
            if name in NOT_TYPED or not field.get("type") or self.is_closed(form, name):
                continue
            needed = form._get_modifier(name, "required") and not form._values[name]
            if needed or self.random.random() < share:
                self.type_in(form, name, field)

    def is_closed(self, form, name):
        return form._get_modifier(name, "readonly") or form._get_modifier(name, "invisible")

    def type_in(self, form, name, field):
        kind, value = field["type"], form._values[name]
        if kind == "one2many":
            self.type_in_row(form, name)
        elif kind in ("many2one", "many2many"):
            if found := self.search_offered(form, name, field):
                one = self.random.choice(found)
                if kind == "many2one":
                    form[name] = one
                else:
                    form[name].add(one)
        elif kind == "selection":
            form[name] = self.random.choice(field["selection"])[0]
        elif kind == "boolean":
            form[name] = self.random.random() < 0.5
        elif kind == "integer":
            form[name] = self.random.choice([1, 2, 3, 5, 12])
        elif kind in ("float", "monetary"):
            form[name] = self.random.choice([1, 5, 10.5, 100, round((value or 0) / 2, 2), value or 20])
        elif kind == "date":
            form[name] = str(date.today() + timedelta(days=self.random.choice([-30, -3, 0, 0, 1, 10, 45])))
        elif kind == "datetime":
            form[name] = f"{date.today() + timedelta(days=self.random.choice([-1, 0, 3]))} 10:00:00"
        elif kind in ("char", "text", "html"):
            form[name] = self.random.choice(WORDS)

    def type_in_row(self, form, name):
        """Change a number, a day or a choice of a row, or add a row where there is none."""
        proxy, count = form[name], len(form._values[name])
        subview = form._view["fields"][name]["edition_view"]
        if not subview["fields"].keys() - {"id"}:
            return
        with proxy.edit(self.random.randrange(count)) if count else proxy.new() as row:
            self.fill(row, share=0.2)

    def search_offered(self, form, name, field):
        node = next(node for node in form._view["tree"].iter("field") if node.get("name") == name)
        domain = node.get("domain") or field.get("domain") or []
        if isinstance(domain, str):
            domain = safe_eval(domain, {**form._get_eval_context(), "datetime": safe_datetime})
        model = form._env[field["relation"]].with_context(**form._get_context(name))
        return model.browse(sorted(one for one, _name in model.name_search("", domain, limit=30)))
