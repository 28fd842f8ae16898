"""What stands on the lines of invoices, in the languages of the customers."""

from ..shared.values import inclusive


class Labels:
    """Texts of invoice lines in the customers' languages, each made once per batch."""

    def __init__(self, env):
        self._env = env
        self._environments = {}
        self._dates = {}

    def get_environment(self, lang):
        if lang not in self._environments:
            self._environments[lang] = self._env(context=dict(self._env.context, lang=lang or self._env.lang))
        return self._environments[lang]

    def get_dates(self, lang, first, last):
        key = (lang, first, last)
        if key not in self._dates:
            self._dates[key] = self.get_environment(lang)["billing.explanation"].get_dates_label(first, last)
        return self._dates[key]

    def get_item_name(self, item, lang, with_quantity=False):
        env, text = self.get_environment(lang), item.name
        if item.due and item.due.kind != "once":
            first, last = inclusive(item.due.service)
            text += f"\n{self.get_dates(lang, first, last)}"
            if item.due.kind == "adjustment":
                text += env._(" (correction)")
            elif item.due.service != item.due.period and item.due.basis.value != "none":
                text += env._(" (%(served)s of %(all)s days)", served=item.due.service.days, all=item.due.period.days)
        elif item.kind in ("period", "adjustment") and item.service[0]:
            text += f"\n{self.get_dates(lang, *item.service)}"
            if item.kind == "adjustment":
                text += env._(" (correction)")
        if with_quantity and item.quantity != 1:
            text += env._(", quantity %s", f"{item.quantity.normalize():f}")
        return text
