"""Count what customers read, and how much of it each language has: ``make translations`` does so at its end. In German,
which staff works in too, every text counts.

What a customer reads is told by where a text stands, not by the text, so that a new one counts by itself. In the portal
every text of code and of templates is a customer's. In the other addons templates are, unless they are named here as
pages of staff; code is staff's unless its file is named here.
"""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import shorten

import polib

from . import paths
from .steps import main, note

LANGUAGES = ("de", "es", "ar")
STAFF_LANGUAGES = ("de",)  # in which staff works too: nothing is left in English
ADDONS = sorted(template.stem for template in paths.PROJECT.glob("online_billing*/i18n/*.pot"))

# views that Odoo's back office shows are named after their kind
STAFF_VIEW = re.compile(r"_view_[a-z]+(_|$)|^view_")
# parts of the back office that are written as templates; any other template is a customer's page
STAFF_TEMPLATES = {
    "case_forecast",
    "case_next_step",
    "case_write_off",
    "cash_closing",
    "installment_decision",
    "installment_log",
    "late_fee_simulation",
    "run_left_out",
    "run_preview",
}
# addons all of whose code speaks to customers, but for wizards; what a model refuses, a page may have asked for
CUSTOMER_ADDONS = {"online_billing_captcha", "online_billing_portal"}
# folders and files of the other addons that write to customers, or refuse what they ask
CUSTOMER_CODE = (
    "controllers/",
    "models/documents/account_move.py",
    "services/automatic_payment/consents.py",
    "services/automatic_payment/news.py",
    "services/automatic_payment/wishes.py",
    "services/billing/invoicing.py",
    "services/billing/labels.py",
    "services/charges/explanation.py",
    "services/delivery/receipt_delivery.py",
    "services/documents/drawing.py",
    "services/documents/invoice_design.py",
    "services/documents/receipt_document.py",
    "services/documents/reminder_document.py",
    "services/documents/statement_document.py",
    "services/documents/statement_printing.py",
    "services/formats/rendering.py",
    "services/formats/statement_files.py",
    "services/formats/xlsx_format.py",
    "services/formats/xml_format.py",
    "services/installments/charging.py",
    "services/installments/ledger.py",
    "services/installments/news.py",
    "services/installments/request.py",
    "services/installments/review.py",
    "services/installments/rules.py",
    "services/late_fees/charging.py",
    "services/late_fees/explanation.py",
    "services/late_fees/notices.py",
    "services/payments/link_privacy.py",
    "services/payments/paying.py",
    "services/receivables/promise_rules.py",
    "services/receivables/statement.py",
    "services/shared/engine_messages.py",
)
# fields of records that customers get to read
CUSTOMER_FIELDS = {
    "mail.template": {"subject", "body_html"},
    "sms.template": {"body"},
    "billing.decline.code": {"text"},
    "billing.document.format": {"name"},
}
# fields whose choices a customer's page names
CUSTOMER_CHOICES = {
    "billing_account__debit_notice_channel",
    "billing_account__delivery_channel",
    "billing_account__link_privacy",
    "billing_account_member__role",
    "billing_installment__kind",
    "billing_payment_consent__day_rule",
    "billing_payment_consent_method__purpose",
    "billing_question__kind",
    "billing_question__topic",
    "billing_verification__kind",
}


def is_for_customers(reference: str) -> bool:
    """Tell whether a place of a template of translations, such as ``model_terms:ir.ui.view,arch_db:addon.id``, is one
    that customers read."""
    kind, _, rest = reference.partition(":")
    if kind == "code":
        _addons, addon, *folders = rest.rsplit(":", 1)[0].split("/")
        file = "/".join(folders)
        if addon in CUSTOMER_ADDONS:
            return not file.startswith("wizards/")
        return file.startswith(CUSTOMER_CODE)
    field, _, name = rest.partition(":")
    model, _, field = field.partition(",")
    name = name.partition(".")[2]
    if model == "ir.ui.view":
        return name not in STAFF_TEMPLATES and not STAFF_VIEW.search(name)
    if model == "ir.model.fields.selection":
        return any(name.startswith(f"selection__{choice}__") for choice in CUSTOMER_CHOICES)
    return field in CUSTOMER_FIELDS.get(model, ())


def get_references(entry) -> list[str]:
    """Return the places of an entry of polib, each as the file writes it."""
    return [f"{place}:{line}" if line else place for place, line in entry.occurrences]


def get_customer_entries(addon: str) -> list:
    """Return the entries of an addon's template of translations that customers read."""
    return [entry for entry in read(get_template(addon)) if any(map(is_for_customers, get_references(entry)))]


def get_wanted(addon: str, language: str) -> list:
    """Return the entries that a language has to have: what customers read, and in some what staff reads."""
    return list(read(get_template(addon))) if language in STAFF_LANGUAGES else get_customer_entries(addon)


def get_spoken(addon: str) -> tuple[str, ...]:
    """Return the languages of which an addon has a file: one without texts of customers, those of its staff alone."""
    return LANGUAGES if get_customer_entries(addon) else STAFF_LANGUAGES


def get_template(addon: str) -> Path:
    return paths.PROJECT / addon / "i18n" / f"{addon}.pot"


def get_translation(addon: str, language: str) -> Path:
    return paths.PROJECT / addon / "i18n" / f"{language}.po"


def read(path: Path):
    """Return the file of translations, as polib reads it."""
    return polib.pofile(str(path), check_for_duplicates=True)


def get_missing(addon: str, language: str) -> list[str]:
    """Return the texts that a language has to have and has not, or not for certain."""
    if not get_translation(addon, language).exists():
        return [entry.msgid for entry in get_wanted(addon, language)]
    has = {entry.msgid for entry in read(get_translation(addon, language)) if entry.msgstr and not entry.fuzzy}
    return [entry.msgid for entry in get_wanted(addon, language) if entry.msgid not in has]


def merge(addon: str, language: str) -> None:
    """Bring the file of a language to the template: what has moved, what is newly wanted, what is gone."""
    path = get_translation(addon, language)
    if not path.exists():
        return  # it begins with the head of another one
    file, template = read(path), read(get_template(addon))
    translated = {entry.msgid: entry.msgstr for entry in file if entry.msgstr and not entry.fuzzy}
    wanted = {entry.msgid for entry in get_wanted(addon, language)}
    file[:] = [entry for entry in template if entry.msgid in translated or entry.msgid in wanted]
    for entry in file:
        entry.msgstr = translated.get(entry.msgid, "")
    file.save(str(path))


def _command() -> int:
    for addon in ADDONS:
        for language in get_spoken(addon):
            wanted = len(get_wanted(addon, language))
            merge(addon, language)
            missing = get_missing(addon, language)
            note(f"{addon} {language}: {wanted - len(missing)} of {wanted}")
            for text in missing:
                note(f"    {shorten(text, 110)}")
    return 0


if __name__ == "__main__":
    main(_command)
