"""Tasks that the billing gives to people: one of a kind on a record, known again in whatever language it is written."""

from odoo import api, models
from odoo.tools import html2plaintext


class BillingTasks(models.AbstractModel):
    """A task is known by its key. What people read of it is in the language of whoever, or whichever job, gave it."""

    _name = "billing.tasks"
    _description = "Tasks of the Billing"

    @api.private
    def find(self, records, key):
        """Return the open tasks of a kind on records.

        :param str key: of the kind, as "payments.not_booked"
        """
        return records.env["mail.activity"].search(
            [("res_model", "=", records._name), ("res_id", "in", records.ids), ("billing_key", "=", key)]
        )

    @api.private
    def give(self, records, key, activity_type, **values):
        """Give somebody a task on each of some records, unless one of its kind is there and not done.

        What is there says from now on why it is so now.

        :param str key: of the kind
        :param str activity_type: external id of its type
        :param values: of the activity: user_id, summary, note, date_deadline; else it has the time of its type
        """
        values.setdefault("date_deadline", self.get_deadline(activity_type))
        told, note = self.find(records, key), values.get("note") or ""
        if outdated := told.filtered(lambda one: html2plaintext(one.note or "") != html2plaintext(note)):
            outdated.note = note
        known = set(told.mapped("res_id"))
        for record in records.filtered(lambda one: one.id not in known):
            record.activity_schedule(activity_type, billing_key=key, **values)

    @api.private
    def get_deadline(self, activity_type):
        """Return until when a task that is given today is to be done: Odoo keeps to the time of a type in forms alone.

        :param str activity_type: external id
        """
        kind = self.env.ref(activity_type).sudo()  # sudo: how long a task has, for jobs and visitors
        return kind._get_date_deadline()

    @api.private
    def close(self, records, key, feedback=None):
        """Note that what the tasks of a kind on records asked for is done, or is to be done no more."""
        self.find(records, key).action_feedback(feedback=feedback or self.env._("Done"))

    @api.private
    def close_group(self, records, group, feedback=None):
        """Note it of the tasks of all kinds of a group on records; what people have put down for themselves stays.

        :param str group: what the keys begin with, before the dot, as "collection"
        """
        own = [("res_model", "=", records._name), ("res_id", "in", records.ids), ("billing_key", "=like", f"{group}.%")]
        records.env["mail.activity"].search(own).action_feedback(feedback=feedback or self.env._("Done"))
