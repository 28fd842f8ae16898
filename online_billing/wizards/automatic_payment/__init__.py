from . import attempt_verdict, charge_now, consent_wizard, consent_wizard_method, payment_refund, payment_return
