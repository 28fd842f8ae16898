from odoo import api, fields, models
from odoo.exceptions import AccessError


class ResCompany(models.Model):
    """What the first page of the billing asks for, about the companies that the user has chosen."""

    _inherit = "res.company"

    @api.model
    def get_billing_home(self):
        """Return what needs a person today and what comes next, for the first page.

        :return: {"steps": [{"name", "label", "hint", "is_done", "is_optional", "may_open"}], "waiting": [{"name",
            "label", "count", "is_more"}], "coming": [{"label", "counts": [{"name", "count"}]}]}
        """
        self._check_billing_home()
        today = fields.Date.context_today(self)
        lists = self.env["billing.home.lists"]
        return {
            "steps": self.env["billing.home.steps"].get_steps(),
            "waiting": lists.get_waiting(today),
            "coming": lists.get_coming(today),
        }

    @api.model
    def get_billing_home_money(self):
        """Return what was billed and paid this month and last month, and what is open, by company and currency."""
        self._check_billing_home()
        return self.env["billing.home.money"].get_rows(fields.Date.context_today(self))

    @api.model
    def open_billing_home_list(self, name="not_billed"):
        """Return the action that opens the list of a figure of the first page.

        :param str name: of the figure
        """
        self._check_billing_home()
        return self.env["billing.home.lists"].get_action(name, fields.Date.context_today(self))

    @api.model
    def open_billing_home_sum(self, name="open", company_id=None, currency_id=None):
        """Return the action that opens what a sum of the first page is made of.

        :param str name: of the sum
        :param int company_id: the company that is current, if left out
        :param int currency_id: the currency of the company, if left out
        """
        self._check_billing_home()
        # what is owed stays in its currency, also where that is not used for anything new
        reader = self.env["billing.reader"].with_context(active_test=False)
        company = reader.read_record("res.company", company_id, "company_id") if company_id else self.env.company
        currency = (
            reader.read_record("res.currency", currency_id, "currency_id") if currency_id else company.currency_id
        )
        return self.env["billing.home.money"].get_action(name, fields.Date.context_today(self), company, currency)

    @api.model
    def open_billing_home_step(self, name="customer"):
        """Return the action that opens the right form for one of the first steps.

        :param str name: of the step
        """
        self._check_billing_home()
        return self.env["billing.home.steps"].get_action(name)

    @api.model
    def put_billing_steps_away(self):
        """Show the first steps of the current company no more; the settings bring them back."""
        if not self.env.user.has_group("online_billing.group_billing_manager"):
            raise AccessError(self.env._("Only billing managers put the first steps away. Ask one of them."))
        self.env.company.sudo().billing_steps_away = True  # sudo: no more of the company than this

    @api.model
    def _check_billing_home(self):
        if not self.env.user.has_group("online_billing.group_billing_user"):
            raise AccessError(
                self.env._("Only billing clerks and managers see this page. Ask an administrator for the right.")
            )
