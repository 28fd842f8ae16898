"""Which files a customer may add: few, small, and of a type that shows what it is."""

from odoo import api, models
from odoo.exceptions import UserError

MOST_FILES, LARGEST_FILE = 5, 5 * 1024 * 1024
#: what a form with files may come to: more is refused before it is read
LARGEST_FORM = (MOST_FILES + 3) * LARGEST_FILE
#: what a file of each type begins with; None: any text
FILE_TYPES = {
    "pdf": b"%PDF",
    "png": b"\x89PNG\r\n\x1a\n",
    "jpg": b"\xff\xd8\xff",
    "jpeg": b"\xff\xd8\xff",
    "txt": None,
    "csv": None,
}
LONGEST_NAME = 150


class BillingQuestionFiles(models.AbstractModel):
    _name = "billing.question.files"
    _description = "Files of Questions"

    @api.private
    def check(self, files, types=tuple(FILE_TYPES)):
        """Return files with names that are safe to keep.

        :param files: [(name, bytes), ...]; of a file that is too large no more than shows it need be there
        :param types: those of FILE_TYPES that are taken
        :return: [(name, bytes), ...]
        :raise UserError: too many, too large, empty, of another type, or not what the name says
        """
        _ = self.env._
        if len(files) > MOST_FILES:
            raise UserError(_("Add at most %(count)s files at a time.", count=MOST_FILES))
        checked = []
        for name, content in files:
            name = "".join(sign for sign in name if sign.isprintable()).replace("\\", "/").rpartition("/")[2]
            kind = name.rpartition(".")[2].lower()
            if "." not in name or kind not in types:
                raise UserError(
                    _(
                        "“%(file)s” cannot be added. Files of these types can: %(types)s.",
                        file=name[:LONGEST_NAME],
                        types=", ".join(types),
                    )
                )
            if len(content) > LARGEST_FILE:
                raise UserError(
                    _(
                        "“%(file)s” is too large. A file may have %(size)s MB.",
                        file=name[:LONGEST_NAME],
                        size=LARGEST_FILE // (1024 * 1024),
                    )
                )
            if not self._is_what_it_says(kind, content):
                raise UserError(
                    _("“%(file)s” is empty, or is no file of its type. Please save it anew.", file=name[:LONGEST_NAME])
                )
            checked.append((f"{name[: -len(kind) - 1][:LONGEST_NAME]}.{kind}", content))
        return checked

    def _is_what_it_says(self, kind, content):
        beginning = FILE_TYPES[kind]
        return bool(content) and (content.startswith(beginning) if beginning else b"\0" not in content)
