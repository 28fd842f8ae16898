from odoo.addons.online_billing.tests.shared import life_common
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestGuardedLife(life_common.LifeCase):
    """The models of this addon, in every state, against their tables."""

    addon = "online_billing_portal"
    free = frozenset()
    least = 5
    least_written = 8
    least_given = 16

    @classmethod
    def make_samples(cls):
        person = cls.env["res.partner"].create({"name": "Person", "parent_id": cls.account.partner_id.id})
        yield cls.env["billing.account.member"].create({"account_id": cls.account.id, "partner_id": person.id})
        yield cls.env["billing.question"].create(
            {"account_id": cls.account.id, "subject": "Why?", "text": "Why?", "author_id": person.id}
        )
        yield cls.env["billing.verification"].create({"account_id": cls.account.id})
        yield cls.env["billing.erasure"].create({"customer_id": cls.account.partner_id.id})
        yield cls.env["billing.data.exporting"].ask(cls.account.partner_id, cls.account)
