from . import stripe_comparison, stripe_comparison_line
