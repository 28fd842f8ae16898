"""The first steps, from an address to a paid invoice: what is done is seen from what is there, not from clicks."""

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import config

MANAGER = "online_billing.group_billing_manager"
PAID_STATES = ("in_payment", "paid", "partial")
# the first paid invoice does not need them
OPTIONAL = ("bank", "sender", "provider", "reminders")


class BillingHomeSteps(models.AbstractModel):
    _name = "billing.home.steps"
    _description = "First Steps"

    @api.private
    def get_steps(self):
        """Return the first steps of the current company, until all are done or somebody has put them away.

        :return: [{"name", "label", "hint", "is_done", "is_optional", "may_open"}]
        """
        if self.env.company.billing_steps_away:
            return []
        texts, done = self._get_texts(), self._get_done()
        if all(done.values()):
            return []
        return [
            {
                "name": name,
                "label": label,
                "hint": hint,
                "is_done": done[name],
                "is_optional": name in OPTIONAL,
                "may_open": self._may_open(name),
            }
            for name, (label, hint) in texts.items()
        ]

    @api.private
    def get_action(self, name):
        """Return the action that opens the right form for a step.

        :raise UserError: there is no such step, or somebody else has to do it
        """
        if name not in self._get_texts() or not self._may_open(name):
            raise UserError(self.env._("This step is done by a billing manager or an administrator. Ask one of them."))
        return getattr(self, f"_open_{name}")()

    def _get_texts(self):
        """Return {name: (what to do, what it is for)}, in their order."""
        _ = self.env._
        return {
            "company": (
                _("Your address and e-mail"),
                _("They stand on every invoice, and answers of customers go there."),
            ),
            "bank": (_("Your bank account"), _("It stands on every invoice, for customers who pay by transfer.")),
            "sender": (
                _("Your mail server"),
                _("Invoices and reminders leave through it; not needed where this host sends mails by itself."),
            ),
            "price": (
                _("A price"),
                _("What you sell, for how much, and how often. A monthly and a yearly plan are ready to take."),
            ),
            "plan": (_("A plan"), _("What customers subscribe to; “A price” makes one, billed monthly or yearly.")),
            "customer": (_("A customer"), _("Name and e-mail: opens an account, and subscribes it to your plan.")),
            "subscription": (
                _("A subscription or a charge"),
                _("What the customer is billed for; “A customer” makes a subscription."),
            ),
            "run": (_("The first bill"), _("Press “Bill Now” on the account, or start a run for all of them.")),
            "send": (
                _("The first invoice sent"),
                _("Invoices are mailed by themselves after a run, or at once by you; letters are printed."),
            ),
            "payment": (
                _("The first payment"),
                _("Customers pay by the link in the mail, or you register what came in."),
            ),
            "provider": (
                _("A payment provider"),
                _("Customers pay at once, by card or from their account, where the link in the mail leads them."),
            ),
            "reminders": (
                _("Reminders"),
                _("Whoever does not pay is reminded by a policy. Nobody is, until you choose one."),
            ),
        }

    def _get_done(self):
        """Return {name of a step: whether what it is about is there}."""
        company = self.env.company
        partner = company.partner_id
        invoices = Domain("billing_account_id", "!=", False) & Domain("state", "=", "posted")
        return {
            "company": bool(partner.email and partner.country_id and (partner.street or partner.city)),
            "bank": bool(partner.bank_ids),
            "sender": self._has_mail_server(),
            "price": self._exists("billing.price"),
            "plan": self._exists("billing.plan.line"),
            "customer": self._exists("billing.account", Domain("state", "!=", "draft")),
            "subscription": self._exists("billing.subscription", Domain("state", "!=", "draft"))
            or self._exists("billing.charge"),
            "run": self._exists("account.move", invoices),
            # "none": the customer reads it in the portal, and nothing is sent
            "send": self._exists("account.move", invoices & Domain("billing_delivery_state", "in", ("sent", "none"))),
            "payment": self._exists("account.move", invoices & Domain("payment_state", "in", PAID_STATES)),
            # sudo: providers are for administrators; only whether there is one is looked at
            "provider": self.sudo()._exists("payment.provider", Domain("state", "!=", "disabled")),
            "reminders": bool(company.default_collection_policy_id)
            or self._exists("billing.account", Domain("collection_policy_id", "!=", False)),
        }

    def _has_mail_server(self):
        """Tell whether mails have a way out: a mail server in Odoo, or one that the host names."""
        # sudo: servers are for administrators; only whether there is one is looked at
        return bool(self.env["ir.mail_server"].sudo().search([], limit=1)) or config["smtp_server"] != "localhost"

    def _exists(self, model, domain=Domain.TRUE):
        return bool(self.env[model].search(domain & Domain("company_id", "=", self.env.company.id), limit=1))

    def _may_open(self, name):
        if name == "company":
            return self.env.company.has_access("write")
        if name in ("sender", "provider"):
            return self.env[{"sender": "ir.mail_server", "provider": "payment.provider"}[name]].has_access("create")
        return name not in ("bank", "price", "plan", "run", "reminders") or self.env.user.has_group(MANAGER)

    # -- where each step is done --------------------------------------------------------------------------------------

    def _open_company(self):
        return self._get_dialogue("res.company", self.env._("Your Address and E-mail"), "company", self.env.company.id)

    def _open_bank(self):
        form = self._get_form("res.partner.bank", default_partner_id=self.env.company.partner_id.id)
        return {**form, "name": self.env._("Your Bank Account"), "target": "new"}

    def _open_sender(self):
        return {**self._get_form("ir.mail_server"), "name": self.env._("Your Mail Server")}

    def _open_provider(self):
        return self._get_list("payment.action_payment_provider")

    def _open_reminders(self):
        return self._get_dialogue("billing.settings", self.env._("Reminders"), "reminders")

    def _open_price(self):
        return self._get_dialogue("billing.new.price", self.env._("New Price"), "new_price")

    def _open_plan(self):
        return self._get_dialogue("billing.new.price", self.env._("New Price"), "new_price")

    def _open_customer(self):
        return self._get_dialogue("billing.new.customer", self.env._("New Customer"), "new_customer")

    def _open_subscription(self):
        accounts = self.env["billing.account"].search(
            Domain("state", "!=", "closed") & Domain("company_id", "=", self.env.company.id), limit=2
        )
        return self._get_form("billing.subscription", default_account_id=accounts.id if len(accounts) == 1 else False)

    def _open_run(self):
        due = Domain("state", "=", "active") & Domain("next_billing_date", "!=", False)
        return self._get_only("billing.account", due) or self._get_form("billing.run")

    def _open_send(self):
        posted = Domain("state", "=", "posted")
        lists = {"pending": "to_send", "letter": "letters", "failed": "failed"}
        if only := self._get_only("account.move", posted & Domain("billing_delivery_state", "in", list(lists))):
            return only
        for state, action in lists.items():
            if self._exists("account.move", posted & Domain("billing_delivery_state", "=", state)):
                return self._get_list(f"account_move_action_{action}")
        return self._get_list("account_move_action_to_send")

    def _open_payment(self):
        owed = Domain("billing_account_id", "!=", False) & Domain("billing_is_open", "=", True)
        return self._get_only("account.move", owed) or self._get_list("account_move_action_open")

    def _get_only(self, model, domain):
        """Return the action that opens the form of the only record of a domain, or nothing where there are more."""
        found = self.env[model].search(domain & Domain("company_id", "=", self.env.company.id), limit=2)
        return self._get_form(model, found.id) if len(found) == 1 else None

    def _get_form(self, model, record_id=False, **context):
        return {
            "type": "ir.actions.act_window",
            "res_model": model,
            "res_id": record_id,
            "views": [(False, "form")],
            "context": context,
        }

    def _get_dialogue(self, model, title, view, record_id=False):
        view_id = self.env["ir.model.data"]._xmlid_to_res_id(f"online_billing.home_{view}_view_form")
        return {
            **self._get_form(model, record_id),
            "name": title,
            "views": [(view_id, "form")],
            "target": "new",
        }

    def _get_list(self, action):
        action = action if "." in action else f"online_billing.{action}"
        return self.env["ir.actions.act_window"]._for_xml_id(action)
