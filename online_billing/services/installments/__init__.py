from . import charges, end, ledger, news, request, review, rules
