"""What the renderer knows about Odoo. Everything else sends an invoice to Odoo itself."""

# Addons whose part in making and posting a customer invoice is known and covered by the proofs of equality.
ADDONS = frozenset(
    """account account_add_gln account_debit_note account_edi_ubl_cii account_payment account_test analytic api_doc
        auth_passkey auth_signup auth_totp base base_automation base_import base_setup barcodes bus calendar
        contacts crm digest event fetchmail google_gmail hr hr_homeworking hr_hourly_cost hr_skills
        hr_timesheet html_editor http_routing iap iap_mail mail mail_bot microsoft_outlook onboarding
        online_billing partner_autocomplete payment phone_validation portal portal_rating privacy_lookup product
        project project_hr_skills project_sms project_todo queue_job rating resource resource_mail rpc sale
        sale_management sale_pdf_quote_builder sale_project sale_service sale_sms sale_timesheet sales_team
        sms snailmail snailmail_account spreadsheet spreadsheet_account spreadsheet_dashboard
        spreadsheet_dashboard_account test_lint uom utm web web_hierarchy web_tour""".split()
)
# The addons of this project: a column of theirs is a mere column.
OWN = frozenset({"online_billing"})

# Methods of further addons by exact name, whose part in posting what the billing bills is understood: above each why
# it does nothing to such an invoice, or the part of ``addons.py`` that does the same to written ones. Any other method
# of theirs that runs while examples are made sends the batch to Odoo.
UNDERSTOOD = {
    addon: frozenset(names.split())
    for addon, names in {
        # a button
        "account_peppol": "_compute_display_send_button",
        # only invoices with expenses, which the billing makes none of
        "hr_expense": """_compute_commercial_partner_id _creation_message _compute_needed_terms _compute_partner_id
            _prepare_product_base_line_for_taxes_computation _compute_totals _check_expense_ids
            _check_journal_move_type _check_payable_receivable _get_extra_query_base_tax_line_mapping
            _prepare_base_line_for_taxes_computation _prepare_base_line_grouping_key""",
        # only debit notes; numbers that follow from the kind of document: the shape
        "l10n_br": "_compute_l10n_latam_document_type _get_last_sequence_domain",
        # addons.German; a field that is shown or not
        "l10n_de": "_post _compute_show_delivery_date",
        # addons.Indian
        "l10n_in": """_compute_l10n_in_gst_treatment _compute_l10n_in_state_id _compute_fiscal_position_id _post
            _get_sync_stack _compute_l10n_in_hsn_code _prepare_base_line_for_taxes_computation""",
        # a field that is shown or not
        "l10n_fr_account": "_compute_show_delivery_date",
        # only invoices with files, which a new one has none of
        "l10n_it": "_message_set_main_attachment_id",
        # only while an invoice is imported; lines of rounding, and a header that is empty on a new invoice; a button
        "l10n_it_edi": """_post _prepare_product_base_line_for_taxes_computation _compute_show_reset_to_draft_button
            _compute_l10n_it_payment_method""",
        # the same on every invoice of a company
        "l10n_es_edi_facturae": "_compute_l10n_es_edi_facturae_reason_code _compute_l10n_es_payment_means",
        # the kind of document: it follows from what makes the shape, and numbering knows that it has its own numbers
        "l10n_latam_invoice_document": """_compute_l10n_latam_document_type _compute_name _post
            _compute_name_placeholder _compute_highest_name
            _deduce_sequence_number_reset _get_last_sequence_domain _get_starting_sequence
            _compute_made_sequence_gap _set_next_made_sequence_gap _check_l10n_latam_documents
            _check_invoice_type_document_type""",
        # the account of credit notes, which their examples show
        "l10n_mx": "_compute_account_id",
        # only entries of sessions and of their orders
        "point_of_sale": """_compute_always_tax_exigible _compute_amount _compute_is_storno _compute_name
            _compute_tax_totals _compute_payments_widget_reconciled_info""",
        # only lines of purchase orders
        "purchase": "create write _related_analytic_distribution",
        "purchase_stock": "_post _compute_incoterm_location _get_stock_moves",
        # only lines of expenses
        "sale_expense": "_sale_can_be_reinvoice",
        # only lines of sales orders; one condition more for what is charged on to a customer
        "sale_stock": """_compute_delivery_date _compute_incoterm_location _get_anglo_saxon_price_ctx
            _get_protected_vals _get_stock_moves _sale_can_be_reinvoice""",
        # addons.Stock
        "stock_account": """_get_lines_onchange_currency _post _get_anglo_saxon_price_ctx _compute_account_id
            _inverse_product_id _eligible_for_stock_account _get_stock_moves""",
        "website_sale": "_compute_website_id",
    }.items()
}

# Addons whose columns somebody acts upon.
ACTED_UPON = (ADDONS - OWN).union(UNDERSTOOD)

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
        partner_bank_id payment_state preferred_payment_method_line_id taxable_supply_date team_id
        l10n_es_edi_facturae_reason_code l10n_es_payment_means l10n_in_gst_treatment l10n_in_state_id
        l10n_it_payment_method l10n_latam_document_type_id website_id""".split()
    ),
    "account.move.line": frozenset(
        """company_currency_id company_id currency_id display_type is_storno journal_id no_followup parent_state
        payment_id statement_id statement_line_id tax_group_id tax_line_id l10n_in_hsn_code
        l10n_latam_document_type_id""".split()
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
        billing.installment.plan hr.expense payment.transaction pos.order project.task purchase.order
        purchase.order.line sale.order sale.order.line""".split()
)
