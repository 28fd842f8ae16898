from odoo import models

from .batch import ask_once, get_batch

WRITTEN_ONCE = ("format_amount", "format_date")


class MailTemplate(models.Model):
    _inherit = "mail.template"

    def _render_lang(self, res_ids, *args, **kwargs):
        """Ask once in which languages a batch is written."""
        batch = get_batch(self)
        if not self._is_of_batch(batch, res_ids) or args or kwargs:
            return super()._render_lang(res_ids, *args, **kwargs)
        langs = batch.get(self._get_batch_key("lang"), lambda: super(MailTemplate, self)._render_lang(list(batch.ids)))
        return {res_id: langs[res_id] for res_id in res_ids}

    def _render_field(self, field, res_ids, *args, **kwargs):
        """Write a text for all documents of a batch that are written in its language, and not for each by itself."""
        batch = get_batch(self)
        if not self._is_of_batch(batch, res_ids) or args or set(kwargs) - {"options"}:
            return super()._render_field(field, res_ids, *args, **kwargs)
        langs = self._render_lang(list(batch.ids))
        mates = [res_id for res_id in batch.ids if langs[res_id] == self.env.context.get("lang")]
        if not set(res_ids) <= set(mates):
            mates = list(batch.ids)
        options = repr(sorted((kwargs.get("options") or {}).items()))
        texts = batch.get(
            self._get_batch_key(field, options, tuple(mates)),
            lambda: super(MailTemplate, self)._render_field(field, mates, *args, **kwargs),
        )
        return {res_id: texts[res_id] for res_id in res_ids}

    def _render_eval_context(self):
        """Write amounts and days once: most documents of a batch say the same ones."""
        variables = super()._render_eval_context()
        if get_batch(self):
            for name in WRITTEN_ONCE:
                variables[name] = self._write_once(name, variables[name])
        return variables

    def _write_once(self, name, write):
        return lambda *args, **kwargs: ask_once(
            self.env, (name, repr(args), repr(kwargs)), lambda: write(*args, **kwargs)
        )

    def _is_of_batch(self, batch, res_ids):
        return batch and len(self) == 1 and self.render_model == batch.model and set(res_ids) <= set(batch.ids)

    def _get_batch_key(self, *parts):
        return (self._name, self.id, self.env.uid, self.env.su, self.env.context.get("lang"), *parts)
