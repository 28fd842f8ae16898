"""The same customers for every case: one is made as a user would, the others are copies of its rows.

Customer number n buys three services, 1 + (n * step) % spread of each, under one sales tax; no two of the first 700,000
invoices agree, because the spreads have no common factor.
"""

from __future__ import annotations

from datetime import date, timedelta

from odoo.fields import Command
from psycopg2 import sql

DAY = date(2026, 1, 1)
PRICES = (10.37, 4.99, 0.85)
STEPS = (7, 13, 29)
SPREADS = (89, 97, 83)


def quantity(number: int, service: int) -> int:
    return 1 + (number * STEPS[service]) % SPREADS[service]


def sql_quantity(service: int) -> str:
    return f"1 + (n * {STEPS[service]}) %% {SPREADS[service]}"


def clone(cr, table: str, seed: int, count: int, changes: dict[str, str] | None = None) -> int:
    """Add ``count`` copies of a row; return the id before the first copy.

    :param changes: SQL expressions by column; ``n`` counts the copies from 1, ``first`` is the returned id.
    """
    cr.execute(sql.SQL("SELECT max(id) FROM {}").format(sql.Identifier(table)))
    first = cr.fetchone()[0]
    cr.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER'", [table]
    )
    columns = [row[0] for row in cr.fetchall()]
    changes = {"id": "first + n", **(changes or {})}
    values = [
        sql.SQL(changes[column].replace("first", str(first)))
        if column in changes
        else sql.SQL("seed.{}").format(sql.Identifier(column))
        for column in columns
    ]
    cr.execute(
        sql.SQL(
            "INSERT INTO {table} ({columns}) SELECT {values}"
            " FROM {table} seed, generate_series(1, %s) n WHERE seed.id = %s"
        ).format(
            table=sql.Identifier(table),
            columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
            values=sql.SQL(", ").join(values),
        ),
        [count, seed],
    )
    cr.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, first + count])
    return first


class Business:
    """A seller with three services, and its customers."""

    def __init__(self, env) -> None:
        self.env = env
        self.company = env.company
        self.journal = env["account.journal"].search(
            [("type", "=", "sale"), ("company_id", "=", self.company.id)], limit=1
        )

    def make_products(self):
        tax = self.env["account.tax"].search(
            [("type_tax_use", "=", "sale"), ("company_id", "=", self.company.id)], limit=1
        )
        assert tax, "the chart of accounts brings a sales tax"
        return self.env["product.product"].create(
            [
                {
                    "name": f"Service {number}",
                    "type": "service",
                    "list_price": price,
                    "taxes_id": [Command.set(tax.ids)],
                }
                for number, price in enumerate(PRICES)
            ]
        )

    def make_partners(self, count: int) -> int:
        """Make ``count`` customers; the id of number n is the returned one plus n."""
        seed = self.env["res.partner"].create(
            {
                "name": "Customer",
                "email": "customer@example.com",
                "country_id": (self.company.country_id or self.env.ref("base.us")).id,
                "customer_rank": 1,
            }
        )
        self.env.flush_all()
        address = f"'customer{seed.id}.' || n || '@example.com'"
        return clone(
            self.env.cr,
            "res_partner",
            seed.id,
            count,
            {
                "name": "'Customer ' || n",
                "complete_name": "'Customer ' || n",
                "commercial_partner_id": "first + n",
                "email": address,
                "email_normalized": address,
            },
        )

    def invoice_values(self, products, partner_id: int, number: int) -> dict:
        """Values for ``account.move.create``."""
        return {
            "move_type": "out_invoice",
            "partner_id": partner_id,
            "company_id": self.company.id,
            "currency_id": self.company.currency_id.id,
            "journal_id": self.journal.id,
            "invoice_date": DAY,
            "invoice_origin": f"A{number:06d}",
            "invoice_line_ids": [
                Command.create(
                    {
                        "product_id": product.id,
                        "name": f"{product.name} in January",
                        "quantity": quantity(number, service),
                        "price_unit": PRICES[service],
                    }
                )
                for service, product in enumerate(products)
            ],
        }

    def make_history(self, count: int) -> None:
        """Make ``count`` posted invoices of last year, so that the database knows how large its tables are."""
        products, partners = self.make_products(), self.make_partners(1)
        vals = self.invoice_values(products, partners + 1, 1)
        seed = self.env["account.move"].create({**vals, "invoice_date": DAY - timedelta(days=20)})
        seed._post(soft=False)
        self.env.flush_all()
        name = f"'{seed.sequence_prefix}' || lpad((n + 1)::text, 5, '0')"
        changes = {"name": name, "payment_reference": name, "sequence_number": "n + 1"}
        moves = clone(self.env.cr, "account_move", seed.id, count, changes)
        self.clone_lines(seed, count, {"move_id": f"{moves} + n", "move_name": name})
        self.env.invalidate_all()

    def clone_lines(self, seed, count: int, changes: dict[str, str]) -> None:
        """Give each copy of an invoice copies of its lines, with their taxes."""
        cr = self.env.cr
        for line in seed.line_ids:
            lines = clone(cr, "account_move_line", line.id, count, changes)
            cr.execute(
                "INSERT INTO account_move_line_account_tax_rel (account_move_line_id, account_tax_id)"
                " SELECT %s + n, account_tax_id FROM account_move_line_account_tax_rel, generate_series(1, %s) n"
                " WHERE account_move_line_id = %s",
                [lines, count, line.id],
            )

    # ---- the peers' and our own customers

    def make_contracts(self, count: int) -> None:
        """Contracts of the OCA addon, due on the day."""
        products = self.make_products()
        partners = self.make_partners(count)
        seed = self.env["contract.contract"].create(
            {
                "name": "Contract",
                "partner_id": partners + 1,
                "journal_id": self.journal.id,
                "line_recurrence": False,
                "recurring_rule_type": "monthly",
                "recurring_interval": 1,
                "recurring_invoicing_type": "pre-paid",
                "date_start": DAY,
                "recurring_next_date": DAY,
                "contract_line_ids": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "name": f"{product.name} in January",
                            "quantity": quantity(1, service),
                            "specific_price": PRICES[service],
                            "price_unit": PRICES[service],
                            "uom_id": product.uom_id.id,
                            "date_start": DAY,
                            "recurring_next_date": DAY,
                        }
                    )
                    for service, product in enumerate(products)
                ],
            }
        )
        seed.recurring_next_date = DAY
        self.env.flush_all()
        cr = self.env.cr
        contracts = clone(
            cr,
            "contract_contract",
            seed.id,
            count - 1,
            {
                "name": "'Contract ' || n",
                "partner_id": f"{partners} + n + 1",
                "invoice_partner_id": f"{partners} + n + 1",
                "access_token": "NULL",
            },
        )
        for service, line in enumerate(seed.contract_line_ids.sorted("id")):
            clone(
                cr,
                "contract_line",
                line.id,
                count - 1,
                {"contract_id": f"{contracts} + n", "quantity": sql_quantity(service).replace("(n ", "((n + 1) ")},
            )

    def make_accounts(self, count: int) -> None:
        """Accounts of ours with a subscription each, due on the day."""
        env = self.env
        from odoo.addons.online_billing.tests import builders

        codes = [builders.make_code(env, f"S{number}", price) for number, price in enumerate(PRICES)]
        tax = env["account.tax"].search([("type_tax_use", "=", "sale"), ("company_id", "=", self.company.id)], limit=1)
        for code in codes:
            code.product_id.taxes_id = [Command.set(tax.ids)]
        plan = builders.make_plan(env, "Plan", *codes)
        partners = self.make_partners(count)
        seed = env["billing.account"].create({"partner_id": partners + 1, "timezone": "UTC"})
        seed.action_activate()
        subscription = builders.subscribe(env, seed, plan, DAY, activate=False)
        for service, line in enumerate(subscription.line_ids.sorted("id")):
            line.quantity = quantity(1, service)
        subscription.action_activate()
        env.flush_all()
        cr = env.cr
        accounts = clone(
            cr, "billing_account", seed.id, count - 1, {"name": "'B' || n", "partner_id": f"{partners} + n + 1"}
        )
        subscriptions = clone(
            cr,
            "billing_subscription",
            subscription.id,
            count - 1,
            {"name": "'S' || n", "account_id": f"{accounts} + n", "partner_id": f"{partners} + n + 1"},
        )
        lines = subscription.line_ids.sorted("id")
        cr.execute("SELECT max(id) FROM billing_subscription_line")
        [last] = cr.fetchone()
        for service, line in enumerate(lines):
            bought = sql_quantity(service).replace("(n ", "((n + 1) ")
            row_id = f"{last} + (n - 1) * {len(lines)} + {service + 1}"  # those of an account lie side by side
            clone(
                cr,
                "billing_subscription_line",
                line.id,
                count - 1,
                {
                    "id": row_id,
                    "subscription_id": f"{subscriptions} + n",
                    "account_id": f"{accounts} + n",
                    "quantity": bought,
                },
            )
            cr.execute("SELECT id FROM billing_subscription_quantity WHERE line_id = %s", [line.id])
            for [row] in cr.fetchall():
                clone(cr, "billing_subscription_quantity", row, count - 1, {"line_id": row_id, "quantity": bought})
        env.invalidate_all()
