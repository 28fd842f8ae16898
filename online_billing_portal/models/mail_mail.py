from odoo import models


class MailMail(models.Model):
    _inherit = "mail.mail"

    def unlink(self):
        """Note of the last mail of an erasure that it was handed over: mails are deleted after that."""
        if sent := self.filtered(lambda mail: mail.state == "sent"):
            self.env["billing.erasure.telling"].note_handed_over(sent)
        return super().unlink()
