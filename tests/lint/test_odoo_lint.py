"""Odoo's own lint classes, run over this project's addons as over Odoo's: collected by being imported."""

import pytest
from odoo.addons.test_lint.tests import test_index
from odoo.addons.test_lint.tests.test_dunderinit import TestDunderinit  # noqa: F401
from odoo.addons.test_lint.tests.test_index import TestIndex  # noqa: F401
from odoo.addons.test_lint.tests.test_manifests import ManifestLinter  # noqa: F401
from odoo.addons.test_lint.tests.test_naming import TestNaming
from odoo.addons.test_lint.tests.test_onchange_domains import TestOnchangeDomains
from odoo.addons.test_lint.tests.test_override_signatures import TestLintOverrideSignatures  # noqa: F401
from odoo.addons.test_lint.tests.test_routes import RoutesLinter  # noqa: F401
from odoo.addons.test_lint.tests.test_test_holes import TestTestHoles  # noqa: F401

# as Odoo lists its own: covered by the first key of _account_once_per_run, and a second index would slow each run
test_index.BTREE_INDEX_IGNORE_FIELDS.add("billing.run.outcome.run_id")
# the first column of account.move's _billing_account_idx
test_index.BTREE_INDEX_IGNORE_FIELDS.add("account.move.billing_account_id")

# they look through all of Odoo, which takes a quarter of a minute each
for slow in (TestNaming, TestOnchangeDomains):
    slow.pytestmark = [pytest.mark.nightly]
