from odoo.tests import tagged

from . import matrix_common


@tagged("post_install", "-at_install")
class TestAccessMatrix(matrix_common.MatrixCase):
    """This addon's own cells."""
