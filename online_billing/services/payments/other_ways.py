"""How a customer pays without a card: by bank transfer, with a code for banking apps, or as the company says."""

import logging

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import is_html_empty

from ..documents.qr_picture import make_picture

_logger = logging.getLogger(__name__)
# how l10n_ch calls what stands in the middle of its codes
SWISS_CROSS = "ch_cross"


class BillingOtherWays(models.AbstractModel):
    """What a pay page says beside its card form, for whoever reads it with or without JavaScript.

    Codes are made by the methods that Odoo's addons give to bank accounts, whichever of them are installed.
    """

    _name = "billing.other.ways"
    _description = "Ways to Pay without a Card"

    @api.private
    def get_ways(self, account, currency, amount, moves, is_named):
        """Return the ways to pay an amount without a card; None where the company has none.

        :param account: a `billing.account` (elevated)
        :param float amount: in the currency, above zero
        :param moves: the documents that it pays
        :param is_named: whether the visitor may know which documents these are and who the customer is
        :return: {"transfer": see `_get_transfer`, or None, "texts": [{"name": "cash", "cheque" or "phone", "text"}]}
        """
        company = account.company_id
        transfer = None
        if company.billing_offer_transfer and currency.compare_amounts(amount, 0) > 0:
            transfer = self._get_transfer(account, currency, amount, moves, is_named)
        texts = {
            "cash": company.billing_cash_text,
            "cheque": company.billing_cheque_text,
            "phone": company.billing_phone_text,
        }
        texts = [{"name": name, "text": text} for name, text in texts.items() if not is_html_empty(text)]
        return {"transfer": transfer, "texts": texts} if transfer or texts else None

    def _get_transfer(self, account, currency, amount, moves, is_named):
        """Return what a transfer is to say: {"holder", "number" as people read it, "plain_number", "bank", "bic",
        "amount", "currency", "reference", "code": address of a picture, or None, "code_name": kind of the code}.

        :return: None where the company has no bank account
        """
        bank = self._choose_bank(account.company_id, currency, moves)
        if not bank:
            return None
        reference = self._get_reference(account, moves, is_named)
        customer = account.partner_id if is_named else account.partner_id.browse()
        code_name, code = self._make_code(bank, currency, amount, reference, customer)
        return {
            "holder": bank.acc_holder_name or bank.partner_id.name,
            "number": bank.acc_number,
            "plain_number": bank.sanitized_acc_number,
            "bank": bank.bank_id.name,
            "bic": bank.bank_bic,
            "amount": amount,
            "currency": currency,
            "reference": reference,
            "code": code,
            "code_name": code_name,
        }

    def _choose_bank(self, company, currency, moves):
        """Return the bank account that the documents name where they agree, else the company's first for a currency."""
        if moves and len(named := moves.partner_bank_id) == 1 and all(move.partner_bank_id for move in moves):
            return named
        nothing = currency.browse()
        own = company.partner_id.bank_ids.filtered(lambda bank: bank.company_id in (company, company.browse()))
        return own.sorted(
            lambda bank: (bank.currency_id not in (currency, nothing), not bank.allow_out_payment, bank.sequence)
        )[:1]

    def _get_reference(self, account, moves, is_named):
        """Return the reference by which staff and banks know the payment: of one document its own, else the account's.

        The number of a document is no business of whoever may not see it.
        """
        if is_named and len(moves) == 1 and moves.is_invoice(include_receipts=True):
            return moves.payment_reference or moves.name
        return self.env["billing.payment.references"].get_reference(account.id)

    def _make_code(self, bank, currency, amount, reference, customer):
        """Return (kind, picture) of the code that banking apps read; nothing where none fits currency and account.

        :param customer: of whom a code may speak (the Swiss one names both sides); empty: of nobody
        """
        if bank.currency_id and bank.currency_id != currency:
            return None, None
        try:
            vals = bank._build_qr_code_vals(amount, reference, reference, currency, customer)
            picture = vals and self._draw_code(bank, vals)
        # a page to pay on is shown without a code as well, whatever an addon made of it
        except (UserError, ValueError) as error:
            _logger.warning("No code for transfers to %s was made: %s", bank.display_name, error)
            return None, None
        if not picture:
            return None, None
        return dict(bank.get_available_qr_methods_in_sequence())[vals["qr_method"]], picture

    def _draw_code(self, bank, vals):
        """Return the picture of what an addon says that the code holds."""
        params = bank._get_qr_code_generation_params(**vals)
        mask = params and params.get("mask")
        if not params or params.get("barcode_type") != "QR" or mask not in (None, SWISS_CROSS):
            return None
        return make_picture(params["value"], has_swiss_cross=bool(mask))
