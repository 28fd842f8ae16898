from . import (
    closing,
    link_privacy,
    other_ways,
    pay_links,
    paying,
    payment_watch,
    references,
    taking,
)
