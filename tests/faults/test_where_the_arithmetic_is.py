"""P-19: prices and dates are worked out below the models; the clock is read where it is named here, and nowhere else.

An exception that is not needed any more fails too, so that the lists say what is true.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tools import paths

ADDON = paths.PROJECT / "online_billing"
THIN = ("models", "wizards", "controllers")
EXACT = {
    "Decimal",
    "Fraction",
    "relativedelta",
    "timedelta",
    "monthrange",
    "date_utils",
    "float_round",
    "round",
    "divmod",
}
DATE_STEPS = {("Date", "add"), ("Date", "subtract"), ("Datetime", "add"), ("Datetime", "subtract")}
CLOCKS = {"today", "now", "context_today", "utcnow"}

# where a model or a dialogue may step from one day to another, and why
ARITHMETIC_ALLOWED = {
    ("models/catalogue/price.py", "action_new_version", "timedelta"): "the day proposed for the next version: tomorrow",
    ("models/subscriptions/subscription.py", "_compute_trial_end_date", "timedelta"): "days entered, shown as a day",
    ("models/automatic_payment/retry_rule.py", "_read_waits", "timedelta"): "days or hours entered, read as times",
    ("models/automatic_payment/payment_attempt.py", "_get_waiting_end", "Datetime.add"): "days entered, as a moment",
    ("models/installments/account_move.py", "_shift", "round"): "Odoo's due lines are floats of the currency's digits",
    (
        "models/installments/account_move_line.py",
        "_get_virtual_installments_data",
        "round",
    ): "as above, for its payment dialogue",
}

# where the clock may be read below the crons, and why; what bills takes the day as an argument
CLOCK_ALLOWED = {
    ("services/charges/book.py", "record"): "create_date of rows written in bulk",
    ("services/charges/book.py", "record_settled"): "create_date of rows written in bulk",
    ("services/charges/book.py", "_update"): "write_date of rows written in bulk",
    ("services/shared/days.py", "_get_day"): "which day it is where a customer lives, or the company",
    ("services/collection/files.py", "ensure_cases"): "create_date of rows written in bulk",
    ("services/collection/files.py", "store_files"): "write_date of rows written in bulk",
    ("services/collection/steps.py", "_log_steps"): "create_date of rows written in bulk",
    ("services/delivery/queue.py", "_print"): "the name of a file",
    ("services/delivery/queue.py", "_get_queue"): "mails are tried again after hours",
    ("services/delivery/queue.py", "mark_sent"): "when it was sent",
    ("services/delivery/queue.py", "mail_again"): "when it was sent",
    ("services/delivery/queue.py", "mark_failed"): "mails are tried again after hours",
    ("services/delivery/network_delivery.py", "_get_queue"): "documents are tried again after hours",
    ("services/delivery/network_delivery.py", "mark_failed"): "documents are tried again after hours",
    ("services/delivery/mime.py", "write"): "the date that a mail bears",
    ("services/installments/due_lines.py", "_insert"): "create_date of rows written in bulk",
    ("services/installments/due_lines.py", "_update"): "write_date of rows written in bulk",
    ("services/shared/work_loop.py", "_come_again"): "when a job looks again for what another one holds",
    ("services/shared/request_limits.py", "take"): "when somebody asked",
    ("services/shared/request_limits.py", "_get_wait"): "how long somebody has to wait",
    ("services/delivery/queue.py", "_postpone"): "mails are tried again after hours",
    ("services/automatic_payment/booking.py", "_get_way"): "the day on which the money is booked",
    ("services/automatic_payment/charging_now.py", "charge"): "it is sent at once",
    ("services/automatic_payment/consents.py", "_end"): "when it was given, ended, or found gone",
    ("services/automatic_payment/consents.py", "note_gone"): "when it was given, ended, or found gone",
    ("services/automatic_payment/adapter.py", "take_up"): "when a provider is asked for money, in the commit before",
    ("services/automatic_payment/adapter.py", "may_page_be_paid"): "how long ago a customer has begun to pay",
    ("services/automatic_payment/open_pages.py", "_get_older"): "how long ago a customer has begun to pay",
    ("services/automatic_payment/open_pages.py", "close"): "when a page is looked at again",
    ("services/automatic_payment/sending.py", "_hold_for_pages"): "when a page is looked at again",
    ("services/automatic_payment/sending.py", "_wait_for_pages"): "when a page is looked at again",
    ("services/automatic_payment/consents.py", "resume_due"): "whose pause is over by now",
    ("services/automatic_payment/consents.py", "give"): "when it was given, ended, or found gone",
    ("services/automatic_payment/debits.py", "_make_room"): "when it was taken back",
    ("services/automatic_payment/debits.py", "_give_up"): "when it was taken back",
    ("services/automatic_payment/debits.py", "stop"): "when it was stopped",
    (
        "services/automatic_payment/following.py",
        "_give_method_up",
    ): "when it failed, and when it is tried again",
    (
        "services/automatic_payment/following.py",
        "_plan_next",
    ): "when it failed, and when it is tried again",
    ("services/automatic_payment/news.py", "tell_to_confirm"): "each sending again is another message",
    ("services/automatic_payment/history.py", "fetch_month_amounts"): "what this local day plans",
    ("services/automatic_payment/history.py", "find_ended"): "how often something was tried within thirty days",
    ("services/automatic_payment/history.py", "get_tries_seen"): "how often something was tried within thirty days",
    ("services/automatic_payment/planning.py", "get_obstacle"): "how often something was tried within thirty days",
    ("services/automatic_payment/charging_now.py", "get_obstacle"): "how often something was tried in thirty days",
    ("services/delivery/queue.py", "_send_soon"): "what somebody wants to be sent now is sent before the rest",
    (
        "services/automatic_payment/planning.py",
        "plan_now",
    ): "what this local day plans",
    (
        "services/automatic_payment/planning.py",
        "work",
    ): "what this local day plans",
    ("services/automatic_payment/questions.py", "_claim"): "when a provider was asked, and is asked again",
    ("services/automatic_payment/questions.py", "_get_queue"): "when a provider was asked, and is asked again",
    ("services/automatic_payment/questions.py", "_judge"): "when a provider was asked, and is asked again",
    ("services/automatic_payment/questions.py", "_note_failure"): "when a provider was asked, and is asked again",
    ("services/automatic_payment/page_payments.py", "_make_row"): "it is sent at once",
    ("services/automatic_payment/refunds.py", "_make_row"): "when money was given back",
    ("services/automatic_payment/sending.py", "_get_queue"): "what is to be sent by now, and when it was",
    ("services/automatic_payment/sending.py", "_may_be_tried_again"): "how often something was tried in thirty days",
    ("services/automatic_payment/following.py", "find_next_method"): "how often something was tried in thirty days",
    ("services/automatic_payment/sending.py", "_is_ready"): "what is to be sent by now, and when it was",
    ("services/automatic_payment/sending.py", "_note_failure"): "what is to be sent by now, and when it was",
    ("services/automatic_payment/sending.py", "_send"): "what is to be sent by now, and when it was",
    ("services/automatic_payment/settling.py", "_settle_accepted"): "when the answer came, and when to ask again",
    ("services/automatic_payment/settling.py", "_settle_declined"): "when the answer came, and when to ask again",
    ("services/automatic_payment/settling.py", "_settle_succeeded"): "when the answer came, and when to ask again",
    ("services/automatic_payment/settling.py", "_settle_unknown"): "when the answer came, and when to ask again",
    ("services/billing/invoicing.py", "_get_making_days"): "whether an invoice is made after its date",
    ("services/late_fees/charging.py", "_prepare_fee_values"): "create_date of rows written in bulk",
    ("services/delivery/outbox.py", "queue"): "create_date of rows written in bulk",
    ("services/billing/rating.py", "estimate"): "an estimate without a start begins today",
    ("services/billing/run_work.py", "start"): "when the run began",
    ("services/billing/run_work.py", "_save_outcomes"): "create_date of rows written in bulk",
    ("services/billing/run_work.py", "_park"): "since when an account waits",
    ("services/billing/run_work.py", "_end"): "when the run ended",
    ("services/shared/reader.py", "read_target_date"): "how far a day to come may lie ahead",
    ("services/receivables/overdue.py", "_sum_up_documents"): "which day it is where each customer lives",
    ("services/posting/request.py", "__init__"): "as Odoo does for invoices without a date",
    ("services/posting/check.py", "compare_newest"): "the night of which the settings tell",
    ("services/posting/batch.py", "_knows"): "create_date of rows written after a kept pattern",
    ("services/documents/pdf_attachment.py", "_write_file"): "when a file was put into a PDF, which the PDF says",
}


def functions(folder: str) -> Iterator[tuple[str, str, ast.AST]]:
    """Yield (file, function, tree) of all functions in a folder of the addon."""
    for file in sorted((ADDON / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef):
                yield str(file.relative_to(ADDON)), node.name, node


def find_arithmetic(tree: ast.AST) -> set[str]:
    """Return the words of exact arithmetic and of the calendar that a piece of code uses."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in EXACT:
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", None)
            if node.attr in EXACT:
                found.add(node.attr)
            elif (owner, node.attr) in DATE_STEPS:
                found.add(f"{owner}.{node.attr}")
    return found


def reads_clock(tree: ast.AST) -> bool:
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS
        for node in ast.walk(tree)
    )


def test_p19_no_arithmetic_of_prices_and_dates_in_thin_layers():
    found = {
        (file, function, word)
        for folder in THIN
        for file, function, tree in functions(folder)
        for word in find_arithmetic(tree)
    }
    assert found == set(ARITHMETIC_ALLOWED)


def test_p19_the_services_read_the_clock_only_where_it_is_named():
    found = {(file, function) for file, function, tree in functions("services") if reads_clock(tree)}
    assert found == set(CLOCK_ALLOWED)


def test_p19_the_check_sees_what_it_looks_for():
    source = "def f(self, day):\n    return fields.Date.add(day, months=1), Decimal(1), timedelta(1), self.x.round(2)"
    assert find_arithmetic(ast.parse(source)) == {"Date.add", "Decimal", "timedelta", "round"}
    assert reads_clock(ast.parse("fields.Date.context_today(self)"))
    assert not reads_clock(ast.parse("today = day"))


def test_p19_every_exception_has_a_reason():
    assert all(len(reason) > 10 for reason in [*ARITHMETIC_ALLOWED.values(), *CLOCK_ALLOWED.values()])
    assert all(Path(ADDON, name).is_file() for name, *_rest in [*ARITHMETIC_ALLOWED, *CLOCK_ALLOWED])
