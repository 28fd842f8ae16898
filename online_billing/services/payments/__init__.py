from . import closing, pay_links, paying, taking
