from . import (
    test_cheques,
    test_closing,
    test_link_privacy,
    test_other_ways,
    test_pay_account,
    test_pay_discounts,
    test_pay_link,
    test_pay_nonsense,
    test_pay_under_way,
    test_receipts,
    test_request_limits,
    test_taking,
)
