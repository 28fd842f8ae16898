"""The seam through which everything billable comes onto a bill: run, preview and single bills collect from it."""

from odoo import api, models


class BillingSources(models.AbstractModel):
    """Asks the sources of bill items one after another.

    A source is a service with one entry point, ``collect(prepared, targets, found)``:

    - `prepared` is the Prepared of the batch, with its accounts; a source may set accounts aside with a reason, and
      notes there what is to be stored once the bills are written;
    - `targets` is {account id: last day to bill};
    - `found` is what the sources before it have found, for sources that look at the others: an allowance, a coupon, a
      minimum commitment;
    - it returns a list of FoundItem, asks a fixed number of queries for any number of accounts, and saves nothing.
    """

    _name = "billing.sources"
    _description = "Where Bill Items Come From"

    @api.private
    def collect(self, prepared, targets):
        """Return what all sources have for the bills of some accounts.

        :param Prepared prepared: with the accounts of the batch
        :param dict targets: {account id: last day to bill}
        :return: list of FoundItem
        """
        found = []
        for name in self._get_sources():
            found += self.env[name].collect(prepared, targets, tuple(found))
        return found

    def _get_sources(self):
        """Return the names of the sources in the order in which they are asked; an override adds its own."""
        return ["billing.source.subscriptions", "billing.source.charges"]
