"""What is noted when a promise is given, and how it is judged."""

from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from .values import DISPUTE


class BillingPromiseKeeping(models.AbstractModel):
    _name = "billing.promise.keeping"
    _description = "Note and Judge Promises to Pay"

    @api.private
    def judge(self, account_items, days):
        """Decide the open promises of accounts whose amount has come in, whose day has passed, or whose debt is gone.

        A debt that vanishes without money (credited, cancelled, put on a plan) makes no kept promise: the promise ends,
        with the reason. An invoice that is a draft is being edited; its promise waits until its day.

        :param dict account_items: {account id: [OpenItem] in due order}
        :param dict days: {account id: local day}
        """
        for view in self.env["billing.promises"].get_open(account_items):
            own = [item for item in account_items[view.account_id] if item.currency_id == view.currency_id]
            event, reason = self._judge_one(view, own, days[view.account_id])
            if event:
                # sudo: the collection judges the promises of all its accounts
                promise = self.env["billing.payment.promise"].sudo().browse(view.id)
                self._note_used(promise, view)
                promise._end(event, days[view.account_id], reason)

    @api.private
    def review_broken(self, account_ids):
        """Look again at broken promises: what had come in time and was entered later is shown, for a correction."""
        # sudo: the collection judges the promises of all its accounts
        promises = self.env["billing.payment.promise"].sudo()
        for view in self.env["billing.promises"].get_broken(account_ids):
            promise = promises.browse(view.id)
            self._note_used(promise, view)
            if promise.is_kept_in_time != (view.received >= view.amount):
                promise.is_kept_in_time = not promise.is_kept_in_time

    def _note_used(self, promise, view):
        """Note what money a promise takes: once it is kept, that money keeps no other."""
        used = {str(line_id): str(amount) for line_id, amount in view.taken.items()}
        if used != (promise.baseline or {}).get("used", {}):
            promise.baseline = {**(promise.baseline or {}), "used": used}

    def _judge_one(self, view, items, day):
        """Return (event or None, why a promise ends without being kept or broken)."""
        # what the customer disputes meanwhile was not promised
        disputed = sum(item.get_resting(day, {DISPUTE}) for item in items if item.move_id in view.covered)
        wanted = max(view.amount - disputed, 0)
        if view.received >= wanted > 0:
            return "keep", None
        if not wanted:
            return None, None
        standing = [item for item, _amount in self.env["billing.open.items"].net(items) if item.move_id in view.covered]
        if standing and all(item.plan_id and item.plan_id not in view.plans for item in standing):
            return "lapse", self.env._("An installment plan has taken the place of this promise.")
        if standing or not view.covered:
            return ("break", None) if day > view.until else (None, None)
        # sudo: as above
        documents = self.env["account.move"].sudo().browse(view.covered).exists()
        if any(document.state == "draft" for document in documents) and day <= view.until:
            return None, None
        if view.received:
            return "keep", None
        return "lapse", self.env._("What was promised is no longer owed, though nothing was paid for it.")

    @api.private
    def note(self, promises):
        """Note on promises what is open when they are given; a promise that names no document is about all of it."""
        service = self.env["billing.open.items"]
        items = service.get_items(promises.account_id.ids)
        after = self.env.execute_query(SQL("SELECT COALESCE(max(id), 0) FROM account_partial_reconcile"))[0][0]
        for promise in promises.sudo():  # sudo: kept by the billing itself
            own = [item for item in items[promise.account_id.id] if item.currency_id == promise.currency_id.id]
            wanted, covered = set(promise.move_ids.ids), defaultdict(int)
            for item, amount in service.net(service.leave_disputed_out(own)):
                if not wanted or item.move_id in wanted:
                    covered[str(item.move_id)] += amount
            payments = defaultdict(int)
            for item in own:
                if item.kind == "payment":
                    payments[str(item.line_id)] -= item.amount
            promise.baseline = {
                "documents": {move_id: str(amount) for move_id, amount in covered.items()},
                "payments": {line_id: str(amount) for line_id, amount in payments.items()},
                "plans": sorted({item.plan_id for item in own if item.plan_id}),
                "after": after,
            }
