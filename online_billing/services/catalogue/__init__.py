from . import price_taxes, terms
