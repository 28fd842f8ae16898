"""What stands of charges: what is left of each with all that corrects it, and that each key stands once at most."""

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class BillingChargeStanding(models.AbstractModel):
    _name = "billing.charge.standing"
    _description = "What Stands of Charges"

    @api.private
    def get_standing(self, charges):
        """Return {charge: what still stands of it}: its amount with all that corrects it.

        Of a void one nothing stands but what gave it back and is not void itself.
        """
        charges.flush_model()
        totals = dict(
            self.env["billing.charge"]
            .sudo()  # sudo: what corrects a charge counts, whoever may read it
            ._read_group([("corrects_id", "in", charges.ids), ("state", "!=", "void")], ["corrects_id"], ["amount:sum"])
        )
        return {
            charge: (charge.amount if charge.state != "void" or charge.is_netted else 0.0)
            + totals.get(charge.sudo(), 0.0)
            for charge in charges
        }

    @api.private
    def get_standing_condition(self, alias):
        """Return the SQL condition that a charge stands: it waits, or something of it is left.

        One of 0.00 stands until it is taken back.

        :param alias: of the table in the query
        """
        return SQL(
            """
            (%(charge)s.state = 'pending' OR (%(charge)s.state = 'invoiced' OR %(charge)s.is_netted IS TRUE) AND (
                SELECT CASE WHEN %(charge)s.amount = 0 THEN COUNT(*) = 0
                            ELSE (%(charge)s.amount + COALESCE(SUM(correction.amount), 0)) * %(charge)s.amount > 0 END
                  FROM billing_charge correction
                 WHERE correction.corrects_id = %(charge)s.id AND correction.state <> 'void'))
            """,
            charge=SQL.identifier(alias),
        )

    @api.private
    def find_generations(self, pairs):
        """Return {(company id, key): charges by generation} of keys that are known."""
        charges = self.env["billing.charge"].sudo()  # sudo: a key is taken whoever may read its charge
        charges.flush_model(["company_id", "key", "generation"])
        query = SQL(
            "SELECT id FROM billing_charge WHERE company_id = ANY(%s) AND key = ANY(%s) ORDER BY generation, id",
            list({company_id for company_id, _key in pairs}),
            list({key for _company_id, key in pairs}),
        )
        found = charges.browse([charge_id for [charge_id] in self.env.execute_query(query)])
        return found.grouped(lambda charge: (charge.company_id.id, charge.key))

    @api.private
    def find_standing(self, charge_ids):
        """Return the ids of those charges that stand."""
        if not charge_ids:
            return set()
        self.env["billing.charge"].flush_model()
        query = SQL(
            "SELECT id FROM billing_charge WHERE id = ANY(%s) AND %s",
            list(charge_ids),
            self.get_standing_condition("billing_charge"),
        )
        return {charge_id for [charge_id] in self.env.execute_query(query)}

    @api.private
    def filter_free(self, charges):
        """Return the charges that may be billed again: nothing stands of them, nor of any other under their keys."""
        generations = self.find_generations({(charge.company_id.id, charge.key) for charge in charges})
        standing = self.find_standing({charge.id for group in generations.values() for charge in group})
        taken = {pair for pair, group in generations.items() if standing & set(group.ids)}
        left = self.get_standing(charges)
        return charges.filtered(
            lambda charge: (charge.company_id.id, charge.key) not in taken and charge.currency_id.is_zero(left[charge])
        )

    @api.private
    def check_can_go(self, charges):
        """See to it that charges which give others back may be taken away for a while, as a draft is.

        :raise UserError: what they gave back has been billed again, and would stand twice
        """
        given_back = charges.corrects_id
        generations = self.find_generations({(charge.company_id.id, charge.key) for charge in given_back})
        standing = self.find_standing({charge.id for group in generations.values() for charge in group})
        for charge in given_back:
            others = generations[charge.company_id.id, charge.key] - charge
            for other in others.filtered(lambda other: other.id in standing)[:1]:
                raise UserError(self.get_refusal(charge, other))

    @api.private
    def check_alone(self, charge_ids):
        """See to it that one generation stands under a key at most, whatever was done to these charges.

        :raise UserError: two would stand: the same would be billed twice
        """
        if not charge_ids:
            return
        self.env["billing.charge"].flush_model()
        query = SQL(
            """
            SELECT charge.id, other.id
              FROM billing_charge charge
              JOIN billing_charge other ON other.company_id = charge.company_id AND other.key = charge.key
                                       AND other.generation <> charge.generation
             WHERE charge.id = ANY(%s) AND %s AND %s
             ORDER BY charge.id, other.generation
             LIMIT 1
            """,
            list(charge_ids),
            self.get_standing_condition("charge"),
            self.get_standing_condition("other"),
        )
        for charge_id, other_id in self.env.execute_query(query):
            raise UserError(self.get_refusal(*self.env["billing.charge"].sudo().browse([charge_id, other_id])))

    @api.private
    def get_refusal(self, charge, other):
        """Return why a charge cannot stand beside another one of its key."""
        names = {
            "charge": charge.name,
            "where": other.sudo().invoice_id.display_name or self.env._("it waits for the next run"),
        }
        if charge.corrects_id:
            return self.env._(
                "“%(charge)s” has been given back once more already (%(where)s), and would be given back twice. Cancel"
                " that credit note first.",
                **names,
            )
        return self.env._(
            "“%(charge)s” has been billed again already (%(where)s), and would be billed twice. Void or credit that"
            " charge first, or make a new invoice.",
            **names,
        )
