"""A-01, A-03, A-04: what each kind of user may do with each model and see of each field, against access_matrix.csv."""

import re

from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from ..tiers import IS_NIGHT
from .access_common import MISSING, OPERATIONS, PERSONAS, AccessCase, get_own_fields, get_own_methods, is_own

# each so-manieth field of a model that is not ours is asked for every commit, and all of them at night
STRIDE = 1 if IS_NIGHT else 10


class MatrixCase(AccessCase):
    """The cells of one addon's matrix: every model, field and public method of its own, asked by everybody."""

    least_models = 30
    least_stored = 20
    least_fields = 20

    def test_a01_every_model_and_every_method_is_declared_and_nothing_else(self):
        methods = {
            ("method", model._name, name)
            for _name, model in self.env.items()
            for name in get_own_methods(model, self.addon)
        }
        methods = {key for key in methods if key[2] not in {"create", "write", "unlink", "copy_data"}}
        fields = {
            ("field", model._name, name)
            for _name, model in self.env.items()
            for name in get_own_fields(model, self.addon)
            if not model._abstract and (model._fields[name].groups or not is_own(model._original_module, self.addon))
        }
        models = {("model", model._name, "") for model in self.get_own_models()}
        declared = {key for key in self.rows if key[0] != "route"}  # see test_access_routes
        self.assertEqual(declared, models | fields | methods)

    def test_a01_operations(self):
        self.assertGreaterEqual(len(self.get_own_models()), self.least_models)
        for model in self.get_own_models():
            for persona in PERSONAS:
                with self.subTest(model=model._name, persona=persona):
                    expected = self.get_expected("model", model._name, "", persona)
                    self.assertEqual(self.get_operations(model, persona), expected)

    def get_operations(self, model, persona):
        """Return the letters of what a person may do with the record of customer A."""
        record = self.as_person(persona, self.records[model._name])
        # a dialogue belongs to whoever opened it; what counts is who may open one
        record = record.browse() if model._transient else record
        letters = ""
        for operation in OPERATIONS:
            subject = record.browse() if operation == "create" else record
            letters += operation[0] if subject.has_access(operation) else "-"
        return letters

    def test_a01_reading_and_searching_obey_the_same_rules(self):
        models = self.get_stored_models()
        self.assertGreaterEqual(len(models), self.least_stored)
        for model in models:
            for persona in PERSONAS:
                with self.subTest(model=model._name, persona=persona):
                    record = self.as_person(persona, self.records[model._name])
                    if self.get_expected("model", model._name, "", persona).startswith("r"):
                        self.assertTrue(record.read(["display_name"]))
                        self.assertEqual(record.search([("id", "=", record.id)]), record)
                        self.assertEqual(record.search_count([("id", "=", record.id)]), 1)
                        continue
                    with self.assertRaises(AccessError):
                        record.read(["display_name"])
                    self.assertFalse(self.search_or_nothing(record))

    def search_or_nothing(self, record):
        """Return what a search finds: a refusal and an empty answer tell a stranger equally little."""
        try:
            return record.search([("id", "=", record.id)]) or record._read_group([("id", "=", record.id)], ["id"], [])
        except AccessError:
            return False

    def test_a04_visible_fields(self):
        declared = [key for key in self.rows if key[0] == "field"]
        self.assertGreaterEqual(len(declared), self.least_fields)
        for _kind, model, name in declared:
            for persona in PERSONAS:
                with self.subTest(model=model, field=name, persona=persona):
                    self.assertEqual(self.sees_field(model, name, persona), self.rows["field", model, name][persona])

    def sees_field(self, model, name, persona):
        if model not in self.records:  # a form of settings, or a row of Odoo's that names no owner
            empty = self.as_person(persona, self.env[model])
            return "r" if empty.has_access("read") and empty._has_field_access(empty._fields[name], "read") else "-"
        record = self.as_person(persona, self.records[model])
        try:
            record.read([name])
        except AccessError:
            return "-"
        return "r" if name in record.fields_get([name]) else "-"

    def test_a04_a_field_that_may_not_be_read_may_not_be_searched_or_sorted_by(self):
        declared = [key for key in self.rows if key[0] == "field"]
        self.assertGreaterEqual(len(declared), self.least_fields)
        for _kind, model, name in declared:
            field = self.env[model]._fields[name]
            if model not in self.records or not (field.store and field.column_type):
                continue
            for persona in PERSONAS:
                if self.rows["field", model, name][persona] == "r":
                    continue
                with self.subTest(model=model, field=name, persona=persona):
                    record = self.as_person(persona, self.records[model])
                    for arguments in (
                        ([("id", "=", record.id), (name, "!=", False)], None),
                        ([("id", "=", record.id)], name),
                    ):
                        domain, order = arguments
                        try:
                            found = record.search(domain, order=order)
                        except AccessError:
                            continue
                        self.assertFalse(found)

    # -- A-03 ---------------------------------------------------------------------------------------------------------

    def get_probed_models(self):
        """Return the models that a stranger asks for what they hold of customer A."""
        return [model._name for model in self.get_stored_models()]

    def test_a03_a_stranger_finds_nothing_by_any_field(self):
        """A record of another customer answers as one that was never there, whatever is asked of it."""
        models = self.get_probed_models()
        self.assertGreaterEqual(len(models), self.least_stored)
        self.env.flush_all()
        for model in models:
            stranger = self.as_person("portal_b", self.env[model])
            for name, question in self.get_questions(stranger):
                with self.subTest(model=model, question=name):
                    told = self.get_told(question, self.records[model].id)
                    self.assertEqual(told, self.get_told(question, MISSING))
                    self.assertNotEqual(told[0], "found", told)

    def get_questions(self, model):
        """Yield (name, function of a domain that returns what is found) for every field of a model.

        Each is searched for and by its absence, sorted and grouped by, added up, and followed one step on.
        """
        yield "count", model.search_count
        yield "names", lambda domain: model.name_search(domain=domain)
        # what may not be read at all is refused before any field of it is looked at
        is_read = model.has_access("read")
        for place, (name, field) in enumerate(sorted(model._fields.items())):
            if (place + len(name)) % (1 if is_read and is_own(field._module or "", self.addon) else STRIDE):
                continue
            if field.store or field.search:
                names = [name, *([f"{name}.id", f"{name}.display_name"] if field.relational else [])]
                for path in names:
                    for operator in ("!=", "="):
                        more = [(path, operator, False)]
                        yield f"{path} {operator}", lambda domain, more=more: model.search(domain + more).ids
                        yield f"count {path} {operator}", lambda domain, more=more: model.search_count(domain + more)
            if field.store and field.column_type:
                yield f"by {name}", lambda domain, name=name: model.search(domain, order=f"{name} desc").ids
                yield f"of {name}", lambda domain, name=name: model.formatted_read_group(domain, [name], ["__count"])
                if field.aggregator:
                    total = f"{name}:{field.aggregator}"
                    yield f"all {name}", lambda domain, total=total: model.formatted_read_group(domain, [], [total])

    @mute_logger("odoo.sql_db", "odoo.models", "odoo.domains")
    def get_told(self, question, number):
        """Return what somebody learns of one record: in which words it is refused, or whether something is found."""
        savepoint = self.env.cr.savepoint(flush=False)
        try:
            answer = question([("id", "=", number)])
        except AccessError as error:
            return "refused", str(error)
        # what no field of this kind can be asked, or Odoo stumbles over whatever there is
        except (UserError, ValueError, NotImplementedError, TypeError, AttributeError) as error:
            return "impossible", re.sub(r"\d+", "", str(error))
        finally:
            savepoint.close(rollback=True)
        if isinstance(answer, list) and answer and isinstance(answer[0], dict):  # a sum of nothing is a row, too
            answer = [row for row in answer if any(row[key] for key in row if key != "__extra_domain")]
        return ("found", answer) if answer else ("nothing", "")
