from collections import Counter

from odoo import api, models
from odoo.tools import SQL


class BillingPostingWays(models.AbstractModel):
    """Say in plain words how many invoices were made in which way, and why."""

    _name = "billing.posting.ways"
    _description = "Ways in Which Invoices Were Made"

    @api.model
    @api.private
    def describe(self, rendered, reasons):
        """Return some lines of text.

        :param int rendered: how many were written in batches
        :param dict reasons: how many were made one by one, by the reason that was noted
        """
        left = sum(reasons.values())
        if not rendered and not left:
            return ""
        lines = []
        if rendered:
            lines.append(
                self.env._(
                    "%(count)s invoices were written in batches, after the example of one that Odoo made.",
                    count=rendered,
                )
            )
        if left:
            lines.append(self.env._("%(count)s were made one by one by Odoo, with the same result:", count=left))
        by_sentence = Counter()
        for reason, count in reasons.items():
            by_sentence[self._get_sentence(reason)] += count
        lines += [f"{count} × {sentence}" for sentence, count in sorted(by_sentence.items(), key=lambda one: -one[1])]
        return "\n".join(lines)

    @api.model
    @api.private
    def describe_last_run(self):
        """Say it of the newest run that made an invoice; empty if there is none."""
        runs = self.env["billing.run"].search([("state", "in", ("done", "stopped", "running"))], limit=5)
        run = next((run for run in runs if run.path_summary), None)
        if not run:
            return ""
        return self.env._("In run %(run)s:", run=run.display_name) + "\n" + run.path_summary

    @api.model
    @api.private
    def describe_lately(self):
        """Say it of the newest run, and what came of the nightly comparison of both ways."""
        parts = [self.describe_last_run(), self.env["billing.posting.check"].get_last_result()]
        return "\n".join(part for part in parts if part)

    @api.model
    @api.private
    def count_reasons(self, runs):
        """Return {id of a run: Counter of reasons} of what was made one by one."""
        counts = {run_id: Counter() for run_id in runs.ids}
        self.env["billing.run.outcome"].flush_model(["run_id", "path_reasons"])
        query = SQL(
            "SELECT run_id, path_reasons FROM billing_run_outcome WHERE run_id = ANY(%s) AND path_reasons IS NOT NULL",
            runs.ids,
        )
        for run_id, reasons in self.env.execute_query(query):
            counts[run_id].update(reasons)
        return counts

    def _get_sentence(self, reason):
        """Return a reason as people say it; ``kind: what`` becomes a sentence about what."""
        kind, _colon, what = reason.partition(": ")
        sentence = self._get_sentences(what or reason).get(kind)
        return sentence or self.env._("not a usual bill (%(reason)s)", reason=reason)

    def _get_sentences(self, what):
        """Return {kind of reason: sentence}; an override may add reasons of its own."""
        addon = self.env._("another addon takes part in posting (%(what)s)", what=what)
        column = self.env._("an addon fills a field that only Odoo can fill (%(what)s)", what=what)
        account = self.env._("Odoo may refuse the receivable account of the customer")
        rules = self.env._("numbers or references that follow rules of their own")
        unusual = self.env._("something that does not usually stand on a bill (%(what)s)", what=what)
        return {
            "example": self.env._("as examples for the others"),
            "few of a kind": self.env._("too few of their kind so far: they are the examples for the next ones"),
            "number taken meanwhile": self.env._("somebody else posted in the same journal at the same moment"),
            "setting": self.env._("posting in batches is switched off under Settings / Billing"),
            "not asked": self.env._("one by one was asked for"),
            "nothing to pay": self.env._("nothing is to be paid"),
            "lock date": self.env._("their date lies in a locked period"),
            "fault": self.env._("an error of the program (%(what)s); the server log says more", what=what),
            "automation": self.env._("an automation rule watches new invoices (%(what)s)", what=what),
            "override": addon,
            "patched": addon,
            "constraint": addon,
            "writes": addon,
            "computed field": column,
            "default": column,
            "differs": self.env._("the examples did not come out as foreseen (%(what)s)", what=what),
            "value": unusual,
            "line type": unusual,
            "hashed journal": rules,
            "self-billing journal": rules,
            "payment reference of the journal": rules,
            "numbers of another series": rules,
            "no receivable account": account,
            "archived receivable account": account,
            "receivable account of another type": account,
            "receivable account in another currency": account,
            "storno accounting": self.env._("corrections are booked as negative amounts (storno)"),
            "product from a valued stock": self.env._("a product is taken from a valued stock"),
            "early payment discount at invoice": self.env._("the tax is lowered at once by an early payment discount"),
            "GST number": self.env._("a GST number is missing"),
            "analytic distribution models": self.env._("analytic accounts are found by rules"),
        }
