"""What a database is made of, as sorted texts that can be compared."""

from __future__ import annotations

from tools import database

# what the schema is made of, and the rows by which addons show in other addons' tables
SCHEMA = {
    "relations": "SELECT relkind::text, relname FROM pg_class WHERE relnamespace = 'public'::regnamespace",
    "columns": "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns"
    " WHERE table_schema = 'public'",
    "constraints": "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace",
    "indexes": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "triggers": "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal",
    "functions": "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
}
ROWS = {
    "account_journal": "company_id, code",
    "account_payment_method": "code, payment_type",
    "account_payment_method_line": "journal_id, payment_method_id",
    "ir_act_client": "name",
    "ir_act_report_xml": "report_name",
    "ir_act_server": "name",
    "ir_act_window": "name",
    "ir_asset": "path",
    "ir_config_parameter": "key",
    "ir_cron": "cron_name, active, interval_number, interval_type",
    "ir_default": "field_id",
    "ir_filters": "name",
    "ir_model": "model",
    "ir_model_access": "name, perm_read, perm_write, perm_create, perm_unlink",
    "ir_model_constraint": "name",
    "ir_model_data": "module, name",
    "ir_model_fields": "model, name",
    "ir_model_fields_selection": "field_id, value",
    "ir_model_relation": "name",
    "ir_module_category": "name",
    "ir_rule": "name, domain_force",
    "ir_sequence": "code, name",
    "ir_ui_menu": "name",
    "ir_ui_view": "key, name",
    "mail_activity_type": "name",
    "mail_message_subtype": "name",
    "mail_template": "name",
    "res_groups": "name",
    "res_groups_privilege": "name",
    "sms_template": "name",
}


def look(server: dict[str, str], name: str) -> dict[str, set[str]]:
    """Return {kind: what there is of it}."""
    rows = {table: f'SELECT {columns} FROM "{table}"' for table, columns in ROWS.items()}
    return {
        kind: {" ".join(row) for row in database.sql(server, name, query)} for kind, query in {**SCHEMA, **rows}.items()
    }


def get_difference(before: dict[str, set[str]], after: dict[str, set[str]]) -> dict[str, list[str]]:
    """Return {kind: what came, with a plus, or went, with a minus}."""
    found = {}
    for kind, was in before.items():
        came, went = after[kind] - was, was - after[kind]
        if changed := [f"+ {one}" for one in sorted(came)] + [f"- {one}" for one in sorted(went)]:
            found[kind] = changed
    return found
