from . import billing_settings, erasure_decision, partner_merge, question_settlement, verification_refusal
