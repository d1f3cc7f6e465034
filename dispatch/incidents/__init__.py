"""Incidents (并单): several complainants, one matter, one head; each is answered, called back and rated alone.

Invariants, held under locks taken in the order of the ids (grouping.py): a head's `incident_size` is the number
of cases whose `merged_into` is the head; a child is never a head and a head never a child.
"""

from dispatch.incidents.alike import duplicates
from dispatch.incidents.following import follow_up
from dispatch.incidents.grouping import lock_group
from dispatch.incidents.merging import ACTS
from dispatch.incidents.reading import incident, preview

__all__ = ["ACTS", "duplicates", "follow_up", "incident", "lock_group", "preview"]
