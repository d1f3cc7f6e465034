"""The verbs of TwiML, a module for each kind; importing this package makes them known."""

from callcenter.practice.program import VERBS
from callcenter.practice.verbs import connect, control, dial, enqueue, gather, prompts, record

VERBS.update(
    {
        "Say": prompts.say,
        "Play": prompts.play,
        "Pause": prompts.pause,
        "Gather": gather.gather,
        "Enqueue": enqueue.enqueue,
        "Leave": control.leave,
        "Redirect": control.redirect,
        "Reject": control.reject,
        "Hangup": control.hang_up,
        "Dial": dial.dial,
        "Record": record.record,
        "Start": connect.start,
        "Stop": connect.stop,
        "Connect": connect.connect,
    }
)
