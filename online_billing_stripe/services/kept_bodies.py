"""What may stay of what Stripe tells: nothing that lets somebody pay, and nothing that says who somebody is."""

#: levels of what is kept
DEEPEST = 50
#: what lets somebody pay or be paid does not stay in the database
SECRETS = frozenset(("client_secret", "ephemeral_key_secret", "secret"))
#: who somebody is and how they are reached: nobody reads it here, and an erasure would have to look for it
PERSONAL = frozenset(
    (
        "address",
        "billing_details",
        "customer_address",
        "customer_details",
        "customer_email",
        "customer_name",
        "customer_phone",
        "customer_shipping",
        "email",
        "evidence",
        "phone",
        "previous_attributes",
        "receipt_email",
        "shipping",
        "verified_name",
    )
)


def take_out(value, depth=0):
    """Return an event, or another object of Stripe as dicts and lists, without what must not stay.

    :raise ValueError: it is nested deeper than anything of Stripe
    """
    if depth > DEEPEST:
        raise ValueError("nested too deep")
    if isinstance(value, dict):
        dropped = SECRETS | PERSONAL
        if value.get("object") == "customer":
            dropped |= {"name", "description"}
        return {name: take_out(item, depth + 1) for name, item in value.items() if name not in dropped}
    if isinstance(value, list):
        return [take_out(item, depth + 1) for item in value]
    return value
