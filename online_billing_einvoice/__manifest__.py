{
    "name": "Online Billing: Electronic Invoices",
    "summary": "Electronic invoices that pass the official rules, and what they lack said before the first bill",
    "version": "19.0.1.0.0",
    "category": "Accounting/Billing",
    "author": "Online Billing",
    "license": "LGPL-3",
    "depends": ["online_billing", "account_edi_ubl_cii"],
    "data": [
        "views/cii_templates.xml",
        "views/account_views.xml",
        "views/company_views.xml",
        "views/run_preview_views.xml",
    ],
    "auto_install": True,
}
