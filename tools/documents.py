#!/usr/bin/env python3
"""Takes the pictures of printed documents for the README: invoice, credit note, receipt, reminder, letter and plan.

Each of five scripts is one picture with six pages. ``make documents`` makes customers and documents of its own in the
database of the demo and takes them back, so that nothing is left there; ``ARGS="arabic"`` takes only one script.
"""

from __future__ import annotations

import argparse
import base64
import json
from io import BytesIO

import pypdfium2
from PIL import Image

from tools import database, paths
from tools.demo import DATABASE
from tools.postgres import Cluster
from tools.steps import Problem, main, note, step

TARGET = paths.PROJECT / "docs" / "screenshots"
WIDTH, GAP = 520, 14  # of one page, in pixels
LARGEST = 420_000
# what a company of each script is called, where it and its customer live, what it sells
SCRIPTS = {
    "latin": {
        "lang": "en_US", "company": "Acme Telecom Ltd", "slogan": "Always on", "street": "1 Main Street",
        "city": "Springfield", "customer": "Zoë Łukasiewicz", "at": "Ősz utca 12", "town": "Budapest",
        "wares": ("Fibre 250\nNov 1 – 30, 2026", "Calls\n620 minutes", "Router\nnumber 4711"),
        "text": "Please pay the open amount. If you have paid already, thank you.", "color": "#0b5d66",
    },
    "greek": {
        "lang": "el_GR", "company": "Αθηναϊκή Τηλεφωνία ΑΕ", "slogan": "Πάντα σε σύνδεση", "street": "Ερμού 1",
        "city": "Αθήνα", "customer": "Γιώργος Παπαδόπουλος", "at": "Αριστοτέλους 12", "town": "Θεσσαλονίκη",
        "wares": ("Οπτική ίνα 250\n1 – 30 Νοεμβρίου 2026", "Κλήσεις\n620 λεπτά", "Δρομολογητής\nαριθμός 4711"),
        "text": "Παρακαλούμε πληρώστε το ανοιχτό ποσό. Αν έχετε ήδη πληρώσει, σας ευχαριστούμε.", "color": "#0d47a1",
    },
    "cyrillic": {
        "lang": "uk_UA", "company": "ТОВ «Київський Зв’язок»", "slogan": "Завжди на зв’язку",
        "street": "вул. Хрещатик, 1", "city": "Київ", "customer": "Оксана Ґудзенко", "at": "вул. Личаківська, 12",
        "town": "Львів", "wares": ("Оптика 250\n1 – 30 листопада 2026", "Дзвінки\n620 хвилин", "Роутер\nномер 4711"),
        "text": "Просимо сплатити відкриту суму. Якщо ви вже сплатили, дякуємо.", "color": "#6a1b9a",
    },
    "arabic": {
        "lang": "ar_001", "company": "شركة النور للاتصالات", "slogan": "متصلون دائما", "street": "شارع الملك فهد 1",
        "city": "الرياض", "customer": "محمد بن عبد الله", "at": "شارع الكورنيش 12", "town": "جدة",
        "wares": ("ألياف ضوئية Fibre 250\n1 – 30 نوفمبر 2026", "مكالمات\n620 دقيقة", "جهاز توجيه\nرقم 4711"),
        "text": "يرجى دفع المبلغ المستحق. إذا كنتم قد دفعتم بالفعل، فشكرا لكم.", "color": "#1b5e20",
    },
    "hebrew": {
        "lang": "he_IL", "company": "אור תקשורת בע״מ", "slogan": "תמיד מחוברים", "street": "רחוב הרצל 1",
        "city": "תל אביב", "customer": "דוד כהן", "at": "רחוב יפו 12", "town": "ירושלים",
        "wares": ("סיבים אופטיים Fibre 250\n1 – 30 בנובמבר 2026", "שיחות\n620 דקות", "נתב\nמספר 4711"),
        "text": "נא לשלם את הסכום הפתוח. אם כבר שילמת, תודה.", "color": "#ad1457",
    },
}  # fmt: skip
MAKE = """
import base64, json
from odoo.fields import Command
given = json.loads(GIVEN)
env.user.group_ids += env.ref('online_billing.group_billing_manager')
if given['lang'] != 'en_US':
    env['res.lang']._activate_lang(given['lang'])
    modules = env['ir.module.module'].search([('name', 'in', ('base', 'web', 'account')), ('state', '=', 'installed')])
    modules._update_translations([given['lang']])
company = env.company
if not company.chart_template:
    env['account.chart.template'].try_loading('generic_coa', company=company, install_demo=False)
company.write({
    'name': given['company'], 'street': given['street'], 'city': given['city'], 'zip': '12345', 'logo': LOGO,
    'phone': '+1 555 0100', 'email': 'billing@acme.example', 'report_header': '<p>%s</p>' % given['slogan'],
    'primary_color': given['color'], 'secondary_color': given['color'], 'billing_document': 'drawn',
    'company_details': False, 'report_footer': '<p>%s | +1 555 0100 | billing@acme.example</p>' % given['company'],
})
customer = env['res.partner'].create({
    'name': given['customer'], 'street': given['at'], 'city': given['town'], 'zip': '1117', 'lang': given['lang'],
    'email': 'customer@acme.example',
})
account = env['billing.account'].create({'partner_id': customer.id, 'timezone': 'UTC', 'delivery_channel': 'letter'})
account.action_activate()
group = env['account.tax.group'].create({'name': '19%', 'company_id': company.id})
tax = env['account.tax'].create({
    'name': '19%', 'invoice_label': '19%', 'amount': 19, 'type_tax_use': 'sale', 'company_id': company.id,
    'tax_group_id': group.id})
bank = env['res.partner.bank'].create({
    'acc_number': 'DE89370400440532013000', 'partner_id': company.partner_id.id, 'allow_out_payment': True})
def make(kind, prices, **vals):
    move = env['account.move'].create({
        'move_type': kind, 'partner_id': customer.id, 'invoice_date': '2026-11-01', 'billing_account_id': account.id,
        'partner_bank_id': bank.id, 'narration': '<p>%s</p>' % given['text'], **vals,
        'invoice_line_ids': [
            Command.create({'name': name, 'price_unit': price, 'quantity': quantity, 'tax_ids': [tax.id]})
            for name, (price, quantity) in zip(given['wares'], prices)]})
    move.action_post()
    return move
invoice = make('out_invoice', ((49.9, 1), (0.05, 620), (89, 1)))
credit = make('out_refund', ((49.9, 1),), reversed_entry_id=invoice.id)
paid = make('out_invoice', ((49.9, 2),))
wizard = env['account.payment.register'].with_context(active_model='account.move', active_ids=paid.ids)
receipt = wizard.create({'payment_date': '2026-11-10'})._create_payments()
def tell(kind, subject, rows):
    return env['billing.outbox'].queue([{
        'key': kind, 'account_id': account.id, 'company_id': company.id, 'currency_id': account.currency_id.id,
        'kind': kind, 'channel': 'letter', 'lang': given['lang'], 'subject': subject,
        'body': '<p>%s</p>' % given['text'], 'amount': sum(row[2] for row in rows),
        'lines': [{'number': name, 'due_date': day, 'open': str(amount)} for name, day, amount in rows]}])
due = invoice.amount_residual
reminder = tell('overdue', '%s 1' % given['company'], [(invoice.name, '2026-12-01', due)])
letter = tell('fee_notice', given['slogan'], [])
plan = tell('installment', '%s 1 – 3' % given['company'], [
    (str(number), '2026-%02d-01' % (9 + number), due / 3) for number in (1, 2, 3)])
drawing = env['billing.document.drawing']
for content in (
    drawing.draw_invoice(invoice), drawing.draw_invoice(credit), drawing.draw_receipt(receipt),
    drawing.draw_reminder(reminder), drawing.draw_reminder(letter), drawing.draw_reminder(plan)):
    print('PAGE', base64.b64encode(content).decode())
env.cr.rollback()
"""


def take_pictures() -> None:
    parser = argparse.ArgumentParser(prog="make documents", description=__doc__.splitlines()[0])
    parser.add_argument("words", nargs="*", help=f"take only some of {', '.join(SCRIPTS)}")
    parser.add_argument("--database", default=DATABASE, help="a database with the billing in it")
    parser.add_argument("--cluster", default="main", choices=("main", "test"), help="the server that has the database")
    arguments = parser.parse_args()
    with Cluster(arguments.cluster).use() as server:
        if not database.exists(server, arguments.database):
            raise Problem("Cannot draw documents: there is no demo yet. Build it first: make demo SERVE=0")
        TARGET.mkdir(parents=True, exist_ok=True)
        for script, given in SCRIPTS.items():
            if not arguments.words or script in arguments.words:
                with step(f"documents in {script} letters"):
                    _take(server, arguments.database, script, given)


def _take(server: dict[str, str], name: str, script: str, given: dict) -> None:
    source = f"GIVEN = {json.dumps(given)!r}\nLOGO = {_draw_logo(given['color'])!r}\n{MAKE}"
    lines = database.shell_lines(server, name, source, cannot="Cannot draw the documents")
    pages = [base64.b64decode(line[5:]) for line in lines if line.startswith("PAGE ")]
    if len(pages) != 6:
        log = paths.LOGS / f"shell-{name}.log"
        raise Problem(f"Cannot draw the documents in {script} letters. What went wrong stands in {log}")
    pictures = [_render(page) for page in pages]
    high = max(picture.height for picture in pictures)
    sheet = Image.new("RGB", (3 * WIDTH + 4 * GAP, 2 * high + 3 * GAP), "#9aa0a6")
    for number, picture in enumerate(pictures):
        row, column = divmod(number, 3)
        sheet.paste(picture, (GAP + column * (WIDTH + GAP), GAP + row * (high + GAP)))
    target = TARGET / f"documents-{script}.png"
    for colours in (64, 32, 16):
        sheet.quantize(colours, dither=Image.Dither.NONE).save(target, optimize=True)
        if target.stat().st_size < LARGEST:
            return
    note(f"{target.name} is larger than {LARGEST:,} bytes")


def _render(content: bytes) -> Image.Image:
    page = pypdfium2.PdfDocument(content)[0]
    return page.render(scale=WIDTH / page.get_width()).to_pil().convert("RGB")


def _draw_logo(color: str) -> bytes:
    picture, stream = Image.new("RGB", (160, 60), "white"), BytesIO()
    for left, high in ((0, 20), (40, 35), (80, 50), (120, 60)):
        picture.paste(color, (left, 60 - high, left + 30, 60))
    picture.save(stream, "PNG")
    return base64.b64encode(stream.getvalue())


if __name__ == "__main__":
    main(take_pictures)
