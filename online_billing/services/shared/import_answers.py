"""What the importer says of a file that it cannot take: each sentence with its row."""

from odoo import api, models

MOST_CHOICES = 12
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
        own = [message for message in messages if message.get("type") == "error" and "rows" in message]
        # of a batch that failed Odoo says the reason with its first row, and once more with the row that has it
        if len(own) > 1 and any(message["message"] == own[0]["message"] for message in own[1:]):
            messages = [message for message in messages if message is not own[0]]
        named = next((place for place, path in enumerate(field_paths) if path == "name"), 0)
        return [self._explain(message, data, named) for message in messages]

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
        kept = {name: value for name, value in message.items() if name not in ("field", "field_name", "field_path")}
        return {**kept, "message": text, "record": row}

    def _name_choices(self, message):
        """Return the sentence with what may be written instead, where it is a short list."""
        choices = message.get("moreinfo")
        if not isinstance(choices, list) or not 0 < len(choices) <= MOST_CHOICES:
            return message["message"]
        return self.env._(
            "%(error)s. Write one of these: %(choices)s.",
            error=message["message"].rstrip("."),
            choices=", ".join(map(str, choices)),
        )
