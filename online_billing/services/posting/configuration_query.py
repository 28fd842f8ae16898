"""The one statement that looks at what Odoo is set up to do: names of tables and places of parameters alone."""

import functools

from odoo.tools import SQL

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

_SUM = SQL("sum(hashtext(xmin::text || ctid::text)::bigint)")
# whoever bills, and the companies: their names, addresses and banks
_PEOPLE = SQL(
    "SELECT id FROM res_partner"
    " WHERE id IN (SELECT partner_id FROM res_company UNION SELECT partner_id FROM res_users WHERE id = $3)"
)
_OTHERS = (
    SQL("SELECT 'users', 0, count(*), %s FROM res_users WHERE id = $3", _SUM),
    SQL("SELECT 'groups', 0, count(*), %s FROM res_groups_users_rel WHERE uid = $3", _SUM),
    SQL("SELECT 'people', 0, count(*), %s FROM res_partner WHERE id IN (%s)", _SUM, _PEOPLE),
    SQL("SELECT 'banks', 0, count(*), %s FROM res_partner_bank WHERE partner_id IN (%s)", _SUM, _PEOPLE),
    # countries where a fiscal position holds
    SQL(
        "SELECT 'countries', 0, count(*), %s FROM res_country_res_country_group_rel WHERE res_country_group_id IN"
        " (SELECT country_group_id FROM account_fiscal_position)",
        _SUM,
    ),
)
# the charts of the companies, whoever shares them; those of others, however many, do not count
_ACCOUNTS = SQL(
    """
    SELECT 'accounts', own.id, count(*), sum(hashtext(account.xmin::text || account.ctid::text)::bigint)
      FROM res_company own
      JOIN res_company above ON starts_with(own.parent_path, above.parent_path)
      JOIN account_account_res_company_rel rel ON rel.res_company_id = above.id
      JOIN account_account account ON account.id = rel.account_account_id
     WHERE own.id = ANY($1) GROUP BY own.id"""
)
_PRODUCTS_AND_TEMPLATES = SQL(
    """
    SELECT 'products', product.id, hashtext(product.xmin::text || product.ctid::text)::bigint,
           hashtext(template.xmin::text || template.ctid::text)::bigint
           + COALESCE((SELECT %(sum)s FROM product_taxes_rel WHERE prod_id = template.id), 0)
           + COALESCE((SELECT %(sum)s FROM account_account_tag_product_template_rel
                        WHERE product_template_id = template.id), 0)
      FROM product_product product JOIN product_template template ON template.id = product.product_tmpl_id
     WHERE product.id = ANY($2)""",
    sum=_SUM,
)


@functools.cache
def get_query(tables_of_others):
    """Return what looks at the configuration: of companies ($1), products ($2) and whoever bills ($3).

    :param tuple tables_of_others: of the addons that are there beside Odoo's accounting
    """
    tables = [
        SQL("SELECT %s, 0, count(*), %s FROM %s", table, _SUM, SQL.identifier(table))
        for table in (*TABLES, *tables_of_others)
    ]
    return SQL(" UNION ALL ").join((*tables, *_OTHERS, _ACCOUNTS, _PRODUCTS_AND_TEMPLATES))
