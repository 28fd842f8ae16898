from odoo import api, fields, models
from odoo.addons.online_billing.models.shared.guarded import ANY, Life, names
from odoo.exceptions import ValidationError
from odoo.tools import SQL

QUESTION, DISPUTE = "question", "dispute"
CLOSED = "closed"
#: averages that leave out what has not happened yet: aggregate -> day on which it happened
MEASURED = {"answer_hours:avg": "date_answered", "settle_hours:avg": "date_closed"}


class BillingQuestion(models.Model):
    """What a customer asks or disputes: about the account, an invoice, some of its lines or an amount of it."""

    _name = "billing.question"
    _description = "Question of a Customer"
    _inherit = ["billing.guarded", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_names_search = ["name", "subject", "account_id.name"]
    _check_company_auto = True
    _life = Life(
        create=names("account_id move_id line_ids kind topic amount subject text author_id user_id"),
        write={ANY: names("user_id topic")},
        by_event=True,
    )

    name = fields.Char(string="Number", readonly=True, copy=False, index=True, default=lambda self: self.env._("New"))
    account_id = fields.Many2one("billing.account", required=True, ondelete="restrict", check_company=True)
    company_id = fields.Many2one(related="account_id.company_id", store=True, index=True, precompute=True)
    partner_id = fields.Many2one(related="account_id.partner_id", string="Customer")
    commercial_partner_id = fields.Many2one(
        related="account_id.partner_id.commercial_partner_id", string="Company of the Customer"
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        help="Empty: the question is about the account, and not about one of its invoices.",
    )
    line_ids = fields.Many2many(
        "account.move.line",
        "billing_question_line_rel",
        "question_id",
        "line_id",
        string="Invoice Lines",
        help="Which lines of the invoice it is about. Empty: all of it.",
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id", store=True, precompute=True)
    kind = fields.Selection(
        [(QUESTION, "Question"), (DISPUTE, "Dispute")],
        required=True,
        default=QUESTION,
        index=True,
        help="Question: the customer wants to know something. Dispute: the customer says that the invoice, or a part of"
        " it, is wrong; that part is on hold until the dispute is settled.",
    )
    topic = fields.Selection(
        [
            ("amount", "An amount or a price"),
            ("service", "The service itself"),
            ("payment", "A payment"),
            ("data", "Address and other data"),
            ("other", "Something else"),
        ],
        string="About",
        required=True,
        default="other",
        tracking=True,
        help="What it is about, so that the right colleague takes it and reports can be grouped by it.",
    )
    amount = fields.Monetary(
        string="Disputed Amount",
        help="With tax. Only this part of the invoice is on hold: no reminder, no late fee, and it is not asked for."
        " Empty: the chosen lines, or all of the invoice.",
    )
    subject = fields.Char(required=True)
    text = fields.Text(string="What the Customer Writes", required=True)
    attachment_ids = fields.Many2many(
        "ir.attachment", "billing_question_attachment_rel", "question_id", "attachment_id", string="Files", copy=False,
        readonly=True, bypass_search_access=True,
    )  # fmt: skip
    author_id = fields.Many2one(
        "res.partner",
        string="Asked By",
        required=True,
        index=True,
        ondelete="restrict",
        help="Who of the customer asks. Answers go there by mail.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Assigned To",
        tracking=True,
        index="btree_not_null",
        domain=[("share", "=", False)],
        help="Who answers. By default whoever looks after the account.",
    )
    state = fields.Selection(
        [("new", "New"), ("work", "In Work"), ("answered", "Answered"), (CLOSED, "Closed")],
        string="Status",
        required=True,
        readonly=True,
        default="new",
        copy=False,
        tracking=True,
        index=True,
        group_expand=True,
        help="New: nobody has taken it yet. In work: somebody looks into it, or the customer has written again."
        " Answered: the customer has the word. Closed: nothing more is to be done.",
    )
    outcome = fields.Selection(
        [
            ("credited", "By Credit Note"),
            ("agreed", "By Agreement"),
            ("refused", "Refused"),
            ("withdrawn", "Withdrawn"),
        ],
        string="Settled",
        readonly=True,
        copy=False,
        tracking=True,
        help="How a dispute has ended. By credit note or agreement: for the customer, its days bear no late fee."
        " Refused or withdrawn: the amount is due again, and its days count unless the late fee rule spares them.",
    )
    stop_id = fields.Many2one(
        "billing.stop",
        string="What Is on Hold",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The time for which the disputed part is on hold.",
    )
    is_resting = fields.Boolean(
        compute="_compute_is_resting", string="On Hold", help="What is disputed is not asked for at present."
    )
    credit_note_id = fields.Many2one(
        "account.move",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The newest one that gives back what was disputed. Once it is posted, what it credits is settled.",
    )
    credit_note_state = fields.Selection(related="credit_note_id.state", string="Status of the Credit Note")
    credit_note_ids = fields.Many2many(
        "account.move",
        "billing_question_credit_note_rel",
        "question_id",
        "move_id",
        string="Credit Notes",
        readonly=True,
        copy=False,
    )
    amount_credited = fields.Monetary(
        compute="_compute_amount_credited",
        string="Credited So Far",
        help="What posted credit notes have given back of this dispute, with tax. The rest goes on to rest.",
    )
    date_answered = fields.Datetime(string="First Answered", readonly=True, copy=False)
    date_closed = fields.Datetime(string="Closed On", readonly=True, copy=False)
    answer_hours = fields.Float(
        string="Hours to Answer",
        compute="_compute_hours",
        store=True,
        aggregator="avg",
        help="From the question to the first answer of staff. Averages count answered questions alone.",
    )
    settle_hours = fields.Float(
        string="Hours to Close",
        compute="_compute_hours",
        store=True,
        aggregator="avg",
        help="From the question until it was closed, or the dispute settled. Averages count closed ones alone.",
    )

    _amount_not_negative = models.Constraint("CHECK (amount >= 0)", "Dispute an amount above zero.")
    _outcome_of_a_dispute = models.Constraint(
        "CHECK (outcome IS NULL OR kind = 'dispute')", "Only a dispute is settled; a question is closed."
    )
    _settled_or_open = models.Constraint(
        "CHECK (kind <> 'dispute' OR state <> 'closed' OR outcome IS NOT NULL)",
        "Say how the dispute is settled: by credit note, refusal or agreement.",
    )
    _account_idx = models.Index("(account_id, create_date DESC, id DESC)")
    _open_idx = models.Index("(author_id) WHERE state <> 'closed'")

    @api.depends("move_id", "account_id")
    def _compute_currency_id(self):
        for question in self:
            # sudo: in which currency a document is; nothing else of it is shown
            question.currency_id = question.sudo().move_id.currency_id or question.account_id.currency_id

    @api.depends("date_answered", "date_closed")
    def _compute_hours(self):
        for question in self:
            question.answer_hours = question._get_hours_until(question.date_answered)
            question.settle_hours = question._get_hours_until(question.date_closed)

    def _get_hours_until(self, moment):
        return (moment - self.create_date).total_seconds() / 3600 if moment and self.create_date else 0.0

    @api.depends("credit_note_ids.state", "credit_note_ids.amount_total")
    def _compute_amount_credited(self):
        for question in self:
            # sudo: what was credited of a dispute, for whoever settles it and is no accountant
            notes = question.sudo().credit_note_ids.filtered(lambda note: note.state == "posted")
            question.amount_credited = sum(notes.mapped("amount_total"))

    @api.depends("stop_id.date_to")
    def _compute_is_resting(self):
        for question in self:
            question.is_resting = bool(question.stop_id) and not question.stop_id.date_to

    @api.depends("name", "subject")
    def _compute_display_name(self):
        for question in self:
            question.display_name = f"{question.name} {question.subject or ''}".strip()

    @api.constrains("account_id", "move_id", "line_ids", "kind", "amount", "author_id")
    def _check_what_it_is_about(self):
        # sudo: to whom a document belongs and what it comes to; nothing of it is shown
        for question in self.sudo():
            self._check_customer(question)
            move = question.move_id
            if question.kind != DISPUTE:
                if question.amount:
                    raise ValidationError(
                        self.env._("Only a dispute has an amount. Choose “Dispute”, or leave the amount empty.")
                    )
                continue
            if not move or move.move_type != "out_invoice" or move.state != "posted":
                raise ValidationError(self.env._("Choose the posted invoice that is disputed."))
            if question.currency_id.compare_amounts(question.amount, move.amount_total) > 0:
                raise ValidationError(
                    self.env._(
                        "No more than %(total)s was billed with %(invoice)s. Dispute that much at most.",
                        total=move.currency_id.format(move.amount_total),
                        invoice=move.name,
                    )
                )

    def _check_customer(self, question):
        move, customer = question.move_id, question.account_id.partner_id.commercial_partner_id
        if move and move.billing_account_id != question.account_id:
            raise ValidationError(self.env._("The invoice is not of this account. Choose one of its invoices."))
        if question.line_ids.move_id - move:
            raise ValidationError(self.env._("Choose lines of this invoice alone."))
        if question.author_id.commercial_partner_id != customer:
            raise ValidationError(
                self.env._(
                    "%(person)s is no contact of %(customer)s. Choose who of the customer asks.",
                    person=question.author_id.display_name,
                    customer=customer.display_name,
                )
            )

    @api.model_create_multi
    def create(self, vals_list):
        questions = super().create(vals_list)
        self.env["billing.questions"].begin(questions)
        return questions

    @api.model
    def _complete_values(self, vals_list):
        for vals in vals_list:
            account_id = vals.get("account_id") or self.env.context.get("default_account_id")
            account = self.env["billing.account"].browse(account_id).exists()
            if account:
                sequence = self.env["ir.sequence"].with_company(account.company_id)
                vals["name"] = sequence.next_by_code("billing.question")
                vals.setdefault("author_id", account.partner_id.id)
                vals.setdefault("user_id", account._get_collector().id)
        return vals_list

    @api.onchange("account_id")
    def _onchange_account_id(self):
        self.author_id = self.author_id or self.account_id.partner_id

    @api.model
    def _get_life_advice(self):
        return self.env._(
            "What was asked stays as it was asked. Answer in the chatter, and use the buttons to take, close or settle"
            " it."
        )

    def copy_data(self, default=None):
        """Refuse: whoever asks again asks something new."""
        raise ValidationError(self.env._("A question cannot be duplicated. Create a new one."))

    def _read_group_select(self, aggregate_spec, query):
        """Leave what is not answered, or not closed, out of the averages of hours: it has no hours yet."""
        if not (day := MEASURED.get(aggregate_spec)):
            return super()._read_group_select(aggregate_spec, query)
        name = aggregate_spec.partition(":")[0]
        return SQL(
            "AVG(%s) FILTER (WHERE %s IS NOT NULL)",
            self._field_to_sql(self._table, name, query),
            self._field_to_sql(self._table, day, query),
        )

    # -- the thread ---------------------------------------------------------------------------------------------------

    def _message_post_after_hook(self, message, msg_values):
        """Follow what was written to the customer, or by the customer."""
        res = super()._message_post_after_hook(message, msg_values)
        self.env["billing.questions"].follow_message(self, message)
        return res

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Write to people of the customer only what they may read: by their role today, and no note among staff."""
        recipients = super()._notify_get_recipients(message, msg_vals=msg_vals, **kwargs)
        return self.env["billing.questions"].leave_out_strangers(self, message, recipients)

    def _notify_get_recipients_groups(self, message, model_description, msg_vals=False):
        """Lead people of the customer to the page of the question."""
        groups = super()._notify_get_recipients_groups(message, model_description, msg_vals=msg_vals)
        if self:
            url = f"{self.get_base_url()}/my/billing/questions/{self.id}"
            for name, _filter, data in groups:
                if name != "user":
                    data.update(
                        active=True,
                        has_button_access=True,
                        button_access={"url": url, "title": self.env._("Read and Answer")},
                    )
        return groups

    # -- buttons ------------------------------------------------------------------------------------------------------

    def action_take(self):
        """Begin to work on questions; what nobody has is assigned to whoever takes it."""
        self.check_access("write")
        self.env["billing.questions"].take(self)

    def action_close(self):
        """Close questions; disputes are settled instead."""
        self.check_access("write")
        self.env["billing.questions"].close(self)

    def action_credit(self):
        """Ask which lines and how much to credit."""
        return self._get_settlement("credited")

    def action_refuse(self):
        """Ask what to tell the customer, and refuse the dispute."""
        return self._get_settlement("refused")

    def action_agree(self):
        """Ask what was agreed, and settle the dispute."""
        return self._get_settlement("agreed")

    def _get_settlement(self, outcome):
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": dict(self._fields["outcome"]._description_selection(self.env))[outcome],
            "res_model": "billing.question.settlement",
            "view_mode": "form",
            "target": "new",
            "context": {"default_question_id": self.id, "default_outcome": outcome},
        }

    def action_view_invoice(self):
        """Open the invoice that the question is about."""
        return self._get_document_action("move_id")

    def action_view_credit_note(self):
        """Open the credit note that settles the dispute."""
        return self._get_document_action("credit_note_id")

    def _get_document_action(self, name):
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self[name].id,
            "view_mode": "form",
        }
