from . import billing_settings, erasure_decision, question_settlement, verification_refusal
