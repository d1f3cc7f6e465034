"""Reports of figures as the JSON API shows them: with names in the reader's language and with bounds."""

from __future__ import annotations

from collections.abc import Mapping

from core.db import Work
from dashboard import figures_shapes as shapes
from dashboard.words import language
from dispatch.figures import catalogue, formulas, naming, report
from dispatch.figures.report import Group, Report


def shown(work: Work, found: Report, by: shapes.Dimension | None) -> shapes.Figures:
    """Return the report, with the groups of the dimension `by` where one is given."""
    codes, weights = naming.codes(work), found.settings.weights
    known = naming.names(work).get(by, {}) if by else {}
    return shapes.Figures(
        first=found.asked.period.first,
        last=found.asked.period.last,
        as_of=found.asked.as_of,
        due=found.due,
        kept=found.kept,
        exclusions=[
            shapes.ExclusionCount(code=code, name=naming.spoken(codes, code, language().value), count=count)
            for code, count in found.codes.items()
        ],
        weights=shapes.FigureWeights(responded=weights.responded, solved=weights.solved, satisfied=weights.satisfied),
        rank_from=found.settings.rank_from,
        whole=_group(found, "", found.whole, {}),
        by=by,
        groups=[_group(found, key, group, known) for key, group in found.groups[by].items()] if by else [],
    )


def _group(found: Report, key: str, group: Group, known: Mapping[str, str]) -> shapes.FigureGroup:
    return shapes.FigureGroup(
        key=key,
        name=known.get(key, key),
        figures=[value(group, one.code) for one in catalogue.FIGURES],
        score=group.score(found.settings.weights),
    )


def value(group: Group, figure: str) -> shapes.FigureValue:
    """Return one figure of a group, with the bounds of a share."""
    counts = group.of(figure)
    ends = formulas.bounds(counts.numerator, counts.denominator) if report.is_share(figure) else None
    return shapes.FigureValue(
        code=figure,
        value=group.value(figure),
        numerator=counts.numerator,
        denominator=counts.denominator,
        counted=counts.counted,
        excluded=counts.excluded,
        lower=ends and ends[0],
        upper=ends and ends[1],
    )
