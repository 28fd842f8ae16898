"""The addon of the demo businesses, which the template does not know: installed into a copy, its own tests pass."""

import re
import subprocess

import pytest

from tools import database, paths

ADDON = "online_billing_demo_business"


@pytest.mark.nightly
def test_the_demo_businesses_pass_their_own_tests(database_copy, odoo_environment):
    name = database_copy()
    command = database.odoo_command(
        *("-d", name, "-i", ADDON, "--test-tags", f"/{ADDON}", "--stop-after-init", "--max-cron-threads=0"),
        *("--no-http", "--log-level=warn", "--log-handler=odoo.tests.result:INFO"),
        more_addons=[paths.TEST_ADDONS, paths.DEMO_ADDONS],
    )
    answer = subprocess.run(
        command, env=odoo_environment, cwd=paths.PROJECT, capture_output=True, text=True, check=False
    )
    closing = re.search(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests", answer.stderr)
    assert closing, answer.stderr[-3000:]
    assert closing.group(1, 2) == ("0", "0"), answer.stderr[-6000:]
    assert int(closing.group(3)) > 5
    assert answer.returncode == 0
