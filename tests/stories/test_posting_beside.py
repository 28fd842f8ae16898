"""E5: with what other databases have beside ours, posting in batches goes on and equals Odoo's own way."""

from __future__ import annotations

import subprocess

from tools import beside, paths

PATIENCE = 900


def run(command, environment, log):
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as output:
        return subprocess.run(
            command,
            env=environment,
            cwd=paths.PROJECT,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=PATIENCE,
            check=False,
        ).returncode


def test_case_E5_beside_german_accounting_stock_sales_and_purchases(postgres, tmp_path):
    log = tmp_path / "posting.log"
    found, shares = beside.prove(postgres, "together", beside.TOGETHER, log, run, beside.EACH_COMMIT)
    assert found == []
    assert any("l10n_de" in line for line in shares), shares
