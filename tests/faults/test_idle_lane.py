"""A lane that finds nothing but what another one holds looks again in a while, and the log says nothing of it."""

from __future__ import annotations

import json

from tools import database, paths

ALL_HELD = """
import json
from datetime import date, timedelta
from odoo import fields
from odoo.sql_db import db_connect
from tests.faults import business
business.make_company_ready(env)
codes = business.make_codes(env)
plan = business.make_plan(env, "Plan", [(code, "advance", 1) for code in codes.values()])
accounts = business.make_accounts(env, 2)
business.subscribe(env, accounts, plan, "2026-05-01")
run = env["billing.run"].create({"target_date": "2026-06-01"})
env["billing.run.work"].start(run)
triggers = env["ir.cron.trigger"]
triggers.search([]).unlink()
lane = env.ref("online_billing.cron_process_runs_2")
lane.write({"active": True, "nextcall": "2026-01-01"})
env.cr.commit()
found = {}
with db_connect(env.cr.dbname).cursor() as other:
    other.execute("SELECT FROM billing_account FOR NO KEY UPDATE")
    env["ir.cron"]._process_jobs(env.cr.dbname)
    other.rollback()
env.cr.rollback()
env.invalidate_all()
[trigger] = triggers.search([("cron_id", "=", lane.id)])
found["minutes"] = round((trigger.call_at - fields.Datetime.now()).total_seconds() / 60)
found["next"] = lane.nextcall > fields.Datetime.now()
found["billed"] = env["account.move"].search_count([("billing_account_id", "in", accounts.ids)])
trigger.call_at -= timedelta(minutes=5)
env.cr.commit()
env["ir.cron"]._process_jobs(env.cr.dbname)
env.cr.rollback()
env.invalidate_all()
found["then"] = env["account.move"].search_count([("billing_account_id", "in", accounts.ids)])
print("FOUND" + json.dumps(found))
"""


def test_a_lane_that_finds_only_what_another_holds_comes_again_and_warns_of_nothing(postgres, database_copy):
    name = database_copy()
    told = database.shell(postgres, name, ALL_HELD, cannot="The script failed", more_addons=[paths.TEST_ADDONS])
    found = json.loads(told.rpartition("FOUND")[2])
    assert found["minutes"] == 1
    assert found["next"], "it is called again and again"
    assert (found["billed"], found["then"] > 0) == (0, True)
    log = (paths.LOGS / f"shell-{name}.log").read_text()
    assert " WARNING " not in log, log
