"""Mails of the billing go to those they are addressed to, and not to everybody who follows the document."""


def keep_addressed(records, recipients, message, msg_vals):
    """Return the recipients of a notification that are meant, when the billing sends it.

    :param recipients: what Odoo would notify
    """
    if not records.env.context.get("billing_delivery"):
        return recipients
    # sudo: the message was just posted
    addressed = (msg_vals or {}).get("partner_ids") or message.sudo().partner_ids.ids
    return [recipient for recipient in recipients if recipient["id"] in addressed]


def on_one_line(text):
    """Return a text that fits into the header of a mail: names may hold line breaks, headers may not."""
    return " ".join(text.split()) if text else ""
