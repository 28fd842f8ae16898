from pathlib import Path

from odoo.addons.online_billing.tests.shared import matrix_common as models_of_an_addon
from odoo.addons.online_billing.tests.shared import methods_common as methods_of_an_addon
from odoo.addons.online_billing.tests.shared.access_common import AccessCase
from odoo.tests import tagged


class CaptchaAccessCase(AccessCase):
    addon = "online_billing_captcha"
    matrix = Path(__file__).with_name("access_matrix.csv")


@tagged("post_install", "-at_install")
class TestAccessMatrix(CaptchaAccessCase, models_of_an_addon.MatrixCase):
    least_models = 0
    least_stored = 0
    least_fields = 0


@tagged("post_install", "-at_install")
class TestAccessMethods(CaptchaAccessCase, methods_of_an_addon.MethodsCase):
    least_methods = 0
