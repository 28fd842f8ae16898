"""Answers to whoever asks too often."""

from odoo.exceptions import ValidationError
from odoo.http import request
from werkzeug.exceptions import HTTPException

from ..services.shared.request_limits import FILE, GUESS, PAY_ADDRESS, PAY_DOCUMENT, PAY_PAYER


def get_address():
    """Return the address that asks, as Odoo takes it from the proxy that it trusts."""
    return request.httprequest.remote_addr


def stop_guessing():
    """Refuse an address that has guessed too many links.

    :raise HTTPException: an answer of status 429, with the seconds to wait
    """
    if (GUESS, get_address()) not in _get_taken():  # what was counted of this very request does not stop it
        _refuse(request.env["billing.request.limits"].get_wait(GUESS, get_address()))


def note_guess():
    """Count a link that was wrong."""
    take(GUESS, get_address())


def limit_files(name=FILE):
    """Refuse more files than somebody reads.

    :raise HTTPException: an answer of status 429, with the seconds to wait
    """
    _refuse(take(name, request.env.uid))


def limit_payments(document, payer, accounts):
    """Refuse attempts to pay that come too often: of one document, by one payer, from one address; somebody is told.

    :param document: what is paid, as text
    :param payer: the `res.partner`
    :param accounts: the `billing.account` whose bills are paid (elevated)
    :raise ValidationError: with the minutes to wait
    """
    for name, subject in ((PAY_DOCUMENT, document), (PAY_PAYER, payer.id), (PAY_ADDRESS, get_address())):
        if wait := take(name, subject):
            request.env["billing.payment.watch"].tell_too_many(accounts)
            raise ValidationError(
                request.env._(
                    "There were too many attempts to pay. Please try again in %(minutes)s minutes.",
                    minutes=-(-wait // 60),
                )
            )


def take(name, subject):
    """Count what is asked for, once in a request; return how many seconds to wait where there is no room, else 0."""
    if (name, subject) in _get_taken():
        return 0
    wait = request.env["billing.request.limits"].take(name, subject)
    if not wait:
        _get_taken().add((name, subject))
    return wait


def _get_taken():
    """Return what was counted of this request: Odoo may begin one anew, and looks at a link more than once."""
    if not hasattr(request, "billing_taken"):
        request.billing_taken = set()
    return request.billing_taken


def _refuse(wait):
    if not wait:
        return
    response = request.render("online_billing.too_many_requests", {"page_name": "billing_link", "wait": wait})
    response.flatten()
    response.status_code = 429
    response.headers["Retry-After"] = str(wait)
    raise HTTPException(response=response)  # without a code of its own Odoo sends it as it is
