"""Packs: read strictly, matched by the most exact rule, lengthened by statutes only, compared in words."""

from __future__ import annotations

import copy
import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.config import ROOT
from dispatch.deadlines import Limit, LimitUnit
from dispatch.pack_changes import changes
from dispatch.pack_terms import length
from dispatch.packs import KINDS, SETTINGS, URGENCIES, PackError, parse_pack, read_pack, write_pack

FILES = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "city" / "packs").glob("*.json")}
PACKS = {name: read_pack(parse_pack(text)) for name, text in FILES.items()}
DEFAULT = parse_pack(FILES["default"])
CATEGORIES = (None, "03", "030301", "0902", "090201", "0701")
NAMES = {"0902": "消费纠纷"}


def days(count: int) -> dict[str, Any]:
    return {"quantity": count, "unit": "working_days"}


def a_rule(kind: str, urgency: str, result: int, category: str | None = None) -> dict[str, Any]:
    head = {"kind": kind, "urgency": urgency} | ({"category": category} if category else {})
    return head | {"dispatch": days(0), "sign": days(1), "contact": None, "result": days(result)}


def with_rules(*rules: dict[str, Any], statutes: tuple[dict[str, Any], ...] = ()) -> Any:
    return read_pack(DEFAULT | {"rules": list(rules), "statutes": list(statutes), "assumed": []})


def places(value: Any, path: str = "") -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Every value below `value`: its path as a pack names it, and the keys that lead there."""
    found = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in found:
        here = f"{path}[{key}]" if isinstance(key, int) else f"{path}.{key}" if path else key
        yield here, (key,)
        for deeper, keys in places(below, here):
            yield deeper, (key, *keys)


def changed(body: dict[str, Any], keys: tuple[Any, ...], value: Any = None, *, gone: bool = False) -> dict[str, Any]:
    copied = copy.deepcopy(body)
    place: Any = copied
    for key in keys[:-1]:
        place = place[key]
    if gone:
        del place[keys[-1]]
    else:
        place[keys[-1]] = value
    return copied


PLACES = dict(places(DEFAULT))
# What a file must say; a list may be shorter and a setting with a default may be left out.
REQUIRED = {
    path
    for path in PLACES
    if path.split(".")[-1] in {"quantity", "unit", "kind", "urgency", "dispatch", "sign", "contact", "result"}
    and not path.startswith("statutes")
} | {"name", "version", "title", "valid_from", "source", "rules", "return.ask_within", "return.ask_within_urgent"}


def test_seven_packs_come_with_the_centre():
    assert sorted(FILES) == ["beijing", "consumer", "default", "jinan", "shanghai", "shenzhen", "weifang"]
    assert all(pack.name == name for name, pack in PACKS.items())


@pytest.mark.parametrize("name", sorted(FILES))
def test_every_sort_of_case_has_limits_in_every_pack(name):
    for kind, urgency, category in itertools.product((None, *KINDS), URGENCIES, CATEGORIES):
        limits = PACKS[name].limits(kind, urgency, category)
        assert limits.result.quantity > 0
        assert limits.why.keys() == {"dispatch", "sign", "contact", "result"}
        assert length(limits.sign) <= length(limits.result)


@pytest.mark.parametrize("name", sorted(FILES))
def test_every_setting_stands_in_every_file(name):
    found = dict(places(json.loads(FILES[name])))
    assert [one.path for one in SETTINGS if one.path not in found] == []


@pytest.mark.parametrize(
    ("name", "kind", "urgency", "category", "words"),
    [
        ("default", "consult", "normal", None, "1 个工作日"),
        ("default", "complaint", "normal", "090201", "7 个工作日"),
        ("beijing", "help", "critical", None, "2 小时"),
        ("beijing", "help", "urgent", None, "24 小时"),
        ("beijing", "complaint", "normal", None, "7 天"),
        ("shanghai", "suggestion", "normal", None, "1 个工作日"),
        ("shanghai", "help", "normal", None, "5 个工作日"),
        ("jinan", "consult", "normal", None, "5 个工作日"),
        ("weifang", "report", "normal", None, "5 个工作日"),
        ("consumer", "complaint", "normal", None, "7 个工作日"),
    ],
)
def test_a_citys_pack_gives_the_citys_number(name, kind, urgency, category, words):
    assert PACKS[name].limits(kind, urgency, category).result.words() == words


def test_shenzhen_sorts_in_half_an_hour_or_two_hours():
    assert PACKS["shenzhen"].limits("help", "urgent").dispatch.words() == "30 分钟"
    assert PACKS["shenzhen"].limits("help", "normal").dispatch.words() == "2 小时"


@pytest.mark.parametrize("name", sorted(set(FILES) - {"default"}))
def test_a_citys_pack_says_which_values_are_ours(name):
    pack, ours = PACKS[name], PACKS["default"]
    differing = [
        one.path
        for one in SETTINGS
        if "." in one.path and getattr(pack, one.attribute) != getattr(ours, one.attribute)
    ]
    assert pack.assumed
    assert not set(differing) & set(pack.assumed)


@pytest.mark.parametrize("name", sorted(set(FILES) - {"default"}))
def test_a_limit_that_is_ours_is_the_recommended_one(name):
    ours = [re.fullmatch(r"rules\[(\d+)\]\.(\w+)", path) for path in PACKS[name].assumed]
    assert any(ours)
    for number, part in (found.groups() for found in ours if found):
        rule = PACKS[name].rules[int(number)]
        kind = "complaint" if rule.kind == "*" else rule.kind
        assert getattr(rule.limits, part) == getattr(PACKS["default"].limits(kind, rule.urgency), part)


def test_the_most_exact_rule_is_taken_wherever_it_stands():
    pack = with_rules(
        a_rule("*", "*", 10),
        a_rule("complaint", "*", 9),
        a_rule("*", "normal", 8),
        a_rule("*", "normal", 7, "03"),
        a_rule("*", "normal", 6, "0303"),
        a_rule("complaint", "normal", 5, "0303"),
        a_rule("*", "critical", 1),
        a_rule("complaint", "*", 4, "030301"),
    )
    asked = [
        ("help", "urgent", "030301"),
        ("complaint", "urgent", None),
        ("complaint", "normal", None),
        ("help", "normal", "0301"),
        ("help", "normal", "030301"),
        ("complaint", "normal", "030302"),
        ("complaint", "critical", "030301"),
        ("complaint", "urgent", "030301"),
    ]
    assert [pack.limits(*case).result.quantity for case in asked] == [10, 9, 8, 7, 6, 5, 1, 4]


@given(some.permutations(DEFAULT["rules"]), some.sampled_from(KINDS), some.sampled_from(URGENCIES))
def test_the_order_of_the_rules_in_the_file_means_nothing(rules, kind, urgency):
    shuffled = read_pack(DEFAULT | {"rules": rules})
    assert shuffled.limits(kind, urgency) == PACKS["default"].limits(kind, urgency)


@given(some.integers(1, 40), some.integers(1, 60), some.sampled_from(KINDS), some.sampled_from((*CATEGORIES, "09")))
def test_a_statute_only_ever_lengthens(own, legal, kind, category):
    law = {"category": "0902", "kind": "complaint", "name": "某法第一条", "limit": days(legal)}
    limits = with_rules(a_rule("*", "*", own), statutes=(law,)).limits(kind, "normal", category)
    applies = kind == "complaint" and (category or "").startswith("0902")
    assert limits.result.quantity == (max(own, legal) if applies else own)
    assert (limits.why["result"] == "法定期限：某法第一条") == (applies and legal > own)
    assert limits.why["sign"] == "规则包第 1 条规则"


@pytest.mark.parametrize("urgency", ["critical", "urgent"])
def test_no_statute_delays_the_first_answer_to_danger(urgency):
    law = {"category": "09", "name": "某法第一条", "limit": days(60)}
    assert with_rules(a_rule("*", "*", 1), statutes=(law,)).limits("help", urgency, "0901").result.quantity == 1


def test_the_statute_closest_to_the_matter_is_the_one_that_counts():
    laws = (
        {"category": "09", "name": "总则", "limit": days(60)},
        {"category": "0902", "name": "分则", "limit": days(7)},
        {"category": "0902", "kind": "report", "name": "举报", "limit": days(15)},
    )
    pack = with_rules(a_rule("*", "*", 5), statutes=laws)
    found = [pack.limits(kind, "normal", of).result.quantity for kind, of in (("help", "0901"), ("help", "090201"))]
    assert [*found, pack.limits("report", "normal", "0902").result.quantity] == [60, 7, 15]


limits_of = some.builds(
    lambda unit, quantity: {"quantity": quantity, "unit": unit},
    some.sampled_from([unit.value for unit in LimitUnit]),
    some.integers(1, 1000),
)
texts = some.text(some.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=40).filter(str.strip)


@some.composite
def packs(draw: some.DrawFn) -> dict[str, Any]:
    """A valid pack with any values, and with any of the settings left out that may be."""
    body = copy.deepcopy(DEFAULT)
    for path, keys in PLACES.items():
        if path.endswith(".unit"):
            body = changed(body, keys[:-1], draw(limits_of))
    body |= {"title": draw(texts), "source": draw(texts)}
    body["valid_from"] = draw(some.dates()).isoformat()
    body["figures"]["rate_weights"] = {"responded": 0.25, "solved": 0.5, "satisfied": 0.25}
    body["routing"] = {"automatic_from_share": draw(some.floats(0, 1))}
    shares = draw(some.sets(some.floats(0.01, 1), min_size=1, max_size=5))
    body["warnings"]["at_shares"] = sorted(shares)
    for left_out in draw(some.sets(some.sampled_from([one.path for one in SETTINGS]))):
        keys = tuple(left_out.split("."))
        if left_out not in REQUIRED:
            body = changed(body, keys, gone=True)
    return body


@given(packs())
def test_any_pack_comes_back_the_same_from_the_file_it_writes(body):
    pack = read_pack(body)
    written = json.loads(json.dumps(write_pack(pack)))
    assert read_pack(written) == pack
    assert write_pack(read_pack(written)) == written
    assert changes(pack, read_pack(written), NAMES) == []


@pytest.mark.parametrize("path", sorted(REQUIRED))
def test_a_missing_value_is_named_by_its_path(path):
    with pytest.raises(PackError) as caught:
        read_pack(changed(DEFAULT, PLACES[path], gone=True))
    assert str(caught.value) == f"{path}：缺少这一项"


WRONG = some.one_of(
    some.none(),
    some.booleans(),
    some.just(float("nan")),
    some.integers(max_value=-1),
    some.just(10**400),
    some.just("\x00"),
    some.just("\ud800"),
    some.just([None]),
    some.just({"so": "what"}),
)


@given(some.sampled_from(sorted(PLACES)), WRONG)
def test_a_wrong_value_anywhere_is_named_by_its_path(path, value):
    if value is None and path.endswith(".contact"):
        return  # the one value that may be empty
    with pytest.raises(PackError) as caught:
        read_pack(changed(DEFAULT, PLACES[path], value))
    said = str(caught.value).encode().decode().split("：")[0]
    assert said == path or said.startswith((f"{path}.", f"{path}["))


@pytest.mark.parametrize("path", ["", "rules[0]", "rules[2].result", "return", "figures.rate_weights", "statutes[0]"])
def test_a_name_that_no_pack_has_is_refused(path):
    keys = PLACES[path] if path else ()
    with pytest.raises(PackError) as caught:
        read_pack(changed(DEFAULT, (*keys, "colour"), "red"))
    assert str(caught.value).startswith(f"{path}.colour：" if path else "colour：")


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"rules": [*DEFAULT["rules"], DEFAULT["rules"][3]]}, "rules[7]：与 rules[3]"),
        ({"statutes": [DEFAULT["statutes"][0]] * 2}, "statutes[1]：与 statutes[0]"),
        ({"special": [DEFAULT["special"][0]] * 2}, "special：代码 complex"),
        ({"rules": [a_rule("*", "*", 5, "03")]}, "rules：缺少这些诉求的时限（不限分类）：consult/critical"),
        ({"assumed": ["rules[99].sign"]}, "assumed[0]：文件里没有"),
        ({"assumed": ["review.colour"]}, "assumed[0]：文件里没有"),
        ({"figures": {"rate_weights": {"responded": 1, "solved": 1, "satisfied": 1}}}, "figures.rate_weights：三个"),
        ({"warnings": {"at_shares": [0.8, 0.5]}}, "warnings.at_shares：应为"),
        ({"warnings": {"at_shares": []}}, "warnings.at_shares：应为"),
        ({"valid_from": "2026-02-30"}, "valid_from：应为日期"),
        ({"valid_from": "20260101"}, "valid_from：应为日期"),
        ({"redo": {"at_most": 0}}, "redo.at_most：应为 1 至 9 的整数"),
        ({"extension": {"at_most": "forever"}}, "extension.at_most：应为 original、statute 之一"),
        ({"supervision": {"within": days(1001)}}, "supervision.within.quantity：应为 1 至 1000 的整数"),
    ],
)
def test_what_does_not_fit_together_is_said(broken, said):
    with pytest.raises(PackError) as caught:
        read_pack(DEFAULT | broken)
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"name": "a",\n "version": }', "第 2 行第 13 列：不是合法的 JSON"),
        ('{"name": "a", "name": "b"}', "name：同一组设置里写了 2 次"),
        ("[]", "文件：应为一组设置"),
        ("[" * 100_000, "文件：不是合法的 JSON"),
        ('{"x": ' + "9" * 5000 + "}", "文件：不是合法的 JSON"),
    ],
)
def test_a_text_that_is_no_pack_is_refused_in_words(text, said):
    with pytest.raises(PackError) as caught:
        parse_pack(text)
    assert str(caught.value).startswith(said)


def test_a_difference_reads_as_a_sentence():
    found = {one.path: one.words() for one in changes(PACKS["default"], PACKS["beijing"], NAMES)}
    assert found["rules.complaint.normal.result"] == "投诉·一般 办理时限 5 个工作日 → 7 天"
    assert found["rules.0902.complaint.normal.result"] == "消费纠纷·投诉·一般 办理时限 7 个工作日 → 7 天"
    assert found["special.complex"] == "复杂疑难（经批准） 15 个工作日 → 15 天"
    assert "rules.complaint.urgent.result" not in found


@pytest.mark.parametrize(
    ("keys", "value", "words"),
    [
        (("routing",), {"automatic_from_share": 0.85}, "自动派单门槛 60% → 85%"),
        (("redo",), {"within": days(2)}, "重办时限 3 个工作日 → 2 个工作日"),
        (("call_back", "tries"), 2, "回访次数 3 → 2"),
        (("extension", "at_most"), "statute", "延期上限 不超过原时限 → 不超过法定期限"),
        (("warnings", "at_shares"), [0.7], "预警比例 50%、80% → 70%"),
        (("special",), [DEFAULT["special"][0]], None),
        (("rules", 0, "sign"), {"quantity": 5, "unit": "natural_minutes"}, "全部诉求·特急 签收时限 10 分钟 → 5 分钟"),
        (("rules", 6, "contact"), days(1), "建议·一般 联系时限 无 → 1 个工作日"),
    ],
)
def test_one_change_in_the_file_is_one_line(keys, value, words):
    found = [one.words() for one in changes(PACKS["default"], read_pack(changed(DEFAULT, keys, value)), NAMES)]
    assert found == [words] if words else len(found) == 2


@pytest.mark.parametrize(
    ("quantity", "unit", "words"),
    [(1440, "natural_minutes", "24 小时"), (2880, "natural_minutes", "2 天"), (5, "working_days", "5 个工作日")],
)
def test_a_limit_is_said_as_people_say_it(quantity, unit, words):
    assert Limit(quantity=quantity, unit=LimitUnit(unit)).words() == words


@pytest.mark.parametrize("one", SETTINGS, ids=lambda one: one.attribute)
def test_the_page_about_packs_names_every_setting(one):
    page = (ROOT / "docs" / "packs.md").read_text(encoding="utf-8")
    assert f"| `{one.path}` | {one.title} |" in page


def test_the_recommended_file_says_aloud_what_a_file_means_that_leaves_it_out():
    said = {key: value for key, value in DEFAULT.items() if key not in {"statutes", "special"}}
    kept = {"name", "version", "title", "valid_from", "source", "rules", "return"}
    silent = read_pack({key: value for key, value in said.items() if key in kept})
    assert silent == read_pack(said)
