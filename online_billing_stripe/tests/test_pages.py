"""Every page of staff opens for whom it is shown, and every text stands in the template of translations."""

import io

import polib
from odoo.addons.online_billing.tests.common import BillingCase
from odoo.tests import tagged
from odoo.tools.misc import file_open
from odoo.tools.translate import trans_export


@tagged("post_install", "-at_install")
class TestPages(BillingCase):
    def get_own(self, model):
        data = self.env["ir.model.data"].search([("module", "=", "online_billing_stripe"), ("model", "=", model)])
        return self.env[model].browse(data.mapped("res_id"))

    def test_every_view_loads_for_clerk_and_manager(self):
        views = self.get_own("ir.ui.view").filtered(lambda view: view.model and view.model != "payment.provider")
        self.assertGreaterEqual(len(views), 9)
        closed = views.filtered(lambda view: not self.env[view.model].with_user(self.clerk).has_access("read"))
        self.assertEqual(closed.mapped("model"), ["billing.stripe.leave.out"])
        for user in (self.clerk, self.manager):
            for view in views.filtered(lambda view, user=user: self.env[view.model].with_user(user).has_access("read")):
                with self.subTest(user=user.login, view=view.name):
                    found = self.env[view.model].with_user(user).get_views([(view.id, view.type)])
                    self.assertTrue(found["views"][view.type]["arch"])

    def test_every_menu_opens_for_whom_it_is_shown(self):
        for user in (self.clerk, self.manager):
            menus = self.get_own("ir.ui.menu").filtered("action").with_user(user)
            self.assertEqual(len(menus), 5)
            for menu in menus:
                with self.subTest(user=user.login, menu=menu.name):
                    action = menu.action.sudo()
                    found = self.env[action.res_model].with_user(user).search_fetch([], ["display_name"], limit=5)
                    self.assertEqual(len(found.mapped("display_name")), len(found))
                    self.assertTrue(action.help)

    def test_the_template_of_translations_has_every_text_and_no_other(self):
        """Where it fails: ``make translations``."""
        with io.BytesIO() as buffer:
            trans_export(None, ["online_billing_stripe"], buffer, "po", self.env)
            texts = {entry.msgid for entry in polib.pofile(buffer.getvalue().decode())}
        with file_open("online_billing_stripe/i18n/online_billing_stripe.pot") as template:
            kept = {entry.msgid for entry in polib.pofile(template.read())}
        self.assertGreater(len(kept), 300)
        self.assertEqual((sorted(texts - kept), sorted(kept - texts)), ([], []))
