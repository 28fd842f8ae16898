"""Who pays without logging in is a person, as Google's reCAPTCHA judges: cards are tried out by programs."""

import logging
import re

from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.http import request

#: for what a token is got; one that was got for something else is not taken
ACTION = "billing_payment"
#: as Odoo's own forms call it
PARAMETER = "recaptcha_token_response"
TOKEN_LENGTH = 8192
PASSED, NOT_SENT, UNREADABLE = "is_human", "not_sent", "unreadable"
#: that somebody was judged and did not pass; any other word of Odoo's says that nobody was judged
FAILED = ("is_bot", "wrong_token", "wrong_action")
#: to which payment forms send that something of an account is paid
ROUTES = re.compile(
    r"/(?:billing/pay/|online_billing/installment/|invoice/transaction/(?P<move>\d{1,9})$|(?P<payer>payment/transaction)$)"
)

_logger = logging.getLogger(__name__)


class HiddenToken(str):
    """A token as it is sent to Google. Odoo writes one that was refused into its log, and there it shows nothing."""

    def __str__(self):
        return "not shown"


class BillingPaying(models.AbstractModel):
    _inherit = "billing.paying"

    @api.private
    def get_captcha_action(self, route, payer_id=None):
        """Return for what a payment form gets a token; None where none is asked for.

        :param route: to which the form sends what is paid
        :param payer_id: of whom it is, where nothing else is known of what is paid
        """
        found = ROUTES.match(route or "")
        if not found or not self._is_captcha_asked():
            return None
        # sudo: the page has checked the document; whether it is of an account decides
        if found["move"] and not self.env["account.move"].sudo().browse(int(found["move"])).billing_account_id:
            return None
        # sudo: the page has checked its token; whether the customer has an account decides
        if found["payer"] and not self.get_concerned(self.env["res.partner"].sudo().browse(payer_id or ())):
            return None
        return ACTION

    @api.private
    def check_visitor(self, accounts):
        """Refuse whoever is not logged in and does not pass reCAPTCHA; where Google cannot be asked, nobody passes."""
        super().check_visitor(accounts)
        # Odoo may begin a request anew, and a token is good once
        if not self._is_captcha_asked() or getattr(request, "billing_captcha_passed", False):
            return
        verdict = self._get_captcha_verdict(request.params.get(PARAMETER))
        if verdict == PASSED:
            request.billing_captcha_passed = True
            return
        _logger.warning("Refused without log-in by reCAPTCHA (%s): to pay accounts %s", verdict, accounts.ids)
        raise ValidationError(self._get_captcha_refusal(verdict))

    # -- helpers ------------------------------------------------------------------------------------------------------

    def _is_captcha_asked(self):
        """Tell whether the visitor needs a token: nobody has logged in, Odoo has a secret and tells browsers a key."""
        if not self.env.user._is_public() or not self.env["ir.http"]._add_public_key_to_session_info({}):
            return False
        # sudo: whether there is a secret, and not which; without one Odoo takes every token
        return bool(self.env["ir.config_parameter"].sudo().get_param("recaptcha_private_key"))

    def _get_captcha_verdict(self, token):
        """Return Odoo's word for what Google says of a token, or that none was sent.

        :param token: anything that somebody may have sent
        """
        if not isinstance(token, str) or not token.isascii() or not 0 < len(token) <= TOKEN_LENGTH:
            return NOT_SENT
        address = request.httprequest.remote_addr
        try:
            return self.env["ir.http"]._verify_recaptcha_token(address, HiddenToken(token), ACTION)
        except (TypeError, ValueError):  # a least score that is no number, or an answer that is none of Google's
            _logger.exception("What reCAPTCHA answered could not be judged")
            return UNREADABLE

    def _get_captcha_refusal(self, verdict):
        if verdict == NOT_SENT:
            return self.env._(
                "Nothing was paid: reCAPTCHA, which keeps programs from trying out cards here, gave your browser no"
                " answer. Allow the scripts of this page, reload it and try again; or log in, and you are not asked;"
                " or pay in one of the other ways that we offer."
            )
        if verdict in FAILED:
            return self.env._(
                "Nothing was paid: reCAPTCHA, which keeps programs from trying out cards here, took you for one."
                " Reload the page and try again; or log in, and you are not asked; or pay in one of the other ways that"
                " we offer."
            )
        return self.env._(
            "Nothing was paid: it could not be checked that no program is trying out cards. Reload the page and try"
            " again in a few minutes; or log in, and you are not asked; or pay in one of the other ways that we offer."
        )
