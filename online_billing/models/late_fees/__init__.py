from . import band, late_fee, reference_index, reference_rate, rule
