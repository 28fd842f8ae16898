"""Four invented businesses with three months of billing behind them, for whoever wants to look before deciding.

Read `builder.py` first: it says in which order everything is made. `business.py` holds what all four have in common,
`catalogue.py` makes billing codes, prices and plans from short tables, and there is one file per business. Nothing
is run unless somebody calls `billing.demo.business`.
"""

from . import builder
