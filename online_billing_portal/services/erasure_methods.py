"""Which saved payment methods go with people whose data is erased, and what automatic payment loses by that."""

from dataclasses import dataclass

from odoo import api, models
from odoo.addons.online_billing.models.automatic_payment.consent import HOLDING
from odoo.addons.online_billing.models.automatic_payment.payment_attempt import UNDER_WAY
from odoo.fields import Domain

from .erasure_fields import GONE


@dataclass(frozen=True, slots=True)
class Loss:
    """What a consent to automatic payment loses.

    :ivar account: the `billing.account`, elevated
    :ivar lost: the names of the methods that go
    :ivar left: the names of those that stand in for them
    :ivar unserved: for which bills none is left that were served by these: of ``recurring`` and ``other``
    :ivar is_usable: some bills are collected still
    """

    account: models.Model
    lost: tuple[str, ...]
    left: tuple[str, ...]
    unserved: tuple[str, ...]
    is_usable: bool


class BillingErasureMethods(models.AbstractModel):
    """Consents follow as where any other method is gone: the next one stands in, or the customer is told.

    The other company that a customer is one of charges only what was saved with it.
    """

    _name = "billing.erasure.methods"
    _description = "Erase Saved Payment Methods"

    @api.private
    def are_kept(self, erasure):
        """Tell whether a customer keeps its methods: who has come back, or is one of a branch, pays by them still."""
        return not erasure.contact_id and self.env["billing.erasure.keeping"].is_charged(erasure)

    @api.private
    def find(self, erasure):
        """Return the saved methods (elevated) that go, archived ones of which something is known as well."""
        if self.are_kept(erasure):
            return self.env["payment.token"].sudo()  # sudo: as below
        own = Domain("partner_id", "in", self.env["billing.erasure.people"].find_people(erasure).ids)
        known = Domain("active", "=", True) | Domain("payment_details", "!=", False)
        tokens = self.env["payment.token"].sudo().with_context(active_test=False)  # sudo: whoever decides
        return tokens.search(own & self._get_place_domain(erasure) & known)

    @api.private
    def erase(self, erasure):
        """Let saved methods that go never be charged again, and ask providers to delete what they keep."""
        if self.are_kept(erasure):
            return
        people = self.env["billing.erasure.people"].find_people(erasure)
        adapters = self.env["billing.payment.adapter"].sudo()  # sudo: as above
        for provider in people.env["payment.provider"].search(self._get_place_domain(erasure)):
            adapters.get_adapter(provider).forget(provider, people)
        saved = self.find(erasure)
        consents = self.env["billing.payment.consents"]
        consents.note_gone(saved, self.env._("Erased with the data of whose method it was"))
        saved.filtered("active").write({"active": False})
        # without its reference it can never be charged again, whoever switches it on
        saved.write({"payment_details": False, "provider_ref": GONE})

    @api.private
    def find_under_way(self, erasure):
        """Return payments (elevated) under way by methods that go: their provider could not be asked any more.

        Of whichever company: a branch charges what was saved with its parent.
        """
        attempts = self.env["billing.payment.attempt"].sudo()  # sudo: as above
        return attempts.search([("token_id", "in", self.find(erasure).ids), ("state", "in", UNDER_WAY)])

    def _get_place_domain(self, erasure):
        """Return the domain of the companies with which methods were saved that go."""
        # one that was saved with a parent company is charged by its branches as well, and by nobody else now
        operator = "=" if self.env["billing.erasure.people"].is_shared(erasure) else "parent_of"
        return Domain("company_id", operator, erasure.company_id.id)

    # -- what automatic payment loses ---------------------------------------------------------------------------------

    @api.private
    def get_losses(self, erasure):
        """Return [Loss] of the consents that hold and lose a method when a request is granted."""
        saved, consents = self.find(erasure), self.env["billing.payment.consents"]
        rows = self.env["billing.payment.consent.method"].sudo()  # sudo: methods belong to their customers
        holding = [("token_id", "in", saved.ids), ("consent_id.state", "in", HOLDING)]
        going = rows.search(holding).filtered("is_usable")
        losses = []
        for consent, own in going.grouped("consent_id").items():
            usable, purposes = consent.method_ids.filtered("is_usable"), set(own.mapped("purpose"))
            left = [one for one in usable - own if one.purpose == "all" or purposes & {"all", one.purpose}]
            losses.append(
                Loss(
                    account=consent.account_id,
                    lost=self._get_names(own),
                    left=self._get_names(rows.union(*left)),
                    unserved=tuple(consents.get_newly_unserved(consent, own)),
                    is_usable=bool(usable - own),
                )
            )
        return losses

    @api.private
    def say_losses(self, erasure, knows):
        """Return what automatic payment loses, as sentences that customers and staff may read.

        :param knows: whether the reader may know of a `billing.account` (elevated); others are not named, nor what is
            charged of them instead
        """
        sentences = []
        for loss in self.get_losses(erasure):
            is_known = knows(loss.account)
            account = loss.account.name if is_known else self.env._("another account")
            left = ", ".join(loss.left) if is_known else self.env._("another method")
            sentences.append(self._say(loss, account, left))
        return sentences

    def _say(self, loss, account, left):
        lost = ", ".join(loss.lost)
        if not loss.unserved:
            return self.env._(
                "Automatic payment of %(account)s loses %(lost)s. In its place %(left)s is charged.",
                account=account,
                lost=lost,
                left=left,
            )
        if not loss.is_usable:
            return self.env._(
                "Automatic payment of %(account)s loses %(lost)s and has nothing else. No bill is collected until"
                " another method is chosen; the customer of the account is told so.",
                account=account,
                lost=lost,
            )
        texts = {
            "recurring": self.env._(
                "Automatic payment of %(account)s loses %(lost)s. Bills of subscriptions are not collected until"
                " another method is chosen for them; the customer of the account is told so.",
                account=account,
                lost=lost,
            ),
            "other": self.env._(
                "Automatic payment of %(account)s loses %(lost)s. Bills that are not of subscriptions are not collected"
                " until another method is chosen for them; the customer of the account is told so.",
                account=account,
                lost=lost,
            ),
        }
        return texts[loss.unserved[0]]

    def _get_names(self, methods):
        return tuple(dict.fromkeys(method.token_id.display_name for method in methods))
