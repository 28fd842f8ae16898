{
    "name": "Online Billing: Customer Portal",
    "summary": "Customers see what they owe and why, pay, download, choose and ask, on their own pages",
    "version": "19.0.1.0.0",
    "category": "Accounting/Billing",
    "author": "Online Billing",
    "license": "LGPL-3",
    "depends": ["online_billing"],
    "data": [
        "security/ir.model.access.csv",
        "security/rules.xml",
        "views/member_views.xml",
        "views/portal_templates.xml",
        "views/home_templates.xml",
        "views/invoice_templates.xml",
    ],
}
