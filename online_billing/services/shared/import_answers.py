"""What the importer says of a file that it cannot take: each sentence with its row."""

from odoo import api, models

MOST_CHOICES = 12
OF_COLUMNS = ("field", "field_name", "field_path", "is_read")
HEADING_ROWS = 1  # which a spreadsheet counts and the importer does not


class BillingImportAnswers(models.AbstractModel):
    """Odoo's page shows the row of an error only where a column has several, and there without the sentence. Said of
    the record as a whole, each stands above the columns with both.
    """

    _name = "billing.import.answers"
    _description = "Answers to Files That Are Imported"

    @api.private
    def explain(self, messages, field_paths, data):
        """Return messages of Odoo's importer that say in which row of the file what is wrong.

        The row is that of the spreadsheet, its heading counted, and stands with what the row begins with: the importer
        takes long files in parts and counts each part anew.

        :param messages: as `load` returns them
        :param field_paths: the columns that are imported
        :param data: the rows that were imported
        """
        messages = self._leave_out_what_follows(messages, field_paths, data)
        named = next((place for place, path in enumerate(field_paths) if path == "name"), 0)
        return [self._explain(message, data, named) for message in messages]

    def _leave_out_what_follows(self, messages, field_paths, data):
        """Return messages without what comes of others: a record of which a column could not be read is tried all the
        same; of a batch that failed the reason is said with its first row, and with the row that has it; and what one
        record takes back with it, such as customers who were made for the file, is missed by those after it.
        """
        customers = field_paths.index("partner_id") if "partner_id" in field_paths else None
        found = [message for message in messages if "rows" in message and message.get("type") == "error"]
        whole = next((message for message in found if not message.get("field")), None)
        if whole and any(message is not whole and message["message"] == whole["message"] for message in found):
            found.remove(whole)
        unread = {message["rows"]["from"] for message in found if message.get("field")}
        kept = {}
        for message in found:
            row, field = message["rows"]["from"], message.get("field")
            if field == "partner_id" and not message.get("is_read") and row < len(data) and data[row][customers or 0]:
                continue  # the customer is named, and gone with another row
            if field or row not in unread:
                kept.setdefault((row, field), message)
        others = [message for message in messages if "rows" not in message or message.get("type") != "error"]
        return [*kept.values(), *others]

    def _explain(self, message, data, named):
        if "rows" not in message or message.get("record") is None:
            return message
        first, last = message["rows"]["from"], message["rows"]["to"]
        row = first + 1 + HEADING_ROWS
        begins = str(data[first][named] or data[first][0] or "") if first < len(data) else ""
        text = self._name_choices(message)
        if begins:
            text = self.env._("%(record)s: %(error)s", record=begins, error=text)
        if message.get("type") != "error" or first != last:
            # such are shown without their row
            text = self.env._("Row %(row)s, %(text)s", row=row, text=text)
        kept = {name: value for name, value in message.items() if name not in OF_COLUMNS}
        return {**kept, "message": text, "record": row}

    def _name_choices(self, message):
        """Return the sentence with what may be written instead, where it is a short list."""
        choices = message.get("moreinfo")
        text = message["message"].partition("\n")[0]  # what follows tells developers about the model
        if not isinstance(choices, list) or not 0 < len(choices) <= MOST_CHOICES:
            return text
        return self.env._(
            "%(error)s. Write one of these: %(choices)s.",
            error=text.rstrip("."),
            choices=", ".join(map(str, choices)),
        )
