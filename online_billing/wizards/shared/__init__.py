from . import answer_dialogue, billing_settings
