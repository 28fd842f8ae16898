"""The one statement that looks at what Odoo is set up to do: names of tables and places of parameters alone."""

import functools

# What may show in the fixed columns of an invoice, beside its shape and the kinds of its lines, or decides which those
# are. Small tables: a change of any row, whatever it changes, asks for a new example.
TABLES = (
    "account_account_tag",
    "account_account_tag_account_tax_repartition_line_rel",
    "account_account_tax_default_rel",
    "account_analytic_applicability",
    "account_analytic_distribution_model",
    "account_analytic_plan",
    "account_cash_rounding",
    "account_fiscal_position",
    "account_fiscal_position_account",
    "account_fiscal_position_account_tax_rel",
    "account_fiscal_position_res_country_state_rel",
    "account_journal",
    "account_payment_method_line",
    "account_payment_term",
    "account_payment_term_line",
    "account_tax",
    "account_tax_alternatives",
    "account_tax_filiation_rel",
    "account_tax_repartition_line",
    "ir_config_parameter",
    "ir_default",
    "ir_model_access",
    "ir_rule",
    "mail_alias",
    "mail_alias_domain",
    "mail_message_subtype",
    "product_category",
    "res_company",
    "res_currency",
    "uom_uom",
)
# the same of addons that may be there: the team of an invoice follows from its salesperson, a rule wants to see it
OF_OTHERS = ("crm.team", "crm.team.member", "base.automation")

_SUM = "sum(hashtext(xmin::text || ctid::text)::bigint)"
# whoever bills, and the companies: their names, addresses and banks
_PEOPLE = (
    "SELECT id FROM res_partner"
    " WHERE id IN (SELECT partner_id FROM res_company UNION SELECT partner_id FROM res_users WHERE id = $3)"
)
_OTHERS = (
    f"SELECT 'users', 0, count(*), {_SUM} FROM res_users WHERE id = $3",
    f"SELECT 'groups', 0, count(*), {_SUM} FROM res_groups_users_rel WHERE uid = $3",
    f"SELECT 'people', 0, count(*), {_SUM} FROM res_partner WHERE id IN ({_PEOPLE})",
    f"SELECT 'banks', 0, count(*), {_SUM} FROM res_partner_bank WHERE partner_id IN ({_PEOPLE})",
    # countries where a fiscal position holds
    f"""SELECT 'countries', 0, count(*), {_SUM} FROM res_country_res_country_group_rel
         WHERE res_country_group_id IN (SELECT country_group_id FROM account_fiscal_position)""",
)
# the charts of the companies, whoever shares them; those of others, however many, do not count
_ACCOUNTS = """
    SELECT 'accounts', own.id, count(*), sum(hashtext(account.xmin::text || account.ctid::text)::bigint)
      FROM res_company own
      JOIN res_company above ON starts_with(own.parent_path, above.parent_path)
      JOIN account_account_res_company_rel rel ON rel.res_company_id = above.id
      JOIN account_account account ON account.id = rel.account_account_id
     WHERE own.id = ANY($1) GROUP BY own.id"""
_PRODUCTS_AND_TEMPLATES = f"""
    SELECT 'products', product.id, hashtext(product.xmin::text || product.ctid::text)::bigint,
           hashtext(template.xmin::text || template.ctid::text)::bigint
           + COALESCE((SELECT {_SUM} FROM product_taxes_rel WHERE prod_id = template.id), 0)
           + COALESCE((SELECT {_SUM} FROM account_account_tag_product_template_rel
                        WHERE product_template_id = template.id), 0)
      FROM product_product product JOIN product_template template ON template.id = product.product_tmpl_id
     WHERE product.id = ANY($2)"""


@functools.cache
def get_query(tables_of_others):
    """Return what looks at the configuration: of companies ($1), products ($2) and whoever bills ($3).

    :param tuple tables_of_others: of the addons that are there beside Odoo's accounting
    """
    tables = [
        f"SELECT '{table}' AS name, 0 AS id, count(*) AS number, {_SUM} AS written FROM {table}"
        for table in (*TABLES, *tables_of_others)
    ]
    return " UNION ALL ".join((*tables, *_OTHERS, _ACCOUNTS, _PRODUCTS_AND_TEMPLATES))
