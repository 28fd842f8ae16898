"""Customers have all their data put together, show who they are, and want to be forgotten."""

from datetime import timedelta

from odoo import fields
from odoo.addons.online_billing.services.shared.work_loop import Pass

from .foundation import COLLEAGUES, PORTAL, STAFF

CLERK = STAFF[0][0]
SCAN = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj"
    b" 3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
# who sends which document, how many hours ago, and whether it was accepted
DOCUMENTS = (
    (COLLEAGUES[0][0], "register", "commercial_register.pdf", 300, True),
    (PORTAL[0][0], "identity", "identity_card.pdf", 5, False),
)


class Privacy:
    """Let people who log in to the portal ask for their data, send documents and ask for erasure."""

    def __init__(self, env):
        self.env = env
        self.clerk = self._get_user(CLERK)

    def play(self):
        for document in DOCUMENTS:
            self._send(*document)
        wanted = self._own(COLLEAGUES[0][0])
        self.env["billing.verification"].create(
            {"account_id": wanted.id, "kind": "tax", "note": "The one of this year, please."}
        )
        self._export(PORTAL[0][0])
        self._ask_erasure(PORTAL[0][0])

    def _get_user(self, login):
        return self.env["res.users"].search([("login", "=", login)])

    def _own(self, login):
        person = self._get_user(login).partner_id
        return next(iter(self.env["billing.portal.access"].get_roles(person)))

    def _send(self, login, kind, name, hours, is_accepted):
        person, account = self._get_user(login).partner_id, self._own(login)
        sent = self.env["billing.verifying"].send(account, person, kind, [(name, SCAN)])
        sent.received_on = fields.Datetime.now() - timedelta(hours=hours)
        if is_accepted:
            own = sent.with_user(self.clerk).with_context(allowed_company_ids=sent.company_id.ids)
            own.action_accept()

    def _export(self, login):
        """Have one export made, as the scheduled action does."""
        exporting = self.env["billing.data.exporting"]
        exporting.ask(self._get_user(login).partner_id, self._own(login))
        exporting.work_through(Pass(commit=False, limited=False))

    def _ask_erasure(self, login):
        privacy = self.env["billing.portal.privacy"]
        privacy.ask_erasure(self._get_user(login).partner_id, self._own(login), True)
