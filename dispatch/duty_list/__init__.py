"""The responsibility list (职责清单) as something people keep: lines, history, sheets, checks, proposals."""
