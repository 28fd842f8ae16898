"""Whether a test tries all that there is, or what is enough for every commit."""

import os

IS_NIGHT = os.environ.get("BILLING_TIER") == "nightly"
