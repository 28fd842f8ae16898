from . import pay_links, paying
