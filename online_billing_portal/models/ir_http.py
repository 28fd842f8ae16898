import re

from odoo import models
from odoo.http import request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge, abort

from ..services.form_heads import read_fields

# an address of forms: that of a record with a page, of an account on a page, or below a page
FORM = re.compile(
    r"/my/billing/(?:((?:invoices|questions|subscriptions)/[0-9]+)/"
    r"|(automatic|installments|preferences|profile|promise)/([0-9]+)|([a-z]+)/)"
)
# what has forms and no page of its own: the page where they stand
PAGES = {"receipt": "statement"}


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _match(cls, path_info):
        """Lead from the address of a form to the page where it stands.

        Whoever has to log in before a form is taken comes back to its address, and so does who reads a page that
        refused something in another language, or loads it anew.
        """
        try:
            return super()._match(path_info)
        except MethodNotAllowed:
            found = request.httprequest.method in ("GET", "HEAD") and FORM.search(path_info)
            if not found:
                raise
            record, page, account, other = found.groups()
            page = record or (page and f"{page}?account={account}") or PAGES.get(other, other)
            # as Odoo leads elsewhere before there is a controller
            abort(request.redirect(f"/my/billing/{page}"))

    @classmethod
    def _handle_error(cls, exception):
        """Answer a form of ours whose files are too large by its page, with all that was typed.

        Such a form is refused before any controller is asked. The address says by ``billing_too_large`` which method
        of its controller shows the page.
        """
        if isinstance(exception, RequestEntityTooLarge):
            rule, arguments = cls._match(request.httprequest.path)
            if name := rule.endpoint.routing.get("billing_too_large"):
                return cls._billing_answer_too_large(getattr(rule.endpoint.func.__self__, name), arguments)
        return super()._handle_error(exception)

    @classmethod
    def _billing_answer_too_large(cls, show, arguments):
        typed = cls._billing_read_typed()
        request.params = dict(arguments)
        request.env.cr.rollback()
        try:
            response = show(typed, **arguments)
        except HTTPException as refused:  # a page that the visitor does not see
            return refused
        response.flatten()
        response.status_code = 413
        cls._post_dispatch(response)
        return response

    @classmethod
    def _billing_read_typed(cls):
        """Return {name: [texts]} of the fields of a form of which nothing was read yet; of another none."""
        http = request.httprequest
        boundary = http.mimetype_params.get("boundary", "")
        limit, http.max_content_length = http.max_content_length, None
        if not boundary or not limit or (http.content_length or 0) <= limit:
            return {}
        try:
            # of what Odoo lets through of a request, the body as it comes is no part
            return read_fields(http._HTTPRequest__wrapped.stream, boundary.encode())
        except ValueError:  # no form at all
            return {}
