from pathlib import Path

from odoo.addons.online_billing.tests.shared import matrix_common as models_of_an_addon
from odoo.addons.online_billing.tests.shared import methods_common as methods_of_an_addon
from odoo.addons.online_billing.tests.shared.access_common import AccessCase
from odoo.tests import tagged


class EinvoiceAccessCase(AccessCase):
    addon = "online_billing_einvoice"
    matrix = Path(__file__).with_name("access_matrix.csv")


@tagged("post_install", "-at_install")
class TestAccessMatrix(EinvoiceAccessCase, models_of_an_addon.MatrixCase):
    least_models = 0
    least_stored = 0
    least_fields = 0


@tagged("post_install", "-at_install")
class TestAccessMethods(EinvoiceAccessCase, methods_of_an_addon.MethodsCase):
    least_methods = 0
