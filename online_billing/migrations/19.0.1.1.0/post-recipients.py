"""Keep who gets what is sent about an account: they were contacts of invoices, and are recipients of all of it."""

FORMER = "billing_account_invoice_contact_rel"


def migrate(cr, version):
    cr.execute("SELECT to_regclass(%s)", [FORMER])
    if not cr.fetchone()[0]:
        return
    cr.execute(
        """
        INSERT INTO billing_account_recipient
               (account_id, company_id, partner_id, gets_invoices, gets_receipts, gets_reminders, gets_debits,
                create_uid, write_uid, create_date, write_date)
        SELECT account.id, account.company_id, former.partner_id, TRUE, TRUE, TRUE, TRUE,
               account.write_uid, account.write_uid, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
          FROM billing_account_invoice_contact_rel former
          JOIN billing_account account ON account.id = former.account_id
         ORDER BY account.id, former.partner_id
            ON CONFLICT DO NOTHING
        """
    )
    cr.execute("DROP TABLE billing_account_invoice_contact_rel")
    # what Odoo has noted of the table, and would look for when the addon goes
    cr.execute("DELETE FROM ir_model_relation WHERE name = %s", [FORMER])
    cr.execute("DELETE FROM ir_model_constraint WHERE starts_with(name, %s)", [FORMER])
