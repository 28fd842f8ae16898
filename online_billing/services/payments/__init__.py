from . import (
    closing,
    link_privacy,
    money_book,
    other_ways,
    pay_links,
    paying,
    payment_watch,
    references,
    taking,
)
