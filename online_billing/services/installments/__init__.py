from . import charging, ending, ledger, news, request, review, rules
