# ruff: noqa: I001
# The way of a thing that is billed: what a domain adds to an earlier one comes after it, and may call it by super().
from . import shared
from . import accounts
from . import subscriptions
from . import charges
from . import billing
from . import payments
from . import automatic_payment
from . import installments
from . import late_fees
from . import collection
from . import home
