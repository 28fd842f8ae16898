{
    "name": "Online Billing: reCAPTCHA",
    "summary": "Who pays a bill without logging in shows by Google's reCAPTCHA to be no program that tries out cards",
    "version": "19.0.1.0.0",
    "category": "Accounting/Billing",
    "author": "Online Billing",
    "license": "LGPL-3",
    "depends": ["online_billing", "google_recaptcha"],
    "data": ["views/payment_form_templates.xml"],
    "assets": {
        "web.assets_frontend": ["online_billing_captcha/static/src/payment_form.js"],
    },
    "auto_install": True,
}
