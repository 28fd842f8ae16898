from . import case, entry, item, policy, quiet_day, step, threshold
