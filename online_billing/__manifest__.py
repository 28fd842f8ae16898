{
    "name": "Online Billing",
    "summary": "Recurring, one-time and usage billing: tariffs, accounts, subscriptions, billing runs, invoices and payments",
    "version": "19.0.1.0.0",
    "category": "Accounting/Billing",
    "author": "Online Billing",
    "license": "LGPL-3",
    "depends": ["account_payment"],
    "data": [
        "security/billing_security.xml",
        "security/ir.model.access.csv",
        "security/billing_rules.xml",
        "data/sequences.xml",
        "data/activity_types.xml",
        "data/run_crons.xml",
    ],
    "application": True,
}
