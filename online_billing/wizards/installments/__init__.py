from . import installment_wizard, installment_wizard_line
