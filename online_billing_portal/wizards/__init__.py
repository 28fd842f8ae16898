from . import question_settlement
