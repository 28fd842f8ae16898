from . import charging, ending, history, ledger, news, request, restoring, review, rules, virtual_parts
