from . import charging, decision, ending, history, ledger, news, request, restoring, review, rules, virtual_parts
