from copy import deepcopy

from lxml import etree
from odoo import models, tools

from .batch import get_batch


class IrQweb(models.AbstractModel):
    _inherit = "ir.qweb"

    def _generate_code_uncached(self, template):
        """Compile the text of a mail once, as pages are, and not for every document that is mailed with it."""
        is_text = get_batch(self) and isinstance(template, etree._Element)
        if not is_text or self.env.context.get("profile") or self.env.context.get("dev_mode"):
            return super()._generate_code_uncached(template)
        return self._generate_code_of_text(etree.tostring(template, encoding="unicode"), template)

    @tools.ormcache("source", "self._get_text_cache_keys()", cache="templates")
    def _generate_code_of_text(self, source, template):
        return super()._generate_code_uncached(deepcopy(template))  # compiling changes it, and it is asked for again

    def _get_text_cache_keys(self):
        keys = (*self._get_template_cache_keys(), "preserve_comments")
        return tuple(self.env.context.get(key) or False for key in keys)
