from . import pay_links, receipts
