"""What follows a good reply: the citizen is asked (回访), rates (评价), and has it done again (重办)."""

from dispatch.callbacks.answers import close_unrated, file, missed, rate
from dispatch.callbacks.look_back import due_look_backs, look_back, tell_look_back
from dispatch.callbacks.redoing import redo, reopen
from dispatch.stages import Action

ACTS = {
    Action.RATE: rate,
    Action.MISSED: missed,
    Action.CLOSE_UNRATED: close_unrated,
    Action.REDO: redo,
    Action.REOPEN: reopen,
    Action.LOOK_BACK: look_back,
    Action.FILE: file,
}

__all__ = ["ACTS", "due_look_backs", "file", "tell_look_back"]
