{
    "name": "Backend assets without a missing file",
    "summary": "Lets browser tests run on an Odoo package that leaves out one non-free library",
    "author": "Online Billing",
    "category": "Hidden/Tests",
    "license": "LGPL-3",
    "depends": ["mail"],
    "auto_install": True,
    "assets": {
        # Debian's package does not hold this file (background blur in video calls). The bundle then logs an error, and
        # a browser test fails on any error in the console.
        "web.assets_backend": [("remove", "mail/static/lib/selfie_segmentation/selfie_segmentation.js")],
    },
}
