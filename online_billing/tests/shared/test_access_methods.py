from odoo.tests import tagged

from . import methods_common


@tagged("post_install", "-at_install")
class TestAccessMethods(methods_common.MethodsCase):
    """This addon's own methods."""
