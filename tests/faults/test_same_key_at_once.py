"""C-02 over HTTP: programs that send the same charge at the same moment make one charge between them."""

from __future__ import annotations

import json
import threading
import urllib.request

PREPARE = """
from tests.faults import business
business.make_code(env, "DUTY", 0.0, kind="one_time", model="dynamic")
account = business.make_accounts(env, 1)
key = env(user=env.ref("base.user_admin"))["res.users.apikeys"]._generate("rpc", "race", None)
env.cr.commit()
print(account.name, key)
"""
CALLERS = 8
ROUNDS = 3


def record(server, key, charge, start, answers):
    request = urllib.request.Request(
        f"{server.url}/json/2/billing.charge/record",
        data=json.dumps({"charges": [charge]}).encode(),
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    start.wait()
    with urllib.request.urlopen(request, timeout=90) as response:
        answers.append(json.load(response)[0])


def test_c_02_the_same_key_from_many_callers_at_once_is_one_charge(server, odoo_shell):
    account, key = odoo_shell(server.database, PREPARE).split()[-2:]
    for turn in range(ROUNDS):
        charge = {"account": account, "code": "DUTY", "key": f"parcel-{turn}", "amount": 12.5, "date": "2026-08-20"}
        start, answers = threading.Barrier(CALLERS), []
        callers = [
            threading.Thread(target=record, args=(server, key, charge, start, answers)) for _caller in range(CALLERS)
        ]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        assert len(answers) == CALLERS, "a caller got no answer"
        assert len({answer["id"] for answer in answers}) == 1, answers
        assert sorted(answer["status"] for answer in answers) == ["created"] + ["duplicate"] * (CALLERS - 1)
    counted = odoo_shell(
        server.database, "print(env['billing.charge'].search_count([('key', '=like', 'api:parcel-%')]))"
    )
    assert counted.split()[-1] == str(ROUNDS)
