from odoo import api, models

_NOTIFIED = "billing.cron.notified"


class IrCron(models.Model):
    _inherit = "ir.cron"

    @api.model
    def _notifydb(self):
        """Wake the workers once after a commit, however many scheduled actions it has triggered.

        Each notice opens a connection of its own, and the workers look for all that is due whichever one calls them.
        """
        data = self.env.cr.postcommit.data
        if _NOTIFIED in data:
            return None
        answer = super()._notifydb()
        data[_NOTIFIED] = True  # until all that follows this commit is done
        return answer
