"""Questions and disputes: asked, answered, closed, settled; what is in dispute rests."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.online_billing.services.shared.numbers import as_float, to_decimal
from odoo.exceptions import UserError
from odoo.tools import plaintext2html

from ..models.question import CLOSED, DISPUTE
from .access import SEE
from .question_life import QUESTION_LIFE

MOST_AN_HOUR, MOST_OPEN = 10, 20
ANSWER = "online_billing_portal.mail_activity_type_answer"
#: for whom a dispute is settled, as `billing.stops` has it
VERDICTS = {"credited": "customer", "agreed": "customer", "refused": "company", "withdrawn": "company"}
#: how a question ends whose dispute got a verdict elsewhere
OUTCOMES = {"customer": "agreed", "company": "refused"}


class BillingQuestions(models.AbstractModel):
    _name = "billing.questions"
    _description = "Questions and Disputes of Customers"

    # -- of customers -------------------------------------------------------------------------------------------------

    @api.private
    def ask(self, person, vals, files=()):
        """Create a question of a person; the caller has asked for their role on the account.

        What they have open already word for word, of a form that came twice, is not asked again.

        :param person: a `res.partner`
        :param dict vals: of `billing.question`, without the author
        :param files: [(name, bytes), ...]
        :return: the `billing.question` (elevated)
        :raise UserError: too many, or files that are too many, too large or of another type
        """
        files = self.env["billing.question.files"].check(files)
        # sudo: customers have no rights of their own on questions; their role was asked for
        questions = self.env["billing.question"].sudo()
        # of forms that are sent at once, the others wait and are counted
        self.env["billing.account"].sudo().browse(vals["account_id"]).hold()
        if same := self._find_same(questions, person, vals, files):
            return same
        self._check_limits(questions, person)
        question = questions.create({**vals, "author_id": person.id})
        question.attachment_ids = question.env["ir.attachment"].create(
            [
                {"name": name, "raw": content, "res_model": question._name, "res_id": question.id}
                for name, content in files
            ]
        )
        return question

    def _find_same(self, questions, person, vals, files):
        """Return the open question of a person that says all that new values say, and has the same files."""
        words = ("account_id", "move_id", "subject", "text")
        domain = [(name, "=", vals.get(name) or False) for name in words]
        own = questions.search([*domain, ("author_id", "=", person.id), ("state", "!=", CLOSED)])
        draft = questions.new({**vals, "author_id": person.id})
        names = sorted(name for name, _content in files)
        return own.filtered(
            lambda one: (
                (one.kind, one.topic) == (draft.kind, draft.topic)
                and set(one.line_ids.ids) == set(draft.line_ids._origin.ids)
                # of lines alone the amount was worked out
                and (one.amount == draft.amount or (one.line_ids and not draft.amount))
                and sorted(one.attachment_ids.mapped("name")) == names
            )
        )[:1]

    def _check_limits(self, questions, person):
        since = fields.Datetime.now() - timedelta(hours=1)
        if questions.search_count([("author_id", "=", person.id), ("create_date", ">", since)]) >= MOST_AN_HOUR:
            raise UserError(
                self.env._(
                    "You have asked %(count)s questions within an hour. Please try again later, or add to one of them.",
                    count=MOST_AN_HOUR,
                )
            )
        if questions.search_count([("author_id", "=", person.id), ("state", "!=", CLOSED)]) >= MOST_OPEN:
            raise UserError(
                self.env._(
                    "%(count)s of your questions are open. Please add to one of them, or close what is answered.",
                    count=MOST_OPEN,
                )
            )

    @api.private
    def answer(self, question, person, text, files=()):
        """Add what a person of the customer writes.

        :param question: a `billing.question` (elevated) on whose account the person may ask
        :raise UserError: the question is closed, the customer writes too often, or files are refused
        """
        files = self.env["billing.question.files"].check(files)
        self._check_open(question)
        question.account_id.hold()
        since = fields.Datetime.now() - timedelta(hours=1)
        written = self.env["mail.message"].sudo()  # sudo: a mere count of what the person wrote
        own = [("author_id", "=", person.id), ("model", "=", question._name), ("date", ">", since)]
        if written.search_count([*own, ("message_type", "=", "comment")]) >= 3 * MOST_AN_HOUR:
            raise UserError(self.env._("You have written very often within an hour. Please try again later."))
        question.message_subscribe(person.ids)
        question.message_post(
            body=plaintext2html(text),
            author_id=person.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            attachments=files,
        )

    @api.private
    def end_by_customer(self, question):
        """Close a question, or withdraw a dispute: its amount is asked for again.

        :param question: a `billing.question` (elevated); the caller has asked for the role
        :raise UserError: it is closed already
        """
        self._check_open(question)
        if question.kind == DISPUTE:
            self._settle(question, "withdrawn")
        else:
            self._close(question)

    @api.private
    def get_thread(self, question):
        """Return the messages that people of the customer may read, the first one first: no notes, no log."""
        return question.message_ids.filtered(self._is_public).sorted("id")

    # -- life ---------------------------------------------------------------------------------------------------------

    @api.private
    def begin(self, questions):
        """Put into dispute what new questions dispute, and tell whoever answers them."""
        for question in questions.sudo():  # sudo: done by the billing, whoever asks
            if question.kind == DISPUTE:
                if question.line_ids and not question.amount:
                    billed = sum(question.line_ids.mapped("price_total"))
                    question.amount = min(billed, question.move_id.amount_total)
                disputed = question.amount or (not question.line_ids and question.move_id.amount_total)
                if question.move_id.currency_id.compare_amounts(disputed, 0) <= 0:
                    raise UserError(
                        self.env._("These lines cost nothing. Choose others, or ask a question about them instead.")
                    )
                question.stop_id = self._put_in_dispute(question)
            question.message_subscribe(question.author_id.ids)
            self._remind(question)

    def _put_in_dispute(self, question):
        """Return the dispute of what a question says; what is paid cannot be blocked: its dispute names an amount."""
        move, stops = question.move_id, self.env["billing.stops"]
        amount = question.amount
        if not amount and self.env["billing.open.documents"].is_settled(move):
            amount = move.amount_total
        return stops.dispute(move, to_decimal(amount, move.currency_id) if amount else None, note=question.name)

    @api.private
    def take(self, questions):
        """Begin to work on open questions."""
        self._check_open(questions)
        for question in questions:
            if not question.user_id:
                question.user_id = self.env.user
        self._move(questions, "take")

    @api.private
    def close(self, questions):
        """Close questions.

        :raise UserError: one is closed already, or is a dispute, which is settled
        """
        self._check_open(questions)
        if disputes := questions.filtered(lambda question: question.kind == DISPUTE):
            raise UserError(
                self.env._(
                    "%(question)s is a dispute. Settle it by credit note, refusal or agreement.",
                    question=disputes[0].display_name,
                )
            )
        self._close(questions)

    @api.private
    def settle(self, question, outcome, text):
        """Settle a dispute, and tell the customer: what rested is asked for again, as far as it is still open.

        :param str outcome: "agreed" or "refused"; a credit note settles by itself once it is posted, see
            `billing.question.credits`
        :param str text: what the customer is told
        :raise UserError: it is closed already, no dispute, or nothing is said
        """
        question.check_access("write")
        self._check_open(question)
        if question.kind != DISPUTE or outcome not in OUTCOMES.values():
            raise UserError(self.env._("%(question)s is no dispute. Close it instead.", question=question.display_name))
        if not (text or "").strip():
            raise UserError(self.env._("Write what the customer is told: why it is so, and what is due now."))
        self.tell(question, text)
        self._settle(question, outcome)

    @api.private
    def settle_by_credit(self, question, note):
        """Settle of a dispute what a posted credit note gives back, and tell the customer; the rest goes on.

        :param note: one of those that were made for the dispute
        """
        left = self.env["billing.question.credits"].get_left(question)
        env = question.with_context(lang=question.author_id.lang or self.env.lang).env
        amount = note.currency_id.format(note.amount_total)
        if not left:
            self.tell(
                question,
                env._("We have credited %(amount)s with credit note %(note)s.", amount=amount, note=note.name),
            )
            question.stop_id.sudo().credit_note_id = note  # sudo: kept by the billing
            self._settle(question, "credited")
            return
        self.tell(
            question,
            env._(
                "We have credited %(amount)s with credit note %(note)s. The other %(left)s of your dispute are still"
                " being looked into, and are not asked for meanwhile.",
                amount=amount,
                note=note.name,
                left=note.currency_id.format(as_float(left)),
            ),
        )
        stop = question.stop_id
        if stop.amount and not stop.date_to:
            settled = to_decimal(stop.amount, stop.currency_id) - left
            self.env["billing.stops"].settle_part(stop, settled).credit_note_id = note
        if question.state == "answered":  # the rest is staff's to answer
            self._move(question, "take")
        self._remind(question)

    @api.private
    def reopen_credited(self, question, note):
        """Let go on what a credit note had settled of a dispute, which is a draft again; posted, it settles it anew."""
        stops, disputes = self.env["billing.stops"], self.env["billing.stop"].sudo()  # sudo: kept by the billing
        is_closed = question.state == CLOSED
        if question.amount:
            part = disputes.search([("credit_note_id", "=", note.id), ("move_id", "=", question.move_id.id)], limit=1)
            if not part:
                return  # settled by something else
            part.credit_note_id = False
            running = question.stop_id if not is_closed and question.stop_id != part else None
            question.stop_id = stops.reopen(part, running)
        else:
            left = self.env["billing.question.credits"].get_left(question)
            if question.outcome != "credited" or not left:
                return  # the block of the invoice goes on, or something else has settled it
            question.stop_id = self._put_in_dispute(question)
        if is_closed:
            self._move(question, "reopen")
            question.write({"outcome": False, "date_closed": False})
        question.message_post(
            body=self.env._("Credit note %(note)s is a draft again: the dispute goes on.", note=note.display_name),
            subtype_xmlid="mail.mt_note",
        )
        self._remind(question)

    @api.private
    def follow_verdict(self, stops):
        """Settle the questions of disputes that got a verdict elsewhere, and tell the customer."""
        # sudo: whoever settles disputes; questions follow
        questions = self.env["billing.question"].sudo().search([("stop_id", "in", stops.ids), ("state", "!=", CLOSED)])
        for question in questions:
            outcome = OUTCOMES[question.stop_id.verdict]
            env = question.with_context(lang=question.author_id.lang or self.env.lang).env
            self.tell(
                question,
                env._("Your dispute about %(invoice)s is settled in your favour.", invoice=question.move_id.name)
                if outcome == "agreed"
                else env._(
                    "We could not agree with your dispute about %(invoice)s. The amount is due again.",
                    invoice=question.move_id.name,
                ),
            )
            self._settle(question, outcome)

    @api.private
    def tell(self, question, text):
        """Write to the customer."""
        question.message_post(body=plaintext2html(text), message_type="comment", subtype_xmlid="mail.mt_comment")

    @api.private
    def follow_message(self, question, message):
        """Follow what was written: an answer of staff waits for the customer, a word of the customer for staff."""
        if not self._is_public(message):
            return
        question = question.sudo()  # sudo: the state follows the thread, whoever writes
        if any(not user.share for user in message.author_id.sudo().user_ids):  # sudo: who is staff is no secret
            if question.state == CLOSED:
                return
            question.date_answered = question.date_answered or fields.Datetime.now()
            self._move(question, "answer")
            question.activity_unlink([ANSWER])
            return
        if question.state != CLOSED:
            self._move(question, "ask")
        elif question.kind != DISPUTE:
            question.date_closed = False
            self._move(question, "reopen")
        self._remind(question)

    @api.private
    def leave_out_strangers(self, question, message, recipients):
        """Return who is notified: staff, and people of the customer who may see the account, of what is no note.

        :param list recipients: as Odoo's `_notify_get_recipients` has them
        """
        access, is_public = self.env["billing.portal.access"], self._is_public(message)
        account = question.sudo().account_id  # sudo: whose account it is decides
        people = self.env["res.partner"]
        return [
            one
            for one in recipients
            if one["type"] == "user" or (is_public and access.may(people.browse(one["id"]), account, SEE))
        ]

    # -- helpers ------------------------------------------------------------------------------------------------------

    def _is_public(self, message):
        return (
            message.message_type in ("comment", "email", "email_outgoing")
            and not message.is_internal
            and message.subtype_id == self.env.ref("mail.mt_comment")
        )

    def _close(self, questions):
        questions = questions.sudo()  # sudo: only along the table of states
        questions.date_closed = fields.Datetime.now()
        self._move(questions, "close")
        questions.activity_unlink([ANSWER])

    def _settle(self, question, outcome):
        """Close a dispute with an outcome; what rests ends with the last question about it."""
        question = question.sudo()  # sudo: whoever settles disputes need not be an accountant
        question.outcome = outcome
        self._close(question)
        stop = question.stop_id
        twins = question.search([("stop_id", "=", stop.id)]) if stop else question.browse()
        if stop and all(one.state == CLOSED for one in twins):
            # what was said to one of them in the customer's favour is not taken back by another
            verdicts = {VERDICTS[one.outcome] for one in twins if one.outcome}
            self.env["billing.stops"].settle(stop, "customer" if "customer" in verdicts else VERDICTS[outcome])

    def _move(self, questions, event):
        # sudo: only along the table of states
        self.env["billing.life"].apply_event(QUESTION_LIFE, questions.sudo(), event)

    def _remind(self, question):
        """Give whoever answers a task, unless there is one."""
        if question.user_id and not question.activity_search([ANSWER]):
            deadline = self.env["billing.tasks"].get_deadline(ANSWER)
            question.activity_schedule(ANSWER, deadline, user_id=question.user_id.id, summary=question.subject)

    def _check_open(self, questions):
        if closed := questions.filtered(lambda question: question.state == CLOSED):
            raise UserError(
                self.env._("%(question)s is closed already. Ask a new one instead.", question=closed[0].display_name)
            )
