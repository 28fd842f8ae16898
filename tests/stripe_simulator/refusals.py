"""What the simulator says no with: the errors of Stripe's interface, by status, type and code."""

from __future__ import annotations


class Refused(Exception):
    """An answer that is no success.

    :param status: of HTTP
    :param error: what stands under ``error`` in the answer
    :param keeps: whether what was written before is kept: a declined payment is there, one that was refused is not
    """

    def __init__(self, status: int, error: dict, *, keeps: bool = False) -> None:
        super().__init__(error.get("message", ""))
        self.status = status
        self.error = error
        self.keeps = keeps


def invalid(message: str, *, param: str = "", code: str = "", status: int = 400, **more: object) -> Refused:
    """Return the refusal of a request that is wrong in itself or does not fit what is there."""
    error = {"message": message, "type": "invalid_request_error", **more}
    if code:
        error |= {"code": code, "doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"}
    if param:
        error["param"] = param
    return Refused(status, error)


def missing(noun: str, identifier: str, param: str, *, other_mode: str = "") -> Refused:
    """Return the refusal for something that is not there: 404 in a path, 400 in a parameter.

    :param param: the parameter that named it, ``id`` if it stood in the path
    :param other_mode: ``test`` or ``live`` if it is there in that mode, and the key is of the other
    """
    message = f"No such {noun}: '{identifier}'"
    if other_mode:
        used = "live" if other_mode == "test" else "test"
        message += (
            f"; a similar object exists in {other_mode} mode, but a {used} mode key was used to make this request."
        )
    return invalid(message, param=param, code="resource_missing", status=404 if param == "id" else 400)


def card_error(error: dict, **more: object) -> Refused:
    """Return a decline, which leaves its traces: the payment intent, the failed charge, the events."""
    return Refused(402, {**error, **more}, keeps=True)


def conflict() -> Refused:
    """Return the refusal while the first request with the same key is under way."""
    message = (
        "There is currently another in-progress request using this Idempotent Key (that probably means you submitted "
        "twice, and the other request is still going through). Please try again later."
    )
    return Refused(409, {"message": message, "type": "idempotency_error", "code": "idempotency_key_in_use"})


def broken() -> Refused:
    """Return the answer of a server that failed."""
    return Refused(500, {"message": "An unknown error occurred", "type": "api_error"})


def too_many() -> Refused:
    """Return the answer to somebody who asks too often."""
    message = "Request rate limit exceeded. Learn more about rate limits at https://stripe.com/docs/rate-limits."
    return Refused(429, {"message": message, "type": "invalid_request_error", "code": "rate_limit"})
