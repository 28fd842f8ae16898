"""Answers to whoever asks too often."""

import logging
import re
from ipaddress import ip_address, ip_network

import psycopg2
from odoo.exceptions import ValidationError
from odoo.http import request
from werkzeug.exceptions import HTTPException

from ..services.shared.request_limits import FILE, GUESS, INVITE, MAIL, PAY_ADDRESS, PAY_DOCUMENT, PAY_PAYER, SAVE
from .closed_pages import close

_logger = logging.getLogger(__name__)

# an address with a port behind it: 192.0.2.7:5000 or [2001:db8::7]:5000
PORT = re.compile(r"^(?:\[([^]]+)\]|([0-9.]+))(?::\d+)?$")
# so many bits of an IPv6 address name the network of one customer of a provider
PREFIX = 64


def get_address():
    """Return the address that asks, as Odoo takes it from the proxy that it trusts.

    What a visitor says of it counts for nothing: Odoo takes the last one that was added, and only from a proxy.
    """
    return read_address(request.httprequest.remote_addr or "")


def read_address(text):
    """Return whom an address stands for: of IPv6, whoever has one has all of its network.

    Some proxies write the port behind it, which is another one each time.

    :param str text: as the server or a proxy has it
    """
    bare = PORT.sub(r"\1\2", text.strip())
    try:
        address = ip_address(bare)
    except ValueError:
        return text
    if address.version == 4:
        return str(address)
    return str(address.ipv4_mapped or ip_network((int(address), PREFIX), strict=False))


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
    """Refuse more files than somebody reads; where they cannot be counted, whoever reads is kept from nothing.

    :raise HTTPException: an answer of status 429, with the seconds to wait
    """
    try:
        wait = take(name, request.env.uid)
    except psycopg2.Error:
        _logger.exception("The files that somebody reads could not be counted; nobody is kept waiting.")
        return
    _refuse(wait)


def limit_mails():
    """Refuse to mail more documents again than one person can have lost.

    :raise HTTPException: an answer of status 429, with the seconds to wait
    """
    _refuse(take(MAIL, request.env.uid))


def limit_invitations(customer):
    """Refuse to invite more colleagues in a day than a customer has new ones.

    :param customer: the commercial `res.partner`
    :raise HTTPException: an answer of status 429, with the seconds to wait
    """
    _refuse(take(INVITE, customer.id))


def admit_payer(accounts):
    """Refuse an address that tries to pay too often, and whoever is no person, see `billing.paying.check_visitor`.

    It counts for the address alone, so that nobody keeps a customer from paying by being refused; and is asked before
    anything is held, as somebody else may be asked over the network.

    :param accounts: the `billing.account` whose bills are paid (elevated)
    :raise HTTPException: an answer of status 429, with the seconds to wait, and a sentence that Odoo's form shows
    :raise ValidationError: a sentence for whoever is taken for a program
    """
    _limit_payments(PAY_ADDRESS, [get_address()], accounts)
    request.env["billing.paying"].check_visitor(accounts)


def limit_payments(documents, payer, accounts):
    """Refuse attempts to pay that come too often: of one document, by one payer, from one address; somebody is told.

    :param documents: the `account.move` that are paid: each is counted, on whichever page and beside whatever others
    :param payer: the `res.partner`
    :param accounts: as of :func:`admit_payer`, which comes first
    :raise HTTPException: as of :func:`admit_payer`
    """
    admit_payer(accounts)
    _limit_payments(PAY_DOCUMENT, documents.ids, accounts)
    _limit_payments(PAY_PAYER, payer.ids, accounts)


def limit_payments_of_nothing(payer):
    """Refuse attempts to pay by nothing but a payer and an amount that come too often; of a customer with an account.

    :param payer: the `res.partner` (elevated)
    :raise HTTPException: as of :func:`admit_payer`
    """
    if accounts := request.env["billing.paying"].get_concerned(payer):
        limit_payments(request.env["account.move"], payer, accounts)


def limit_saving(partner):
    """Refuse payment methods that are saved too often: of one partner, from one address; somebody is told.

    For a customer with an account, who saves one is checked as who pays.

    :param partner: the `res.partner` (elevated)
    :raise HTTPException: as of :func:`admit_payer`
    """
    concerned = request.env["billing.paying"].get_concerned(partner)
    _limit_saving(PAY_ADDRESS, get_address(), concerned)
    if concerned:
        request.env["billing.paying"].check_visitor(concerned)
    _limit_saving(SAVE, partner.id, concerned)


def _limit_payments(name, subjects, accounts):
    if wait := take(name, *subjects):
        request.env["billing.payment.watch"].tell_too_many(accounts)
        minutes = -(-wait // 60)
        _refuse_form(
            request.env._(
                "There were too many attempts to pay. Minutes until the next one: %(minutes)s.", minutes=minutes
            ),
            wait,
        )


def _limit_saving(name, subject, accounts):
    if wait := take(name, subject):
        request.env["billing.payment.watch"].tell_too_many(accounts)
        hours = -(-wait // 3600)
        _refuse_form(
            request.env._(
                "There were too many attempts to save a payment method. Hours until the next one: %(hours)s.",
                hours=hours,
            ),
            wait,
        )


def _refuse_form(message, wait):
    # as Odoo answers any error of such a route: its pages read the sentence there, whatever the status is
    _answer(request.dispatcher.handle_error(ValidationError(message)), wait)


def take(name, *subjects):
    """Count what is asked for, once in a request; return how many seconds to wait where there is no room, else 0."""
    taken = _get_taken()
    asked = [subject for subject in subjects if (name, subject) not in taken]
    wait = request.env["billing.request.limits"].take(name, *asked)
    if not wait:
        taken.update((name, subject) for subject in asked)
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
    _answer(close(response), wait)


def _answer(response, wait):
    response.status_code = 429
    response.headers["Retry-After"] = str(wait)
    raise HTTPException(response=response)  # without a code of its own Odoo sends it as it is
