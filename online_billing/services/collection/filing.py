"""Put cases away after a day or an act: what comes next is foreseen, and who has paid gets the service back."""

from collections import defaultdict

from odoo import api, models

from ...engine import next_decision


class BillingCollectionFiling(models.AbstractModel):
    _name = "billing.collection.filing"
    _description = "Put Cases Away"

    @api.private
    def put_away(self, files):
        """Note which step comes next, write files back, and give back the service that they took where all is paid."""
        self._foresee(files)
        self.env["billing.collection.files"].store_files(files)
        self._return_service(files)

    @api.private
    def put_away_by_hand(self, case, file, state, name, **vals):
        """Put the file of a case away after an act of the user, and log the act."""
        self.put_away([file])
        return self.env["billing.collection.files"].log(case, file.day, state, name, user_id=self.env.uid, **vals)

    def _foresee(self, files):
        """Note on each file which step comes next, if nothing changes."""
        for file in files:
            file.next_step_id = file.next_date = None
            if file.view is None or file.debtor.is_exempt or file.state == "closed":
                continue
            after = file.day.fromordinal(file.day.toordinal() + 1)
            if found := next_decision(file.rules, file.situation, after):
                file.next_date = found[0]
                file.next_step_id = found[1].step.key

    def _return_service(self, files):
        """Give accounts back what their case took, as soon as nothing is overdue any more."""
        returned = defaultdict(list)
        for file in files:
            if file.has_suspended and not any(item.due_date < file.day for item in file.situation.items):
                returned[file.debtor.id].append(file)
        for account_id, own in returned.items():
            account = self.env["billing.account"].browse(account_id)
            # sudo: whoever runs the collection
            cases = self.env["billing.collection.case"].sudo().browse([file.id for file in own])
            cases.write({"has_suspended": False})
            still = cases.search([("account_id", "=", account_id), ("has_suspended", "=", True)], limit=1)
            if account.state == "suspended" and not still:
                account._apply_event("resume")
                self.env["billing.collection.files"].log(
                    cases, own[0].day, "note", self.env._("Paid: the service is back")
                )
