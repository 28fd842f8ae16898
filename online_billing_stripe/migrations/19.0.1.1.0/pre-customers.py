"""Make room for the index of customers at Stripe that knows former ones.

It has the name of a constraint that forbade them. Odoo takes the index of that constraint for one that somebody has
made by hand, and leaves it.
"""


def migrate(cr, version):
    cr.execute("ALTER TABLE billing_stripe_customer DROP CONSTRAINT IF EXISTS billing_stripe_customer_one_of_partner")
