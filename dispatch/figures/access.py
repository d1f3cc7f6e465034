"""Who sees which figures: the whole city, or a unit with those below it."""

from __future__ import annotations

from collections.abc import Mapping

from core.actor import Actor, Role
from core.errors import WrongRole
from dispatch.audience import with_units_above

# These see every unit's figures; whoever belongs to a unit sees those of the unit and below.
CITYWIDE = (Role.SUPERVISOR, Role.LEADER, Role.ADMINISTRATOR)
OF_A_UNIT = (Role.HANDLER, Role.CHIEF)


def below(unit: str, parents: Mapping[str, str | None]) -> frozenset[str]:
    """Return the unit and all below it."""
    return frozenset(code for code in parents if unit in with_units_above(code, parents))


def units_for(actor: Actor, wanted: str | None, parents: Mapping[str, str | None]) -> frozenset[str] | None:
    """Return to which units the figures are limited; None for the whole city.

    wanted: a unit that the person asks about, with those below. Raises WrongRole for one that is not theirs.
    """
    if actor.has(*CITYWIDE):
        return None if wanted is None else below(wanted, parents)
    if not actor.has(*OF_A_UNIT) or not actor.unit_code:
        raise WrongRole("您的角色不能查看指标")
    own = below(actor.unit_code, parents)
    if wanted is None:
        return own
    if wanted not in own:
        raise WrongRole("只能查看本单位及下级单位的指标")
    return below(wanted, parents)


def check_citywide(actor: Actor) -> None:
    """Raise WrongRole unless the person may see the whole city."""
    if not actor.has(*CITYWIDE):
        raise WrongRole("存档的全市指标只有督办员、领导和管理员可以查看")
