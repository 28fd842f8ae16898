"""What the renderer knows about Odoo. Everything else sends an invoice to Odoo itself."""

# Addons whose part in making and posting a customer invoice is known and covered by the proofs of equality.
ADDONS = frozenset(
    """account account_add_gln account_debit_note account_edi_ubl_cii account_payment account_test analytic api_doc
        auth_passkey auth_signup auth_totp base base_automation base_import base_setup barcodes bus calendar
        contacts crm digest event fetchmail google_gmail hr hr_homeworking hr_hourly_cost hr_skills
        hr_timesheet html_editor http_routing iap iap_mail mail mail_bot microsoft_outlook onboarding
        partner_autocomplete payment phone_validation portal portal_rating privacy_lookup product project
        project_hr_skills project_sms project_todo queue_job rating resource resource_mail rpc sale
        sale_management sale_pdf_quote_builder sale_project sale_service sale_sms sale_timesheet sales_team
        sms snailmail snailmail_account spreadsheet spreadsheet_account spreadsheet_dashboard
        spreadsheet_dashboard_account test_lint uom utm web web_hierarchy web_tour""".split()
)
ADDON_PREFIXES = ("online_billing", "payment_")

# Methods that play no part in making and posting an invoice: an unknown addon may override them.
HARMLESS_PREFIXES = tuple(
    """action_ button_ copy export fields_ formatted_ get_ name_ open_ preview_ read search unlink web_ _action_
    _cron_ _get_available_action _get_default_payment_link _get_fields_to_ _get_invoice_legal
    _get_invoice_pdf _get_invoice_portal _get_invoice_report _get_mail _get_name_invoice_report _get_portal
    _get_report _get_view _has_to_be_paid _is_action_report _is_ready_to_be_sent _mail_ _notify_by_
    _notify_get_ _onchange_ _portal _read_ _reverse_ _routing_ _search _thread_ _to_store _unlink __""".split()
)

# Methods of Odoo's tax computation that look at the record behind a base line; the renderer has none.
TAX_METHODS = (
    "_prepare_base_line_for_taxes_computation",
    "_prepare_base_line_grouping_key",
    "_prepare_base_line_tax_repartition_grouping_key",
    "_get_base_line_field_value_from_record",
)

# Stored fields whose value follows from the shape of an invoice; the others are in the column lists of ``template``.
CONSTANT_COMPUTED = {
    "account.move": frozenset(
        """always_tax_exigible auto_post_until checked company_id currency_id delivery_date fiscal_position_id
        incoterm_location invoice_incoterm_id invoice_payment_term_id journal_id made_sequence_gap narration
        partner_bank_id payment_state preferred_payment_method_line_id taxable_supply_date team_id""".split()
    ),
    "account.move.line": frozenset(
        """company_currency_id company_id currency_id display_type is_storno journal_id no_followup parent_state
        payment_id statement_id statement_line_id tax_group_id tax_line_id""".split()
    ),
}

# Tables that making and posting an invoice may write; for those with columns, only these columns.
WRITTEN_TABLES = {
    "account_move": None,
    "account_move_line": None,
    "account_move_line_account_tax_rel": None,
    "account_account_tag_account_move_line_rel": None,
    "account_analytic_line": None,
    "mail_message": None,
    "mail_followers": None,
    "mail_followers_mail_message_subtype_rel": None,
    "billing_number_block": None,
    "res_partner": frozenset({"customer_rank", "write_date", "write_uid"}),
}

# Models whose stored fields depend on invoices but cannot change when a new one is posted: they hang on its
# reconciliations, payments, statement lines, installments, orders or time sheets, of which it has none yet. The fields
# of the invoice itself are rendered.
UNTOUCHED_DEPENDENTS = frozenset(
    """account.move account.move.line account.analytic.line account.bank.statement account.bank.statement.line
        account.full.reconcile account.partial.reconcile account.payment billing.installment billing.installment.part
        billing.installment.plan payment.transaction project.task
        sale.order sale.order.line""".split()
)
