"""Guarded life: which field of a record may be written in which state. What is not named is refused."""

from dataclasses import dataclass, field, replace
from functools import lru_cache, reduce

from odoo import api, models
from odoo.exceptions import AccessError

ANY = "*"  # every state
NOBODY = frozenset()

# Shown by whoever moves a record along the table of its states. It is an object, so that no program can send it.
BY_EVENT = object()


class LifeRefused(AccessError):
    """Somebody writes what only the billing itself may write in this state of the record."""

    # the browser shows the sentence of exceptions whose names it knows, and of others that the server failed
    context = {"exception_class": "odoo.exceptions.AccessError"}


@dataclass(frozen=True, slots=True)
class Life:
    """The table of a model: what people and programs may write, by the state of the record.

    Services write with elevated rights (``sudo``), which no program can ask for. Rows of one2many fields are guarded
    by their own model.

    :param create: names of fields that may be given to a new record
    :param write: {state: names that may be written}; :data:`ANY` for every state
    :param manager: {state: names that billing managers may write besides}
    :param delete: states in which a record may be deleted
    :param sealed: {state: names that not even services write}
    :param is_final: what exists is not changed by anybody; the service that keeps the rows writes them itself
    :param by_event: the state moves along its table alone, by ``billing.life`` or the service that keeps the rows,
        whoever writes; a new record has the first state
    """

    create: frozenset = NOBODY
    write: dict = field(default_factory=dict)
    manager: dict = field(default_factory=dict)
    delete: frozenset = NOBODY
    sealed: dict = field(default_factory=dict)
    is_final: bool = False
    by_event: bool = False

    def get_writable(self, state, is_manager):
        """Return the names that may be written in a state."""
        names = self.write.get(ANY, NOBODY) | self.write.get(state, NOBODY)
        if is_manager:
            names |= self.manager.get(ANY, NOBODY) | self.manager.get(state, NOBODY)
        return names

    def extend(self, other):
        """Return this table with what an addon adds for its own fields; who deletes and what is final is not added."""
        if other.delete or other.is_final or other.by_event:
            raise ValueError("an addon adds fields that may be written, and nothing else")
        return replace(
            self,
            create=self.create | other.create,
            write=_join(self.write, other.write),
            manager=_join(self.manager, other.manager),
            sealed=_join(self.sealed, other.sealed),
        )

    def get_sealed(self, state):
        return self.sealed.get(ANY, NOBODY) | self.sealed.get(state, NOBODY)


def _join(first, second):
    return {state: first.get(state, NOBODY) | second.get(state, NOBODY) for state in first.keys() | second.keys()}


@lru_cache(maxsize=1024)
def _get_whole_life(classes):
    """Return the table of a model with what each addon adds to it; the same classes always make the same table."""
    life = next((found for cls in classes if (found := vars(cls).get("_life"))), None)
    added = [found for cls in classes if (found := vars(cls).get("_life_of_addon"))]
    return life and reduce(Life.extend, added, life)


def names(text):
    """Return the names of fields, or of states, in a text."""
    return frozenset(text.split())


class BillingGuarded(models.AbstractModel):
    """Guard the fields of a model by its table ``_life``, on create, write, import and by defaults of the context."""

    _name = "billing.guarded"
    _description = "Guarded Life"

    _life = None
    # what another addon adds to the table of a model, for its own fields
    _life_of_addon = None

    @classmethod
    def _get_life(cls):
        return _get_whole_life(cls.__mro__)

    # -- seams --------------------------------------------------------------------------------------------------------

    def _get_life_state(self):
        """Return the state of one record in the words of the table; models whose states are not a field say so here."""
        return self["state"] if self._has_states() else ANY

    @api.model
    def _get_life_states(self):
        """Return every state of the table."""
        return [value for value, _label in self._fields["state"].selection] if self._has_states() else [ANY]

    @api.model
    def _has_states(self):
        return "state" in self._fields and self._fields["state"].store

    @api.model
    def _get_life_advice(self):
        """Return what to do instead, as a sentence."""
        return self.env._(
            "Use the buttons of the form, or the public methods: they change it in step with all that depends on it."
        )

    @api.model
    def _complete_values(self, vals_list):
        """Return the values of new records with what the billing itself adds; called after the guard."""
        return vals_list

    # -- guard --------------------------------------------------------------------------------------------------------

    @api.model
    def _get_guarded_names(self):
        """Return the fields that the table speaks of: all stored ones but rows of others and an owner's own fields."""
        return {
            name
            for name, field in self._fields.items()
            if field.store and field.type != "one2many" and not field.manual and name not in models.MAGIC_COLUMNS
        }

    @api.model_create_multi
    def create(self, vals_list):
        self._check_new_values(vals_list)
        context = {key: value for key, value in self.env.context.items() if not self._is_hidden_default(key)}
        # of copies: whoever made the values may try them once more, as the importer does
        vals_list = self._complete_values([dict(vals) for vals in vals_list])
        # keys are taken out, not added
        cleaned = self.with_context(context)  # pylint: disable=context-overridden
        return super(BillingGuarded, cleaned).create(vals_list).with_env(self.env)

    def write(self, vals):
        self._check_written_values(vals)
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_guarded(self):
        if self.env.su:
            return
        for record in self:
            if not {record._get_life_state(), ANY} & self._get_life().delete:
                raise LifeRefused(
                    self.env._(
                        "“%(record)s” cannot be deleted. %(advice)s",
                        record=record.display_name,
                        advice=self._get_life_advice(),
                    )
                )

    def copy_data(self, default=None):
        """Take over what may be given to a new record, and nothing else."""
        vals_list = super().copy_data(default)
        if self.env.su:
            return vals_list
        kept = set(default or {}) | self._get_life().create | (self._fields.keys() - self._get_guarded_names())
        return [{name: value for name, value in vals.items() if name in kept} for vals in vals_list]

    def _is_hidden_default(self, key):
        """Tell whether a key of the context would give a value that nobody but the billing may give to a new record."""
        name = key.removeprefix("default_") if key.startswith("default_") else None
        return name in self._get_guarded_names() - self._get_life().create

    def _check_new_values(self, vals_list):
        closed = self._get_guarded_names() - self._get_life().create
        if self.env.su and not self._get_life().is_final:
            closed &= {"state"} if self._get_life().by_event else NOBODY
        if not closed:
            return
        # of services they are taken out of the context below
        context = {} if self.env.su else self.env.context
        defaults = {
            key.removeprefix("default_"): value
            for key, value in context.items()
            if isinstance(key, str) and key.startswith("default_")
        }
        for vals in vals_list:
            given = {**defaults, **vals}
            refused = {
                name for name in closed & given.keys() if given[name] and not self._is_default(name, given[name])
            }
            if refused:
                raise LifeRefused(
                    self.env._(
                        "%(fields)s cannot be given to a new record (%(model)s). %(advice)s",
                        fields=self._get_labels(refused),
                        model=self._description,
                        advice=self._get_life_advice(),
                    )
                )

    def _is_default(self, name, value):
        """Tell whether a value is what a new record has anyway."""
        default = self._fields[name].default
        return bool(default) and value == self._fields[name].convert_to_write(default(self), self)

    def _check_written_values(self, vals):
        guarded = self._get_guarded_names() & vals.keys()
        life = self._get_life()
        if not guarded or (self.env.su and not (life.sealed or life.by_event or life.is_final)):
            return
        is_manager = self.env.su or self.env.user.has_group("online_billing.group_billing_manager")
        for record in self:
            state = record._get_life_state()
            refused = guarded if life.is_final else guarded & life.get_sealed(state)
            if not self.env.su:
                refused |= guarded - life.get_writable(state, is_manager)
            if life.by_event and self.env.context.get("billing_by") is not BY_EVENT:
                refused |= guarded & {"state"}
            if refused := {name for name in refused if life.is_final or record._differs(name, vals[name])}:
                raise record._get_refusal(refused, state)

    def _differs(self, name, value):
        """Tell whether a value is another than that of the record."""
        field = self._fields[name]
        record_sudo = self.sudo()  # sudo: the answer is all that gets out
        try:
            present = field.convert_to_cache(record_sudo[name], record_sudo)
            return field.convert_to_cache(value, record_sudo, validate=False) != present
        except (TypeError, ValueError):
            return True

    def _get_refusal(self, refused, state):
        allowed_to_managers = not self.env.su and refused <= self._get_life().get_writable(state, True)
        return LifeRefused(
            self.env._(
                "%(fields)s of “%(record)s” cannot be changed in its present state. %(advice)s",
                fields=self._get_labels(refused),
                record=self.display_name or self._description,
                advice=self.env._("Ask a billing manager.") if allowed_to_managers else self._get_life_advice(),
            )
        )

    def _get_labels(self, refused):
        return ", ".join(sorted(f"“{self._fields[name]._description_string(self.env)}”" for name in refused))
