from . import pay_links
