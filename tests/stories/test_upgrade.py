"""U-04: a database of an earlier version is brought to this one, loses nothing, and is then as one that is new."""

from __future__ import annotations

import json
import re

import pytest

from tests.stories.schema import get_difference, look
from tests.stories.test_uninstall import complaints
from tools import database, paths

ADDON = "online_billing"
# what Odoo forgets with any update, until the addon is updated that has the model: its notes of models of addons that
# it loads later, where they have what an addon adds to a model that they build on
FORGOTTEN = re.compile(r"^- .*(model_inherit__sale_(order|edi)_|quotation[._]document)")
USE = """
from tests.faults import business
company = business.make_company_ready(env)
accounts = business.make_accounts(env, 3)
env.cr.commit()
print("FOUND", *accounts.ids, *accounts.partner_id.ids)
"""
# what 19.0.1.0.0 had otherwise: who gets invoices were contacts of the account and no records of their own; a customer
# at Stripe could not be a former one; fields had indexes that they have no more; and a field was not there
FORMER = """
    CREATE TABLE billing_account_invoice_contact_rel (
        account_id integer NOT NULL REFERENCES billing_account ON DELETE CASCADE,
        partner_id integer NOT NULL REFERENCES res_partner ON DELETE CASCADE,
        PRIMARY KEY (account_id, partner_id)
    );
    CREATE INDEX ON billing_account_invoice_contact_rel (partner_id, account_id);
    INSERT INTO ir_model_relation (name, module, model)
    SELECT 'billing_account_invoice_contact_rel', module.id, model.id
      FROM ir_module_module module, ir_model model
     WHERE module.name = 'online_billing' AND model.model = 'billing.account';
    INSERT INTO ir_model_constraint (name, type, module, model)
    SELECT 'billing_account_invoice_contact_rel_account_id_fkey', 'f', module.id, model.id
      FROM ir_module_module module, ir_model model
     WHERE module.name = 'online_billing' AND model.model = 'billing.account';
    DROP INDEX billing_stripe_customer_one_of_partner;
    ALTER TABLE billing_stripe_customer
      ADD CONSTRAINT billing_stripe_customer_one_of_partner UNIQUE (provider_id, partner_id, is_live);
    CREATE INDEX billing_run_outcome__account_id_index ON billing_run_outcome (account_id);
    CREATE INDEX billing_subscription_line__next_due_date_index ON billing_subscription_line (next_due_date);
    CREATE INDEX billing_payment_attempt__account_id_index ON billing_payment_attempt (account_id);
    CREATE INDEX billing_payment_attempt__transaction_id_index ON billing_payment_attempt (transaction_id);
    ALTER TABLE billing_payment_attempt DROP COLUMN counted_amount;
    UPDATE ir_module_module SET latest_version = '19.0.1.0.0' WHERE starts_with(name, 'online_billing');
"""
RECIPIENTS = """
    SELECT who.account_id, who.partner_id, who.company_id = account.company_id,
           gets_invoices AND gets_receipts AND gets_reminders AND gets_debits
      FROM billing_account_recipient who JOIN billing_account account ON account.id = who.account_id
     WHERE account.id = ANY(%s) ORDER BY 1, 2
"""


@pytest.mark.nightly
def test_case_U04_a_database_of_the_first_version_becomes_as_a_new_one(postgres, template, database_copy):
    name = database_copy(template)

    def ask(statement, *parameters):
        return database.sql(postgres, name, statement, *parameters)

    told = database.shell(postgres, name, USE, cannot="The script failed", more_addons=[paths.TEST_ADDONS])
    one, two, three, *people = map(int, told.rpartition("FOUND ")[2].split())
    new = look(postgres, name)
    ask(FORMER)
    for account, person in ((one, people[0]), (one, people[2]), (two, people[2])):
        ask("INSERT INTO billing_account_invoice_contact_rel VALUES (%s, %s)", account, person)
    assert get_difference(new, look(postgres, name)), "nothing was as before"
    for _round in range(2):  # the second finds nothing to do
        database.install(postgres, name, [ADDON], update=True, more_addons=[paths.TEST_ADDONS])
        assert complaints(paths.LOGS / f"install-{name}.log", "WARNING|ERROR|CRITICAL") == []
        found = get_difference(new, look(postgres, name))
        left = [one for changed in found.values() for one in changed if not FORGOTTEN.search(one)]
        assert left == [], json.dumps(found, indent=1)
        recipients = ask(RECIPIENTS, [one, two, three])
        expected = sorted([(one, people[0]), (one, people[2]), (two, people[2])])
        assert recipients == [[str(account), str(person), "True", "True"] for account, person in expected]
