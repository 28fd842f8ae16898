"""The models of this addon, for customer A of the access tests."""

from pathlib import Path

from odoo.addons.online_billing.tests.shared.access_common import AccessCase


class PortalAccessCase(AccessCase):
    addon = "online_billing_portal"
    matrix = Path(__file__).with_name("access_matrix.csv")

    @classmethod
    def _make_records(cls):
        made = super()._make_records()
        person = cls.env["res.partner"].create({"name": "Person", "parent_id": cls.account.partner_id.id})
        member = cls.env["billing.account.member"].create({"account_id": cls.account.id, "partner_id": person.id})
        question = cls.env["billing.question"].create(
            {"account_id": cls.account.id, "subject": "Why?", "text": "Why?", "author_id": person.id}
        )
        settlement = cls.env["billing.question.settlement"].create({"question_id": question.id, "outcome": "agreed"})
        verification = cls.env["billing.verification"].create({"account_id": cls.account.id})
        refusal = cls.env["billing.verification.refusal"].create({"verification_id": verification.id})
        erasure = cls.env["billing.erasure"].create({"customer_id": cls.account.partner_id.id})
        decision = cls.env["billing.erasure.decision"].create({"erasure_id": erasure.id})
        export = cls.env["billing.data.exporting"].ask(cls.account.partner_id, cls.account)
        own = (member, question, settlement, verification, refusal, erasure, decision, export)
        cls.records |= {record._name: record for record in own}
        return made
