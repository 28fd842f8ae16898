"""What stands on the lines of invoices, in the languages of the customers."""

from odoo.tools import SQL

from ...engine import abbreviate_priced, spell_out_priced
from ..shared.values import inclusive

# parts of a price that have a rate of their own
RATED = ("tier", "block", "package", "included", "free", "minimum", "maximum", "discount")


class Labels:
    """Texts of invoice lines in the customers' languages, each made once per batch."""

    def __init__(self, env):
        self._env = env
        self._environments = {}
        self._dates = {}
        self._translations = {}

    def get_environment(self, lang):
        if lang not in self._environments:
            self._environments[lang] = self._env(context=dict(self._env.context, lang=lang or self._env.lang))
        return self._environments[lang]

    def get_dates(self, lang, first, last):
        key = (lang, first, last)
        if key not in self._dates:
            self._dates[key] = self.get_environment(lang)["billing.explanation"].get_dates_label(first, last)
        return self._dates[key]

    def translate(self, code_id, text, lang):
        """Return a text in a language, where it is the name of a billing code or of its line in a plan.

        Whoever subscribes a customer copies the name in a language of their own; what somebody wrote stays as it is.
        """
        if code_id not in self._translations:
            self._translations[code_id] = self._fetch_translations(code_id)
        names = self._translations[code_id].get(text)
        return (names.get(lang or self._env.lang) or names.get("en_US") or text) if names else text

    def _fetch_translations(self, code_id):
        """Return {text in any language: {language: text}} of what a code is called."""
        env = self._env
        env["billing.code"].flush_model(["name"])
        env["billing.plan.line"].flush_model(["name"])
        query = SQL(
            "SELECT name FROM billing_plan_line WHERE code_id = %s"
            " UNION ALL SELECT name FROM billing_code WHERE id = %s",
            code_id,
            code_id,
        )
        # the code comes last: where it and a line of a plan are called alike, it decides
        return {text: names for [names] in env.execute_query(query) for text in (names or {}).values()}

    def get_item_name(self, item, lang, with_quantity=False):
        env, text = self.get_environment(lang), self.translate(item.code_id, item.name, lang)
        if item.due and item.due.kind != "once":
            first, last = inclusive(item.due.affected or item.due.service)
            text += f"\n{self.get_dates(lang, first, last)}"
            if item.due.kind == "adjustment":
                text += self._get_correction(env, item)
            elif item.due.service != item.due.period and item.due.basis.value != "none":
                text += env._(" (%(served)s of %(all)s days)", served=item.due.service.days, all=item.due.period.days)
        elif self._has_days(item):
            text += f"\n{self.get_dates(lang, *item.service)}"
            if item.kind == "adjustment":
                text += self._get_correction(env, item)
        if with_quantity and item.quantity != 1:
            text += env._(", quantity %s", f"{item.quantity.normalize():f}")
        return "\n".join([text, *self._get_rates(item, lang)])

    def _has_days(self, item):
        """Return whether a recorded charge is for more days than the one that it was made on."""
        first, last = item.service
        return bool(first) and (item.kind in ("period", "adjustment") or (bool(last) and first != last))

    def _get_rates(self, item, lang):
        """Return what each part of the quantity costs, where the price has tiers or packages."""
        if not item.due:
            if not item.slices:
                return []
            slices = spell_out_priced({"l": item.slices})["slices"]
            return self.get_environment(lang)["billing.explanation"].get_rates(slices)
        texts, segments = [], item.due.segments
        for segment in segments:
            if item.due.kind == "adjustment" or not any(part.code in RATED for part in segment.priced.slices):
                continue
            rates = self.get_environment(lang)["billing.explanation"].get_rates(
                spell_out_priced(abbreviate_priced(segment.priced))["slices"]
            )
            if rates and len(segments) > 1:
                texts.append(self.get_dates(lang, *inclusive(segment.service)))
            texts += rates
        return texts

    def _get_correction(self, env, item):
        """Return the words that say what a correction corrects."""
        if item.corrected:
            return env._(" (credit of invoice %(number)s)", number=item.corrected.number)
        return env._(" (correction)")
