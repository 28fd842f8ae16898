{
    "name": "Online Billing: Demo Businesses",
    "summary": "Four invented businesses with three months of billing, for whoever wants to look before deciding",
    "version": "19.0.1.0.0",
    "category": "Accounting/Billing",
    "author": "Online Billing",
    "license": "LGPL-3",
    "depends": ["online_billing_portal", "online_billing_einvoice", "payment_demo", "account_qr_code_sepa"],
}
