"""Evidence files (佐证材料) of a work order: taken, cleaned, kept, shown, withdrawn; never deleted."""

from dispatch.evidence.contents import Cleaned, clean
from dispatch.evidence.files import Opened, add, belongs, keep, listed, may_see_reuse, open_, place_of, withdraw
from dispatch.evidence.records import EvidenceRecord
from dispatch.evidence.store import sweep

__all__ = [
    "Cleaned",
    "EvidenceRecord",
    "Opened",
    "add",
    "belongs",
    "clean",
    "keep",
    "listed",
    "may_see_reuse",
    "open_",
    "place_of",
    "sweep",
    "withdraw",
]
