from . import partner_merge, stripe_comparison, stripe_comparison_line, stripe_leave_out
