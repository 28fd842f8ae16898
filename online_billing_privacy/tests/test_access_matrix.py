from pathlib import Path

from odoo.addons.online_billing.tests.shared import matrix_common as models_of_an_addon
from odoo.addons.online_billing.tests.shared import methods_common as methods_of_an_addon
from odoo.addons.online_billing.tests.shared.access_common import AccessCase
from odoo.tests import tagged


class LookupAccessCase(AccessCase):
    addon = "online_billing_privacy"
    matrix = Path(__file__).with_name("access_matrix.csv")

    @classmethod
    def _make_records(cls):
        made = super()._make_records()
        wizard = cls.env["privacy.lookup.wizard"].create({"name": "Somebody", "email": "somebody@example.com"})
        kind = cls.env["ir.model"]._get("billing.account").id
        line = wizard.line_ids.create({"wizard_id": wizard.id, "res_model_id": kind, "res_id": cls.account.id})
        cls.records |= {line._name: line}
        return made


@tagged("post_install", "-at_install")
class TestAccessMatrix(LookupAccessCase, models_of_an_addon.MatrixCase):
    least_models = 0
    least_stored = 0
    least_fields = 0


@tagged("post_install", "-at_install")
class TestAccessMethods(LookupAccessCase, methods_of_an_addon.MethodsCase):
    least_methods = 0
