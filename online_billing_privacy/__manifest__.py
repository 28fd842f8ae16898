{
    "name": "Online Billing: Privacy Lookup",
    "summary": "Odoo's privacy lookup finds what the billing holds on a person, and leads to a request for erasure",
    "version": "19.0.1.0.0",
    "category": "Accounting/Billing",
    "author": "Online Billing",
    "license": "LGPL-3",
    "depends": ["online_billing_portal", "privacy_lookup"],
    "auto_install": True,
}
