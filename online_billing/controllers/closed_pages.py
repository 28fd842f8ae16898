"""Pages that are a visitor's alone: no cache keeps them, no other site frames them or learns their address."""


def close(response, referrer="no-referrer"):
    """Return a response with the headers of such a page.

    :param referrer: whom the address is told; nobody, where the address itself is a right
    """
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = referrer
    response.headers["Content-Security-Policy"] = "frame-ancestors 'self'"
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response
