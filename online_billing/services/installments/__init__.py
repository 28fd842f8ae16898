from . import charging, ending, history, ledger, news, request, review, rules, virtual_parts
