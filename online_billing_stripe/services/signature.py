"""The signature of an event: that it comes from Stripe, as it is, and just now."""

import hashlib
import hmac
import re

#: seconds that a signature may be old, and that it may be ahead of our clock
OLDEST, NEWEST = 300, 60
RIGHT, MALFORMED, WRONG = "right", "malformed", "wrong"
LONGEST = 4_000
TIME, DIGEST = re.compile(r"[0-9]{1,12}"), re.compile(r"[0-9a-f]{64}")


def check_signature(body, header, secrets, now):
    """Judge the signature of an event.

    While a secret is changed an event is signed with several, and several secrets may hold: one right pair is enough.

    :param bytes body: as it came
    :param header: ``Stripe-Signature``, or None
    :param secrets: texts; one at least
    :param int now: seconds since 1970
    :return: RIGHT, MALFORMED or WRONG
    """
    if not header or not header.isascii() or len(header) > LONGEST:
        return MALFORMED
    pairs = [item.strip().partition("=")[::2] for item in header.split(",")]
    times = [value for name, value in pairs if name == "t"]
    digests = [value for name, value in pairs if name == "v1" and DIGEST.fullmatch(value)]
    if len(times) != 1 or not TIME.fullmatch(times[0]) or not digests:
        return MALFORMED
    moment = int(times[0])
    if not now - OLDEST <= moment <= now + NEWEST:
        return WRONG
    signed = times[0].encode() + b"." + body
    wanted = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    # each pair is compared, so that the time says nothing of which one was right
    found = [hmac.compare_digest(digest, one) for digest in digests for one in wanted]
    return RIGHT if any(found) else WRONG
