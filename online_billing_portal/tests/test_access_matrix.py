from odoo.addons.online_billing.tests.shared import matrix_common as models_of_an_addon
from odoo.addons.online_billing.tests.shared import methods_common as methods_of_an_addon
from odoo.tests import tagged

from .matrix_common import PortalAccessCase


@tagged("post_install", "-at_install")
class TestAccessMatrix(PortalAccessCase, models_of_an_addon.MatrixCase):
    least_models = 3
    least_stored = 2
    least_fields = 0


@tagged("post_install", "-at_install")
class TestAccessMethods(PortalAccessCase, methods_of_an_addon.MethodsCase):
    least_methods = 12
