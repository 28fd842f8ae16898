from . import closing, link_privacy, pay_links, paying, taking
