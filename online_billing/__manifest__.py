{
    "name": "Online Billing",
    "summary": "Recurring, one-time and usage billing: tariffs, accounts, subscriptions, billing runs, invoices and payments",
    "version": "19.0.1.0.0",
    "category": "Accounting/Billing",
    "author": "Online Billing",
    "license": "LGPL-3",
    "depends": ["account_payment"],
    "data": [],
    "application": True,
}
