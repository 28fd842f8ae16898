"""What needs a person today and what comes next, as figures that open their lists."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from markupsafe import Markup
from odoo import api, models, tools
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.safe_eval import safe_eval

# no figure counts further, as no list of Odoo's does
LIMIT = 10_000
# a broken promise is talked about while it is news
NEWS_DAYS = 30
# what comes next is counted for today, tomorrow and six days more
PLACES = ("0", "1", "2")
MANAGER = "online_billing.group_billing_manager"


@dataclass(frozen=True, slots=True)
class HomeList:
    """One list of the first page: which action shows it, and which records stand on it."""

    name: str
    label: str
    action: str
    model: str
    domain: Domain
    group: str = ""
    day: str = ""


class BillingHomeLists(models.AbstractModel):
    _name = "billing.home.lists"
    _description = "Lists of the First Page"

    @api.private
    def get_waiting(self, today):
        """Return the figures of what needs a person: those that are not zero, as the user may see them.

        :param date today: of the user
        :return: [{"name", "label", "count", "is_more"}]; nothing is counted beyond 10,000
        """
        figures = []
        for listed in self._get_waiting_lists(today):
            count = self.env[listed.model].search_count(listed.domain, limit=LIMIT) if self._may_see(listed) else 0
            if count:
                figures.append({"name": listed.name, "label": listed.label, "count": count, "is_more": count == LIMIT})
        return figures

    @api.private
    def get_coming(self, today):
        """Return what comes next, by kind: how many today, tomorrow and on the days after that.

        What should have been done on an earlier day counts today.

        :param date today: of the user
        :return: [{"label", "counts": [{"name", "count"}]}]; kinds without anything are left out
        """
        rows = []
        for listed in self._get_coming_lists(today):
            if not self._may_see(listed):
                continue
            counts = [
                {"name": f"{listed.name}.{place}", "count": count}
                for place, count in enumerate(self._count_by_days(listed, today))
            ]
            if any(entry["count"] for entry in counts):
                rows.append({"label": listed.label, "counts": counts})
        return rows

    def _count_by_days(self, listed, today):
        """Return the numbers of records between the borders of the days; one pass counts them all."""
        model = self.env[listed.model]
        query = model._search(listed.domain)
        day = model._field_to_sql(model._table, listed.day, query)
        places = [
            SQL("COUNT(*) FILTER (WHERE %s >= %s AND %s < %s)", day, first, day, last)
            for first, last in pairwise(self._get_borders(today))
        ]
        [counts] = self.env.execute_query(query.select(*places))
        return counts

    @api.private
    def get_action(self, name, today):
        """Return the action that opens the list of a figure: exactly the records that were counted.

        :param str name: of the figure
        :param date today: of the user
        :raise UserError: there is no such list
        """
        kind, _dot, place = name.partition(".")
        for listed in (*self._get_waiting_lists(today), *self._get_coming_lists(today)):
            if listed.name == kind and self._may_see(listed) and place in (PLACES if listed.day else ("",)):
                domain = listed.domain
                if place:
                    first, after = self._get_borders(today)[int(place) :][:2]
                    domain &= Domain(listed.day, "<", after)
                    domain &= Domain(listed.day, ">=", first) if first > date.min else Domain.TRUE
                return self.prepare_action(listed.action, listed.label, domain)
        raise UserError(self.env._("There is no such list any more. Load the page anew."))

    @api.private
    def prepare_action(self, action, label, domain):
        """Return an action of ours that shows the records of a domain, under a name, without filters of its own.

        Nor does it begin with the favourite of whoever looks: it shows what was counted. Where that is nothing, it says
        so of the figure: that there is none at all, as the whole list says, may be wrong.
        """
        values = self.env["ir.actions.act_window"]._for_xml_id(action)
        context = safe_eval(values["context"], {"uid": self.env.uid})
        kept = {key: value for key, value in context.items() if not key.startswith("search_default_")}
        kept["search_disable_custom_filters"] = True
        title = self.env._("Nothing counts as “%(figure)s”", figure=label)
        text = self.env._(
            "This list holds what the figure on Home counts, and nothing else. What comes appears here by itself."
        )
        help_text = Markup('<p class="o_view_nocontent_smiling_face">%s</p><p>%s</p>') % (title, text)
        return dict(values, display_name=label, name=label, domain=list(domain), context=kept, help=help_text)

    # -- which lists there are ----------------------------------------------------------------------------------------

    def _get_waiting_lists(self, today):
        """Return the lists of what needs a person, in the order of the page. An override adds its own."""
        _ = self.env._
        disputed = Domain("reason", "=", "dispute") & Domain("date_to", "=", False)
        broken = Domain("state", "=", "broken")
        promised = broken & Domain("date_ended", ">", today - timedelta(days=NEWS_DAYS))
        called = Domain("state", "!=", "closed") & Domain("activity_ids.date_deadline", "<=", today)
        drafted = Domain("billing_account_id", "!=", False) & Domain("state", "=", "draft")
        stopped = Domain("state", "=", "stopped")
        # what waits for the customer is the customer's turn
        unclear = Domain("state", "=", "unknown") | Domain("state", "=", "succeeded") & Domain("is_booked", "=", False)
        return [
            self._get_list("not_billed", _("Accounts not billed"), "billing_account_action_parked"),
            self._get_list("stopped", _("Runs stopped"), "billing_run_action", stopped, MANAGER),
            self._get_list("drafts", _("Draft invoices to review"), "account_move_action_billing", drafted),
            self._get_list("not_sent", _("Invoices not sent"), "account_move_action_failed"),
            self._get_list("letters", _("Invoices to print"), "account_move_action_letters"),
            self._get_list("receipts", _("Receipts not sent"), "account_payment_action_receipt_failed"),
            self._get_list("debits", _("Payments to clear up"), "billing_payment_attempt_action_attention", unclear),
            self._get_list("messages", _("Reminders and texts not sent"), "billing_collection_message_action_not_sent"),
            self._get_list(
                "approvals",
                _("Installment plans to approve"),
                "billing_installment_plan_action",
                Domain("state", "=", "requested"),
                MANAGER,
            ),
            self._get_list("plans", _("Installment plans broken"), "billing_installment_plan_action", broken),
            self._get_list("promises", _("Promises broken lately"), "billing_payment_promise_action", promised),
            self._get_list("calls", _("Calls and tasks due"), "billing_collection_case_action", called),
            self._get_list("disputes", _("Invoices in dispute"), "billing_stop_action", disputed),
            self._get_list(
                "write_offs",
                _("Write-offs proposed"),
                "billing_collection_case_action",
                Domain("wants_write_off", "=", True),
                MANAGER,
            ),
            self._get_list(
                "failures",
                _("Cases that failed"),
                "billing_collection_case_action",
                Domain("failure", "!=", False),
            ),
        ]

    def _get_coming_lists(self, today):
        """Return the lists of what comes next, up to the last day that is shown. An override adds its own."""
        _ = self.env._
        end = self._get_borders(today)[-1]
        running = Domain("state", "=", "active")
        due = Domain("state", "in", ("open", "partial")) & Domain("plan_state", "=", "active")
        promised = Domain("state", "=", "open")
        lists = [
            ("bill", _("Accounts to bill"), "billing_account_action", running, "next_billing_date"),
            ("step", _("Steps of the collection"), "billing_collection_case_action_calendar", Domain.TRUE, "next_date"),
            ("debit", _("Debits"), "billing_payment_attempt_action_coming", Domain.TRUE, "day"),
            ("installment", _("Installments due"), "billing_installment_action", due, "date"),
            ("promise", _("Promises to be kept"), "billing_payment_promise_action", promised, "date"),
        ]
        return [
            self._get_list(name, label, action, domain & Domain(day, "<", end), day=day)
            for name, label, action, domain, day in lists
        ]

    def _get_list(self, name, label, action, domain=Domain.TRUE, group="", day=""):
        """Return a list: what its action shows, of the companies that are chosen, as far as the domain says."""
        action = f"online_billing.{action}"
        model, shown = self.get_shown(action)
        own = Domain("company_id", "in", self.env.companies.ids)
        return HomeList(name, label, action, model, shown & own & domain, group, day)

    @api.private
    def get_shown(self, action):
        """Return (name of the model, Domain of its records) that an action shows.

        :param str action: external id
        """
        model, domain = self._read_action(action)
        return model, Domain(safe_eval(domain or "[]", {"uid": self.env.uid}))

    @tools.ormcache("action")
    def _read_action(self, action):
        """Return model and domain of an action; the registry forgets them when an action is changed."""
        record = self.env.ref(action).sudo()  # sudo: what everybody who may open it is shown
        return record.res_model, record.domain

    def _may_see(self, listed):
        return self.env[listed.model].has_access("read") and (not listed.group or self.env.user.has_group(listed.group))

    def _get_borders(self, today):
        """Return the first days of what is shown side by side: up to today, tomorrow, six days more, and the end."""
        return [date.min, *(today + timedelta(days=days) for days in (1, 2, 8))]
