"""How often something may be asked for from outside: guesses of links, attempts to pay, files."""

import logging
from datetime import timedelta

import psycopg2
from odoo import api, fields, models
from odoo.sql_db import db_connect
from odoo.tools import SQL
from odoo.tools import hmac as sign

_logger = logging.getLogger(__name__)

SCOPE = "online_billing.request_limits"
GUESS, PAY_DOCUMENT, PAY_PAYER, PAY_ADDRESS = "guess", "pay_document", "pay_payer", "pay_address"
SAVE = "save"
FILE, ARCHIVE, EXPORT, ERASURE = "file", "archive", "export", "erasure"
FORGED, MAIL, INVITE = "forged", "mail", "invite"
# {what: ((how often, in how many seconds), ...)}; whoever tries cards does so by the hundred
LIMITS = {
    GUESS: ((20, 60), (100, 3600)),
    PAY_DOCUMENT: ((5, 600),),
    PAY_PAYER: ((10, 3600),),
    PAY_ADDRESS: ((20, 3600),),
    SAVE: ((5, 86400),),  # payment methods, of one partner; each is shown to its bank
    FILE: ((10, 60),),
    FORGED: ((60, 60),),  # events of providers with a wrong signature; right ones are never limited
    ARCHIVE: ((3, 600),),  # of up to a hundred documents, each drawn
    MAIL: ((10, 3600),),  # of documents and receipts again, by one person
    INVITE: ((10, 86400),),  # of colleagues, by one customer; each asks whether an address logs in here
    EXPORT: ((3, 86400),),  # of all that is held on a customer
    ERASURE: ((3, 86400),),  # asked for, each of which somebody has to decide
}


class BillingRequestLimits(models.AbstractModel):
    """Counted in a transaction of its own, so that it stays counted whatever becomes of the request."""

    _name = "billing.request.limits"
    _description = "Limits of Requests"

    @api.private
    def get_wait(self, name, subject):
        """Return how many seconds somebody has to wait; 0 where they need not. Where it cannot be known, 0.

        :param str name: one of LIMITS
        :param subject: for whom or what it is limited, as text
        """
        try:
            with db_connect(self.env.cr.dbname).cursor() as cursor:
                return self._get_wait(cursor, name, [self._get_key(name, subject)]) if self._is_on() else 0
        except psycopg2.Error:
            _logger.exception("The limits of requests could not be read; nobody is kept waiting.")
            return 0

    @api.private
    def take(self, name, *subjects):
        """Count one more of each where there is room for all, and return 0; else return how many seconds to wait.

        What cannot be counted raises: an attempt to pay that nobody counts is not made.

        :param str name: one of LIMITS
        :param subjects: for whom or what it is limited, as text
        """
        if not subjects or not self._is_on():
            return 0
        keys = [self._get_key(name, subject) for subject in subjects]
        with db_connect(self.env.cr.dbname).cursor() as cursor:
            wait = self._get_wait(cursor, name, keys)
            if not wait:
                cursor.execute(
                    SQL(
                        "INSERT INTO billing_request_count (key, counted_at) SELECT asked.key, %s"
                        " FROM unnest(%s) AS asked (key)",
                        fields.Datetime.now(),
                        keys,
                    )
                )
            return wait

    def _is_on(self):
        # sudo: an administrator may switch them off, where something before Odoo limits requests
        return self.env["ir.config_parameter"].sudo().get_param(SCOPE) != "off"

    def _get_key(self, name, subject):
        return f"{name}:{sign(self.env(su=True), SCOPE, (name, str(subject)))}"

    def _get_wait(self, cursor, name, keys):
        """Return how many seconds it takes until there is room for all of some keys."""
        now, waits = fields.Datetime.now(), [0]
        for most, seconds in LIMITS[name]:
            since = now - timedelta(seconds=seconds)
            cursor.execute(
                SQL(
                    """
                    SELECT max(latest.first)
                      FROM unnest(%(keys)s) AS asked (key)
                     CROSS JOIN LATERAL (
                           SELECT count(*) AS number, min(counted_at) AS first
                             FROM (SELECT counted_at FROM billing_request_count
                                    WHERE key = asked.key AND counted_at > %(since)s
                                    ORDER BY counted_at DESC LIMIT %(most)s) AS counted
                           ) AS latest
                     WHERE latest.number >= %(most)s
                    """,
                    keys=keys,
                    since=since,
                    most=most,
                )
            )
            [first] = cursor.fetchone()
            if first:
                waits.append(max(1, round((first - since).total_seconds())))
        return max(waits)
