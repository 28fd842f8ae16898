"""German, Spanish and Arabic have every text that customers read, German what staff reads on pages too, with the places
that are filled in."""

from __future__ import annotations

import re

import pytest
from lxml import etree

from tools import customer_texts
from tools.customer_texts import ADDONS, get_customer_entries, get_missing, get_spoken, get_translation, read

PLURALS = {"de": 2, "es": 2, "ar": 6}
# what is filled in, in code and in templates of mails
NAMED = re.compile(r"%\((\w+)\)([a-z])")
BARE = re.compile(r"%(?:%|[a-z])")
BRACES = re.compile(r"\{\{.*?\}\}", re.DOTALL)
ELEMENT = re.compile(r"<([a-z]+)(\s[^>]*|/)?>")  # no address, such as <name@example.com>
ATTRIBUTE = re.compile(r'\b(t-[a-z-]+|class|href|value|name|role)="([^"]*)"')

CASES = [(addon, language) for addon in ADDONS for language in get_spoken(addon)]


def get_places(text: str) -> tuple[list, ...]:
    """Return what a text has of places to fill in and of elements, each kind sorted. A translation may set them in
    another order, but not those without a name, which are filled in as they come."""
    unnamed = [place for place in BARE.findall(NAMED.sub("", text)) if "%(" in text or "%s" in text]
    elements = [
        (name, *sorted(pair for pair in ATTRIBUTE.findall(rest) if pair[0] != "t-attf-style"))
        for name, rest in ELEMENT.findall(text)
    ]
    return sorted(NAMED.findall(text)), unnamed, sorted(BRACES.findall(text)), sorted(elements)


def has_choice_astray(text: str) -> bool:
    """Tell whether the other half of a choice does not follow its first at once; what is not closed cannot be read."""
    for element in etree.fromstring(f"<p>{text}</p>").iter():
        before = None
        for child in element:
            is_other = bool({"t-else", "t-elif"} & set(child.attrib))
            if is_other and (
                before is None or not {"t-if", "t-elif"} & set(before.attrib) or (before.tail or "").strip()
            ):
                return True
            before = child
    return False


@pytest.mark.parametrize(("addon", "language"), CASES)
def test_no_text_that_a_language_has_to_have_is_missing(addon, language):
    """Where it fails: ``python -m tools.customer_texts`` lists what is to be translated."""
    assert get_missing(addon, language) == []


@pytest.mark.parametrize(("addon", "language"), CASES)
def test_a_translation_has_the_places_of_its_text(addon, language):
    different = [
        entry.msgid
        for entry in read(get_translation(addon, language))
        if entry.msgstr and get_places(entry.msgid) != get_places(entry.msgstr)
    ]
    assert different == []


@pytest.mark.parametrize(("addon", "language"), CASES)
def test_the_elements_of_a_translation_are_closed_and_its_choices_follow_each_other(addon, language):
    astray = [
        entry.msgid
        for entry in read(get_translation(addon, language))
        if ELEMENT.search(entry.msgid) and has_choice_astray(entry.msgstr)
    ]
    assert astray == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('<t t-if="a">one</t><t t-else="">other</t>', False),
        ('<t t-if="a">one</t> or <t t-else="">other</t>', True),
        ('<t t-else="">other</t><t t-if="a">one</t>', True),
        ("<b>one</b>", False),
    ],
)
def test_a_choice_astray_is_found(text, expected):
    assert has_choice_astray(text) is expected


@pytest.mark.parametrize(("addon", "language"), CASES)
def test_a_translation_keeps_the_space_around_its_text(addon, language):
    """Code joins some texts, as they are, to what stands before them."""

    def get_space(text):
        return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]

    texts = [(entry.msgid, entry.msgstr) for entry in read(get_translation(addon, language))]
    assert [text for text, translated in texts if translated and get_space(text) != get_space(translated)] == []


@pytest.mark.parametrize(("addon", "language"), CASES)
def test_a_language_has_no_text_that_the_template_has_not(addon, language):
    known = {entry.msgid: entry for entry in read(customer_texts.get_template(addon))}
    file = read(get_translation(addon, language))
    assert [entry.msgid for entry in file if entry.msgid not in known or entry.obsolete] == []
    moved = [
        entry.msgid
        for entry in file
        if set(customer_texts.get_references(entry)) != set(customer_texts.get_references(known[entry.msgid]))
        or set(entry.flags) != set(known[entry.msgid].flags)
    ]
    assert moved == []


@pytest.mark.parametrize(("addon", "language"), CASES)
def test_a_language_is_named_and_says_how_many_plural_forms_it_has(addon, language):
    head = read(get_translation(addon, language)).metadata
    assert head["Language"] == language
    assert head["Plural-Forms"].startswith(f"nplurals={PLURALS[language]};")


@pytest.mark.parametrize(
    ("place", "is_for_customers"),
    [
        ("code:addons/online_billing_portal/controllers/statements.py:0", True),
        ("code:addons/online_billing_portal/models/account.py:0", True),
        ("code:addons/online_billing_portal/wizards/a_wizard.py:0", False),
        ("code:addons/online_billing/controllers/pay.py:0", True),
        ("code:addons/online_billing/services/documents/drawing.py:0", True),
        ("code:addons/online_billing/services/home/steps.py:0", False),
        ("model_terms:ir.ui.view,arch_db:online_billing.pay_page", True),
        ("model_terms:ir.ui.view,arch_db:online_billing.a_page_that_is_new", True),
        ("model_terms:ir.ui.view,arch_db:online_billing.billing_account_view_form", False),
        ("model_terms:ir.ui.view,arch_db:online_billing.run_preview", False),
        ("model:mail.template,subject:online_billing.mail_template_invoice", True),
        ("model:mail.template,description:online_billing.mail_template_invoice", False),
        ("model:ir.model.fields.selection,name:online_billing.selection__billing_installment__kind__regular", True),
        ("model:ir.model.fields.selection,name:online_billing.selection__billing_installment__state__open", False),
        ("model:ir.model.fields,help:online_billing.field_billing_account__name", False),
        ("model:ir.ui.menu,name:online_billing.menu", False),
    ],
)
def test_where_a_text_stands_tells_who_reads_it(place, is_for_customers):
    assert customer_texts.is_for_customers(place) is is_for_customers


def test_german_alone_has_to_have_what_staff_reads():
    found = {
        language: {entry.msgid for entry in customer_texts.get_wanted("online_billing", language)}
        for language in customer_texts.LANGUAGES
    }
    assert {"Cash Desk", "Bill Now", "Delivery Channel", "The payment was not confirmed in time."} <= found["de"]
    assert {"Cash Desk", "Bill Now", "Delivery Channel"}.isdisjoint(found["es"])
    assert found["es"] == found["ar"] <= found["de"]


def test_every_page_and_file_that_the_rule_names_exists():
    """What is renamed would else fall out of it unseen."""
    places = {
        place
        for addon in ADDONS
        for entry in read(customer_texts.get_template(addon))
        for place in customer_texts.get_references(entry)
    }
    files = {place.split("/", 2)[2].rsplit(":", 1)[0] for place in places if place.startswith("code:addons/")}
    assert [name for name in customer_texts.CUSTOMER_CODE if not any(file.startswith(name) for file in files)] == []
    for start, names in (
        ("model_terms:ir.ui.view,arch_db:", customer_texts.STAFF_TEMPLATES),
        ("model:ir.model.fields.selection,name:", {f"selection__{one}__" for one in customer_texts.CUSTOMER_CHOICES}),
    ):
        known = [place.rpartition(".")[2] for place in places if place.startswith(start)]
        assert [name for name in names if not any(one.startswith(name) for one in known)] == []


def test_a_text_without_translation_is_found():
    """The tests above can fail: a language without a file misses everything."""
    assert len(get_missing("online_billing_portal", "xx")) == len(get_customer_entries("online_billing_portal"))


def test_the_file_of_a_language_is_brought_to_the_template(tmp_path, monkeypatch):
    addon, path = "online_billing_portal", tmp_path / "de.po"
    file = read(get_translation(addon, "de"))
    kept, lost = file[0], next(entry for entry in file if entry.msgid == "Overview")
    file.remove(lost)
    kept.occurrences = [("code:addons/elsewhere.py", "0")]
    file.append(type(kept)(msgid="A text that is gone", msgstr="Ein Text, den es nicht mehr gibt"))
    file.save(str(path))
    monkeypatch.setattr(customer_texts, "get_translation", lambda _addon, _language: path)
    customer_texts.merge(addon, "de")
    merged = {entry.msgid: entry for entry in read(path)}
    assert "A text that is gone" not in merged
    assert (merged["Overview"].msgstr, merged[kept.msgid].msgstr) == ("", kept.msgstr)
    assert merged[kept.msgid].occurrences != kept.occurrences
    assert get_missing(addon, "de") == ["Overview"]
