from odoo.addons.payment.controllers.portal import PaymentPortal

from ..services.paying import PARAMETER


class CaptchaPayment(PaymentPortal):
    def _validate_transaction_kwargs(self, kwargs, additional_allowed_keys=()):
        """Take the token out of what a form sent: it is for `billing.paying`, and nothing to make a transaction of."""
        kwargs.pop(PARAMETER, None)
        return super()._validate_transaction_kwargs(kwargs, additional_allowed_keys)
