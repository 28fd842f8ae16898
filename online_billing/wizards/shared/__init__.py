from . import answer_dialogue
