from .billing import test_obstacles, test_run
from .catalogue import test_catalogue
from .charges import test_charging
from .collection import (
    test_collection,
    test_collection_acts,
    test_collection_clock,
    test_collection_messages,
    test_collection_texts,
    test_collection_vectors,
    test_reminder_amounts,
)
from .delivery import test_delivery, test_sms_delivery
from .documents import test_pdf
from .installments import (
    test_installment_invoices,
    test_installment_life,
    test_installment_payments,
    test_installment_rules,
)
from .late_fees import (
    test_late_fee_announcing,
    test_late_fee_charging,
    test_late_fee_plans,
    test_late_fee_rules,
    test_late_fee_waiver,
)
from .payments import test_pay_account, test_pay_link, test_receipts
from .posting import (
    test_posting_amounts,
    test_posting_guard,
    test_posting_headers,
    test_posting_later,
    test_posting_numbers,
    test_posting_shapes,
)
from .receivables import test_receivables
from .shared import (
    test_access_companies,
    test_access_matrix,
    test_access_methods,
    test_access_routes,
    test_program_interface,
    test_translations,
    test_views,
    test_wizards,
)
from .subscriptions import test_subscription
