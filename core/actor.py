"""Who is acting: a person with roles, seen from one unit."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person may do; one person may hold several."""

    AGENT = "agent"  # 话务员
    DISPATCHER = "dispatcher"  # 派单员
    HANDLER = "handler"  # 承办人
    CHIEF = "chief"  # 单位负责人: a handler who answers for the unit
    REVIEWER = "reviewer"  # 审核员
    CALLBACK = "callback"  # 回访员
    SUPERVISOR = "supervisor"  # 督办员
    LEADER = "leader"  # 领导
    ADMINISTRATOR = "administrator"  # 管理员
    CITIZEN = "citizen"  # 诉求人: acts on their own case by its query code, never a sign-in
    SYSTEM = "system"  # the centre itself: jobs and timers, never a sign-in


@dataclass(frozen=True, kw_only=True)
class Actor:
    """A person (or the centre itself) at the moment of an action."""

    person_id: int | None
    name: str
    roles: frozenset[Role]
    unit_code: str | None = None

    def has(self, *roles: Role) -> bool:
        """Say whether the actor holds at least one of `roles`."""
        return bool(self.roles.intersection(roles))


SYSTEM = Actor(person_id=None, name="系统", roles=frozenset({Role.SYSTEM}))
