"""Whom the collection looks at on a day, and by which policy."""

from odoo import api, models
from odoo.tools import SQL

from .terms import get_quiet_days, get_rules, get_steps
from .values import DebtorRow, PolicyView


class BillingCollectionAccounts(models.AbstractModel):
    _name = "billing.collection.accounts"
    _description = "Accounts on Their Day of Collection"

    @api.private
    def mark_handled(self, days):
        """Note the local day on the accounts: what has been looked at is not looked at again on that day."""
        by_day = {}
        for account_id, day in days.items():
            by_day.setdefault(day, []).append(account_id)
        for day, ids in by_day.items():
            self.env.cr.execute(
                SQL(
                    "UPDATE billing_account SET collection_day = GREATEST(COALESCE(collection_day, %(day)s), %(day)s)"
                    " WHERE id = ANY(%(ids)s)",
                    day=day,
                    ids=ids,
                )
            )
        self.env["billing.account"].invalidate_model(["collection_day"])

    @api.private
    def fetch_debtors(self, account_ids):
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT account.id, account.name, account.company_id, account.partner_id, account.currency_id,
                       account.timezone, account.state, COALESCE(account.collection_exempt, FALSE),
                       %s, account.delivery_channel, customer.lang
                  FROM billing_account account
                  JOIN res_partner customer ON customer.id = account.partner_id
                 WHERE account.id = ANY(%s) ORDER BY account.id
                """,
                self._get_policy_expression(),
                account_ids,
            )
        )
        return [DebtorRow._make(row) for row in rows]

    def _get_policy_expression(self):
        """Return the SQL of the policy that an `account` follows: its own, else by tag, else that of the company.

        One that is archived counts as not chosen.
        """
        return SQL(
            """
            COALESCE(
                (SELECT chosen.id FROM billing_collection_policy chosen
                  WHERE chosen.active AND chosen.id = account.collection_policy_id),
                (SELECT policy.id
                   FROM res_partner debtor
                   JOIN res_partner_res_partner_category_rel tag
                     ON tag.partner_id IN (debtor.id, debtor.commercial_partner_id)
                   JOIN billing_collection_policy_category_rel fit ON fit.category_id = tag.category_id
                   JOIN billing_collection_policy policy ON policy.id = fit.policy_id AND policy.active
                  WHERE debtor.id = account.partner_id
                    AND COALESCE(policy.company_id, account.company_id) = account.company_id
                  ORDER BY policy.sequence, policy.id LIMIT 1),
                (SELECT chosen.id FROM res_company company
                   JOIN billing_collection_policy chosen ON chosen.id = company.default_collection_policy_id
                  WHERE chosen.active AND company.id = account.company_id))
            """
        )

    @api.private
    def find_followers(self, policy):
        """Return the ids of accounts with an open case that follow a policy, by whatever choice."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                "SELECT account.id FROM billing_account account WHERE account.id IN (SELECT account_id"
                " FROM billing_collection_case WHERE state <> 'closed') AND %s = %s ORDER BY account.id",
                self._get_policy_expression(),
                policy.id,
            )
        )
        return [account_id for (account_id,) in rows]

    @api.private
    def get_without_calendar_condition(self):
        """Return the SQL condition on `account` for those that are never reminded."""
        return SQL("(account.collection_exempt IS TRUE OR %s IS NULL)", self._get_policy_expression())

    @api.private
    def get_policy_views(self, debtors):
        """Return {account id: PolicyView or None}."""
        # sudo: the collection follows the policies of all companies whose accounts it works on
        policies = (
            self.env["billing.collection.policy"]
            .sudo()
            .browse({debtor.policy_id for debtor in debtors if debtor.policy_id})
        )
        views = {policy.id: self._get_policy_view(policy) for policy in policies if policy.active}
        return {debtor.id: views.get(debtor.policy_id) for debtor in debtors}

    def _get_policy_view(self, policy):
        records = policy.step_ids.sorted(lambda step: (step.sequence, step.id))
        rules = get_rules(policy, get_steps(records), self._get_quiet_days(policy))
        return PolicyView(policy, {step.id: step for step in records}, policy.hour, rules)

    def _get_quiet_days(self, policy):
        days = (
            self.env["billing.quiet.day"]
            .sudo()  # sudo: as above
            .search([("company_id", "in", (False, policy.company_id.id))])
        )
        return get_quiet_days(policy, days.mapped("date"))
