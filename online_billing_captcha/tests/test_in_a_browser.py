"""A payer without log-in at a real browser: with Google's library, without it, and where it does not answer."""

from odoo.tests import tagged
from odoo.tools import mute_logger

from .captcha_common import CaptchaCase
from .siteverify import API_JS

LIBRARY = "https://www.recaptcha.net/recaptcha/api.js?render="
BUTTON = "document.querySelector('button[name=o_payment_submit_button]:not([disabled])')"
READY = f"document.body?.getAttribute('is-ready') === 'true' && !!{BUTTON}"
#: leaving the page says that the money is taken: the form goes on to the page that waits for it
LEAVE = 'window.addEventListener("beforeunload", () => console.log("test successful"));'
PAY = f"{LEAVE} {BUTTON}.click();"
#: what a payer does who allows the library
LET_THROUGH = "https://blocker.example/let-through"
#: pays, and goes on when the words of the server for it are shown and the button is back
BE_REFUSED = f"""
    {BUTTON}.click();
    const asking = setInterval(() => {{
        const shown = [...document.querySelectorAll(".modal-body")].map((node) => node.textContent).join();
        if (shown.includes("gave your browser no answer") && {BUTTON} && !document.querySelector(".o_blockUI")) {{
            clearInterval(asking);
            %s
        }}
    }}, 100);
"""
#: lays itself over the form as Odoo's module of Adyen does: it goes on by itself, and asks nothing below it
GO_ON_ALONE = """
    const { patch } = odoo.loader.modules.get("@web/core/utils/patch");
    const { rpc } = odoo.loader.modules.get("@web/core/network/rpc");
    const { PaymentForm } = odoo.loader.modules.get("@payment/interactions/payment_form");
    patch(PaymentForm.prototype, {
        async _initiatePaymentFlow() {
            await rpc(this.paymentContext["transactionRoute"], this._prepareTransactionRouteParams());
            console.log("test successful");
        },
    });
"""


@tagged("post_install", "-at_install")
class TestInABrowser(CaptchaCase):
    def setUp(self):
        super().setUp()
        self.asked, self.is_blocked = [], False
        self.library = API_JS % {"address": self.google.address}

    def fetch_proxy(self, url):
        """Answer the browser as the world outside does."""
        self.asked.append(url)
        if url == LET_THROUGH:
            self.is_blocked = False
            return self.make_fetch_proxy_response("")
        if url.startswith(LIBRARY) and not self.is_blocked:
            return self.make_fetch_proxy_response(self.library)
        return super().fetch_proxy(url)

    def get_loaded(self):
        return [url for url in self.asked if url.startswith(LIBRARY)]

    def get_begun(self, move):
        self.env.invalidate_all()
        return self.env["payment.transaction"].search([("invoice_ids", "in", move.ids)])

    def test_a_payer_without_log_in_pays_with_a_token(self):
        invoice = f"/my/invoices/{self.planned_move.id}?access_token={self.planned_move.access_token}&payment=1"
        for path, move in ((self.pay_path, self.move), (invoice, self.planned_move)):
            with self.subTest(path=path.partition("?")[0]):
                self.browser_js(path, PAY, READY)
                self.assertEqual(self.get_begun(move).mapped("state"), ["done"])
        self.assertEqual([token.is_used for token in self.google.tokens.values()], [True, True])

    def test_the_form_of_a_provider_that_goes_on_by_itself_has_a_token_as_well(self):
        self.browser_js(self.pay_path, f"{GO_ON_ALONE} {BUTTON}.click();", READY)
        self.assertEqual(len(self.get_begun(self.move)), 1)
        self.assertEqual([token.is_used for token in self.google.tokens.values()], [True])

    def test_where_the_library_is_blocked_the_payer_is_told_what_to_do(self):
        self.is_blocked = True
        self.try_to_pay(BE_REFUSED % 'console.log("test successful");')
        self.assertTrue(self.get_loaded())
        self.assertFalse(self.get_begun(self.move))
        self.assertEqual(self.google.asked, [])

    def test_where_the_library_does_not_answer_the_payer_is_told_what_to_do(self):
        self.library = "window.grecaptcha = { ready: () => {} };"
        self.try_to_pay(BE_REFUSED % 'console.log("test successful");')
        self.assertFalse(self.get_begun(self.move))
        self.assertEqual(self.google.asked, [])

    def test_a_library_that_is_blocked_no_more_is_loaded_with_the_next_try(self):
        self.is_blocked = True
        self.try_to_pay(BE_REFUSED % f"fetch('{LET_THROUGH}').then(() => {{ {PAY} }});")
        self.assertGreaterEqual(len(self.get_loaded()), 2)
        self.assertEqual(self.get_begun(self.move).mapped("state"), ["done"])

    def try_to_pay(self, code):
        """Run code on the pay page; that the browser notes there what went wrong is part of it."""
        with mute_logger("odoo.http", "odoo.addons.online_billing_captcha.services.paying"):
            self.browser_js(self.pay_path, code, READY, error_checker=lambda _message: False)

    def test_who_is_logged_in_loads_nothing_of_google(self):
        self.enter(self.move)
        login = f"customer{self.move.id}"
        self.browser_js(self.pay_path, PAY, READY, login=login)
        self.assertEqual(self.get_begun(self.move).mapped("state"), ["done"])
        self.assertEqual((self.get_loaded(), self.google.asked), ([], []))
