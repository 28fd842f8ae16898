"""The main journeys of a customer, who does everything alone on a phone and on a wide screen: each page that they come
to is judged by axe-core, and none is wider than the window."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date, timedelta

import pytest

from tests.e2e.customers import HEIGHTS, NARROW, PREPARE, WIDE, Visitor, enter, get_amount
from tools import paths

STATE = """
moves = env["account.move"].browse({moves})
print("STATE", *(f"{{move.amount_residual:.2f}}" for move in moves))
"""
ANSWER = """
question = env["billing.question"].search([("account_id", "=", {account}), ("subject", "=", "{subject}")])
clerk = env["res.users"].search([("login", "=", "journey.clerk")])
question.with_user(clerk).message_post(body="{text}", message_type="comment", subtype_xmlid="mail.mt_comment")
env.cr.commit()
print("STATE", question.state, question.amount)
"""
ARABIC = """
env["res.lang"]._activate_lang("ar_001")
env["ir.module.module"].search([("name", "in", ("online_billing", "online_billing_portal"))])._update_translations(
    ["ar_001"])
user = env["res.users"].search([("login", "=", "{login}")])
user.lang = "ar_001"
env.cr.commit()
print("STATE ready")
"""
LINKS = """
account, move = env["billing.account"].browse({account}), env["account.move"].browse({move})
account.link_privacy = "{view}"
env["billing.pay.links"].ensure_invoice_tokens(move)
links = [f"/my/invoices/{{move.id}}?access_token={{move.access_token}}",
         env["billing.pay.links"].get_pay_path(account.id, account.currency_id.id)]
if {is_ended}:
    account.action_turn_pay_links()
env.cr.commit()
print("STATE", *links)
"""
LIMITS = """
env["ir.config_parameter"].set_param("online_billing.request_limits", "{switch}")
env["billing.request.count"].search([]).unlink()
env.cr.commit()
print("STATE", "{switch}")
"""
# what Odoo's own page of an invoice lacks, around our parts of it
ODOOS = ("html-has-lang", "frame-title")
STARTS = {"pdf": b"%PDF", "xlsx": b"PK", "json": b"{", "csv": b"\xef\xbb\xbf", "xml": b"<?xml", "html": b"<"}


@pytest.fixture(scope="module")
def customers(server, odoo_shell):
    return json.loads(odoo_shell(server.database, PREPARE).splitlines()[-1].removeprefix("FOUND "))


@pytest.fixture(scope="module")
def told(server, odoo_shell):
    """Call it with a script that knows ``env``; returns the words after the mark in the last line it printed."""

    def ask(script, **values):
        return odoo_shell(server.database, script.format(**values)).splitlines()[-1].split()[1:]

    return ask


@pytest.fixture(params=[NARROW, pytest.param(WIDE, marks=pytest.mark.nightly)])
def width(request):
    """How wide the window is; on a wide screen the same is done at night."""
    return request.param


@pytest.fixture
def visit(server, browser, customers, width, request):
    """Call it as ``visit(customer, role)``: somebody of a customer at their browser; no role: not logged in."""
    opened = []

    def begin(name, role="owner", **options):
        context = browser.new_context(
            locale="en-US",
            timezone_id="UTC",
            viewport={"width": width, "height": HEIGHTS[width]},
            reduced_motion="reduce",
            **options,
        )
        context.set_default_timeout(30_000)
        if role:
            enter(context, server.url, server.database, customers[f"{name}_{width}"]["people"][role])
        opened.append(Visitor(context.new_page(), server.url, width))
        return opened[-1]

    failures = request.session.testsfailed
    yield begin
    folder = paths.LOGS / "tests"
    for visitor in opened:
        if request.session.testsfailed > failures:
            folder.mkdir(parents=True, exist_ok=True)
            visitor.page.screenshot(path=str(folder / f"{request.node.name}.png"), full_page=True)
        visitor.page.context.close()
    # a journey goes on to its end, so that one run names the faults of all its pages
    faults = [fault for visitor in opened for fault in visitor.faults]
    assert not faults, "\n".join(faults)


@pytest.fixture
def owing(customers, width):
    return customers[f"owes_{width}"]


@pytest.fixture
def paying(customers, width):
    return customers[f"pays_{width}"]


def get_open(told, customer):
    return [float(word) for word in told(STATE, moves=customer["moves"])]


# -- 1. what is owed, and why ------------------------------------------------------------------------------------------


def test_01_what_is_owed_and_why_this_amount(visit, owing):
    visitor = visit("owes")
    visitor.go("/my/billing")
    visitor.see("home")
    assert get_amount(visitor.read("div[name=balance]")) == pytest.approx(sum(owing["amounts"]))
    visitor.follow("nav[aria-label=Billing] a:has-text('Invoices')")
    visitor.see("invoices")
    visitor.follow(f"a:text-is('{owing['names'][0]}')")
    visitor.page.click("details[name=why] summary >> nth=0")
    why = visitor.page.locator("details[name=why]").first
    why.locator(":scope[open]").wait_for()
    assert "29.90" in why.inner_text()
    visitor.see("invoice-why")


# -- 2. and 3. paying --------------------------------------------------------------------------------------------------


def pay(visitor):
    """Pay with what the page proposes, and wait for Odoo to lead back."""
    visitor.page.click("button[name=o_payment_submit_button]:enabled")
    visitor.page.wait_for_url("**/payment/status**", timeout=60_000)
    visitor.page.wait_for_url("**/billing/pay/**", timeout=60_000)


def test_02_chosen_documents_then_a_part_then_all_of_it_by_the_saved_method(visit, paying, told):
    visitor = visit("pays")
    visitor.go("/my/billing/invoices?filterby=open")
    for move in paying["moves"][:2]:
        visitor.page.check(f"input[name=document][value='{move}']")
    visitor.page.click("button[name=pay_chosen]")
    visitor.page.locator("p[name=chosen]").wait_for()
    visitor.see("pay-chosen")
    pay(visitor)
    visitor.page.locator("div[name=received]").wait_for()
    visitor.see("pay-received")
    assert get_open(told, paying)[:2] == [0, 0]
    left = sum(paying["amounts"][2:])
    visitor.page.click("details[name=other_amount] summary")
    visitor.page.fill("#wanted", "10.50")
    visitor.follow("details[name=other_amount] button[type=submit]")
    pay(visitor)
    assert sum(get_open(told, paying)) == pytest.approx(left - 10.5)
    visitor.go("/my/billing")
    visitor.page.click("a[name=pay]")
    visitor.page.wait_for_selector("input[name=o_payment_radio][data-payment-option-type=token]:checked")
    visitor.see("pay-all")
    pay(visitor)
    visitor.page.get_by_text("Nothing is open any more").wait_for()
    visitor.see("pay-nothing-open")
    assert get_open(told, paying) == [0] * len(paying["moves"])


# -- 4. and 5. more time -----------------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_04_installments_are_seen_before_they_are_agreed_on(visit, owing):
    visitor = visit("owes")
    visitor.go("/my/billing/installments")
    visitor.see("installments")
    visitor.page.check(f"#move_{owing['moves'][1]}")
    visitor.page.fill("#count", "3")
    visitor.page.click("button:has-text('See the plan')")
    rows = visitor.page.locator("section[name=preview] tbody tr")
    rows.first.wait_for()
    assert sum(get_amount(row) for row in rows.all_inner_texts()) == pytest.approx(owing["amounts"][1])
    visitor.see("installments-preview")
    visitor.page.click("button:has-text('Agree to pay like this')")
    visitor.page.get_by_text("From now on only the installments below are due").wait_for()
    visitor.see("installments-agreed")


@pytest.mark.nightly
def test_05_a_day_to_pay_is_promised(visit, owing):
    visitor = visit("owes")
    visitor.go("/my/billing")
    visitor.follow("a:has-text('Promise a day')")
    visitor.see("promise")
    visitor.page.fill("#amount", f"{owing['amounts'][0]:.2f}")
    visitor.page.fill("#until", (date.today() + timedelta(days=7)).isoformat())
    visitor.page.click("button:has-text('Promise to pay')")
    visitor.page.get_by_text("we rely on it").wait_for()
    assert get_amount(visitor.read("section[name=promises] li")) == pytest.approx(owing["amounts"][0])
    visitor.see("promise-given")


# -- 6. and 7. documents -----------------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_06_an_invoice_in_each_format_and_a_period_as_one_file(visit, owing):
    visitor = visit("owes")
    visitor.go(f"/my/billing/invoices/{owing['moves'][0]}")
    links = visitor.page.locator("a[name=download]")
    assert links.count() == len(owing["formats"]) > 4
    for code in owing["formats"]:
        with visitor.page.expect_download() as downloading:
            visitor.page.click(f"a[name=download][href$='/{code}']")
        content = downloading.value.path().read_bytes()
        start = STARTS.get(code, b"%PDF" if downloading.value.suggested_filename.endswith(".pdf") else b"<?xml")
        assert content.startswith(start), (code, content[:40])
    visitor.go("/my/billing/invoices?first=2000-01-01&last=2100-01-01")
    visitor.see("invoices-of-a-period")
    with visitor.page.expect_download() as downloading:
        visitor.page.click("a:has-text('Download all documents of this period')")
    names = zipfile.ZipFile(io.BytesIO(downloading.value.path().read_bytes())).namelist()
    assert len(names) == len(set(names)) == len(owing["moves"]) * len(owing["formats"])


@pytest.mark.nightly
def test_07_a_statement_of_a_period_as_page_pdf_and_xlsx(visit, owing):
    visitor = visit("owes")
    visitor.go("/my/billing/statement")
    visitor.page.fill("#first", "2026-01-01")
    visitor.follow("button:has-text('Show')")
    assert get_amount(visitor.read("td[name=closing]")) == pytest.approx(sum(owing["amounts"]))
    visitor.see("statement")
    for code in ("pdf", "xlsx"):
        with visitor.page.expect_download() as downloading:
            visitor.page.click(f"a[href*='/statement/{owing['account']}/{code}']")
        assert downloading.value.path().read_bytes().startswith(STARTS[code])


# -- 8. questions ------------------------------------------------------------------------------------------------------


def test_08_a_question_with_a_file_and_a_dispute_of_a_part_are_answered(visit, owing, told, width):
    visitor = visit("owes")
    visitor.go("/my/billing/questions")
    visitor.see("questions-none")
    visitor.follow("a[name=ask]")
    visitor.see("question-new")
    subject = f"Where is my router? {width}"
    ask(visitor, subject, "It was to come last week.", {"name": "order.txt", "mimeType": "text/plain", "buffer": b"ok"})
    assert told(ANSWER, account=owing["account"], subject=subject, text="It is on its way.")[0] == "answered"
    visitor.page.reload()
    visitor.page.get_by_text("It is on its way.").wait_for()
    visitor.page.get_by_text("order.txt").wait_for()
    visitor.see("question-answered")
    visitor.go(f"/my/billing/invoices/{owing['moves'][3]}")
    visitor.follow("a[name=ask]")
    visitor.page.check("#kind_dispute")
    visitor.page.fill("#amount", "9.90")
    visitor.see("dispute-new")
    ask(visitor, f"I never called {width}", "These calls are not mine.")
    assert "9.90" in visitor.read("div[name=dispute]")
    told_state = told(ANSWER, account=owing["account"], subject=f"I never called {width}", text="We look into it.")
    assert told_state == ["answered", "9.9"]
    visitor.page.reload()
    visitor.page.get_by_text("We look into it.").wait_for()
    visitor.see("dispute-answered")
    visitor.go("/my/billing/questions")
    visitor.see("questions")


def ask(visitor, subject, text, file=None):
    visitor.page.fill("#subject", subject)
    visitor.page.fill("#text", text)
    if file:
        visitor.page.set_input_files("#files", file)
    visitor.page.click("form[name=question] button[type=submit]")
    visitor.page.wait_for_selector(f"h1:has-text('{subject}')")


# -- 9. and 10. what runs, and how it comes ----------------------------------------------------------------------------


@pytest.mark.nightly
def test_09_a_subscription_is_ended_where_the_plan_says_so(visit, paying):
    visitor = visit("pays")
    visitor.go("/my/billing/subscriptions")
    visitor.see("subscriptions")
    visitor.follow(f"a[href='/my/billing/subscriptions/{paying['subscription']}']")
    visitor.see("subscription")
    visitor.page.fill("#day", (date.today() + timedelta(days=1)).isoformat())
    visitor.follow("button:has-text('See what happens')")
    visitor.page.get_by_text("The last day is").wait_for()
    visitor.see("subscription-end")
    visitor.page.click("button:has-text('End this subscription')")
    visitor.page.wait_for_selector("p:has-text('until')")
    visitor.see("subscription-ended")


@pytest.mark.nightly
def test_10_preferences_are_kept(visit, owing):
    visitor = visit("owes")
    visitor.go("/my/billing/preferences")
    visitor.see("preferences")
    visitor.page.check("#channel_portal")
    visitor.page.uncheck("#format_json")
    visitor.page.check("input[name=invoices] >> nth=0")
    visitor.page.click("form[action$='/delivery'] button[type=submit]")
    visitor.page.get_by_text("Saved.").wait_for()
    assert visitor.page.is_checked("#channel_portal")
    assert not visitor.page.is_checked("#format_json")
    assert visitor.page.is_checked("input[name=invoices] >> nth=0")
    visitor.page.check("#channel_email")
    visitor.page.check("#format_json")
    visitor.page.click("form[action$='/delivery'] button[type=submit]")
    visitor.page.get_by_text("Saved.").wait_for()


# -- for everybody -----------------------------------------------------------------------------------------------------


def test_11_a_viewer_sees_and_cannot_pay(visit, owing, server):
    visitor = visit("owes", "viewer")
    visitor.go("/my/billing")
    assert get_amount(visitor.read("div[name=balance]")) > 0
    assert not visitor.page.locator("a[name=pay]").count()
    visitor.go(f"/my/billing/invoices/{owing['moves'][0]}")
    visitor.see("invoice-of-a-viewer")
    assert visitor.page.locator("a[name=download]").count()
    assert not visitor.page.locator("a[name=pay]").count()
    refused = visitor.page.request.get(f"{server.url}/my/billing/pay?document={owing['moves'][0]}")
    assert refused.status == 404


def tab_to(page, selector):
    """Go on by the key until something has the focus, which is to be seen."""
    for _key in range(90):
        if page.evaluate("selector => !!document.activeElement?.matches(selector)", selector):
            shown = page.evaluate(
                "() => { const style = getComputedStyle(document.activeElement);"
                " return style.outlineStyle !== 'none' || style.boxShadow !== 'none' }"
            )
            assert shown, f"the focus on {selector} is not seen"
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no key leads to {selector}")


@pytest.mark.nightly
def test_12_by_keyboard_alone_from_the_log_in_to_a_question(visit, customers, owing, width):
    visitor = visit("owes", None)
    page, login = visitor.page, owing["people"]["owner"]
    visitor.go("/web/login?redirect=/my/billing")
    page.wait_for_selector("#login:focus")
    page.keyboard.type(login)
    page.keyboard.press("Tab")
    tab_to(page, "#password")
    page.keyboard.type(login)
    page.keyboard.press("Enter")
    page.wait_for_selector("nav[aria-label=Billing]")  # the address of the log-in ends like that of the page
    tab_to(page, "nav[aria-label=Billing] a[href='/my/billing/invoices']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/my/billing/invoices")
    tab_to(page, f"a[href='/my/billing/invoices/{owing['moves'][0]}']")
    page.keyboard.press("Enter")
    page.wait_for_selector("details[name=why]")
    tab_to(page, "details[name=why] summary")
    page.keyboard.press("Enter")
    page.wait_for_selector("details[name=why][open]")
    tab_to(page, "a[name=ask_line]")
    page.keyboard.press("Enter")
    page.wait_for_selector("form[name=question]")
    tab_to(page, "#subject")
    page.keyboard.type(f"By keyboard {width}")
    tab_to(page, "#text")
    page.keyboard.type("Without a mouse.")
    tab_to(page, "form[name=question] button[type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"h1:has-text('By keyboard {width}')")


def test_13_without_javascript_every_figure_and_document_is_there(visit, owing):
    visitor = visit("owes", java_script_enabled=False)
    visitor.go("/my/billing")
    assert get_amount(visitor.read("div[name=balance]")) > 0
    assert visitor.page.locator("a[name=pay]").count()
    visitor.go(f"/my/billing/invoices/{owing['moves'][0]}")
    # the first ones stand in what explains the lines, which is closed
    total = visitor.read(".table-responsive > table > tfoot > tr.fw-bold >> nth=-1")
    assert get_amount(total) == pytest.approx(owing["amounts"][0])
    visitor.page.click("details[name=why] summary >> nth=0")
    assert "29.90" in visitor.read("details[name=why][open]")
    with visitor.page.expect_download() as downloading:
        visitor.page.click("a[name=download][href$='/pdf']")
    assert downloading.value.path().read_bytes().startswith(b"%PDF")


# -- the pages that no journey leads to --------------------------------------------------------------------------------
# before a second language is there: the button with which Odoo lets them be chosen is too pale


@pytest.mark.nightly
def test_15_every_other_page_of_somebody_who_logs_in(visit, owing):
    visitor = visit("owes")
    for name, path in (
        ("profile", "/my/billing/profile"),
        ("privacy", "/my/billing/privacy"),
        ("automatic-nothing", "/my/billing/automatic"),
        ("odoo-invoice", f"/my/invoices/{owing['moves'][3]}"),
    ):
        visitor.go(path)
        assert path in visitor.page.url
        visitor.see(name, ODOOS if name == "odoo-invoice" else ())


@pytest.mark.nightly
def test_16_every_page_of_somebody_with_a_link_alone(visit, owing, told):
    visitor = visit("owes", None)
    links = {"account": owing["account"], "move": owing["moves"][3], "is_ended": False}
    for view, shows in (("all", True), ("amount", False)):
        for name, path in zip(("invoice", "pay"), told(LINKS, view=view, **links), strict=True):
            visitor.go(path)
            visitor.page.locator("#o_payment_form").first.wait_for(state="attached")
            assert (owing["names"][3] in visitor.page.content()) == shows
            visitor.see(f"link-{view}-{name}", ODOOS if (view, name) == ("all", "invoice") else ())
    _invoice, old = told(LINKS, view="all", **{**links, "is_ended": True})
    visitor.go(old)
    visitor.page.get_by_text("Mail me a new link").wait_for()
    visitor.see("link-ended")
    visitor.page.get_by_text("Mail me a new link").click()
    visitor.page.get_by_text("Look into your mail").wait_for()
    visitor.see("link-renewed")
    told(LIMITS, switch="on")
    try:
        wrong = old.partition("=")[0]
        statuses = [visitor.page.request.get(f"{visitor.url}{wrong}=wrong{guess}").status for guess in range(20)]
        assert statuses == [404] * 20
        visitor.go(old)
        visitor.page.get_by_text("That was a little fast").wait_for()
        visitor.see("too-many")
    finally:
        told(LIMITS, switch="off")


@pytest.mark.nightly
def test_14_mirrored_in_arabic(visit, owing, told):
    assert told(ARABIC, login=owing["people"]["viewer"]) == ["ready"]
    visitor = visit("owes", "viewer")
    visitor.go("/my/billing")
    visitor.page.get_by_text("الرصيد غير المدفوع").wait_for()
    balance, overdue = (
        visitor.page.locator(f"div[name={name}]").bounding_box()["x"] for name in ("balance", "overdue")
    )
    assert balance > overdue, "what is read first stands on the right"
    visitor.see("home-arabic")
