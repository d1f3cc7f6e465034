"""Conversations understood: the caller's words tell the matter, the agent's confirm the place."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from nlp.understand import AGENT, CALLER, Turn, Understander
from tests.unit.text_models import city_rows, starter_models

NOW = datetime(2026, 11, 23, 20, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture(scope="module")
def understander():
    return Understander.load(
        starter_models(),
        areas=city_rows("areas"),
        places=city_rows("places"),
        categories=city_rows("categories"),
    )


def understood(understander, *turns):
    return understander.understand([Turn(speaker=who, text=text) for who, text in turns], now=NOW)


def test_one_sentence_fills_the_form(understander):
    said = "我住锦绣花园三号楼小区电梯昨天晚上八点就坏了三十多户人上不了楼"
    found = understood(understander, (CALLER, said))
    assert found.categories[0].code == "020201"
    assert found.classes[0].code == "0202"
    assert found.place is not None
    assert found.place.address == "锦绣花园三号楼"
    assert found.happened is not None
    assert found.happened.value == "2026-11-22T20:00:00+08:00"
    assert found.people_affected == 30
    assert found.title is not None
    assert "电梯" in found.title.value


def test_what_the_agent_says_is_not_the_matter(understander):
    found = understood(understander, (AGENT, "请问是停水还是停电"), (CALLER, "都不是，老板拖欠我们工资"))
    assert found.categories[0].code == "100101"
    assert "停水" not in found.text


def test_a_place_the_caller_confirms_is_taken_from_the_agent(understander):
    asked = (AGENT, "您说的是锦绣花园对吗")
    yes = understood(understander, (CALLER, "电梯坏了"), asked, (CALLER, "对的"))
    unanswered = understood(understander, (CALLER, "电梯坏了"), asked)
    assert yes.place is not None
    assert unanswered.place is not None
    assert yes.place.name == unanswered.place.name == "锦绣花园"
    assert yes.place.share > unanswered.place.share


def test_a_place_the_caller_denies_is_dropped(understander):
    found = understood(understander, (CALLER, "电梯坏了"), (AGENT, "您说的是锦绣花园对吗"), (CALLER, "不是"))
    assert found.place is None


@pytest.mark.parametrize(
    "turns",
    [
        (),
        ((CALLER, ""),),
        ((CALLER, "嗯嗯啊啊"),),
        ((AGENT, "您好这里是12345"),),
    ],
)
def test_nothing_said_is_nothing_understood(understander, turns):
    found = understood(understander, *turns)
    assert found.categories == found.classes == ()
    assert found.title is found.place is found.happened is found.demand is None
    assert found.missing == ()


def test_danger_is_critical_and_the_place_is_asked_for(understander):
    found = understood(understander, (CALLER, "家里煤气泄漏了好大的味道快来人"))
    assert found.urgency.level == "critical"
    assert found.categories[0].code == "070301"
    assert any("什么地方" in question for question in found.missing)


def test_names_and_numbers_are_hidden_in_what_may_leave(understander):
    said = "我叫张三丰，电话13800001111，老板拖欠我三个月工资希望帮我追讨"
    found = understood(understander, (CALLER, said))
    shown = found.text_masked + str(found.title) + str(found.demand)
    assert "13800001111" not in shown
    assert "张三丰" not in shown
    assert "拖欠" in found.text_masked


def test_the_citys_own_names_win_over_those_of_the_model(understander):
    rows = [{"code": "020201", "name": "电梯坏了（本市叫法）"}]
    renamed = Understander.load(starter_models(), areas=[], places=[], categories=rows)
    assert understood(renamed, (CALLER, "电梯坏了")).categories[0].name == "电梯坏了（本市叫法）"


def test_a_naive_now_is_an_error(understander):
    with pytest.raises(ValueError, match="zone"):
        understander.understand([Turn(speaker=CALLER, text="昨天停水")], now=datetime(2026, 11, 23))


def test_the_citys_name_in_the_greeting_places_nothing(understander):
    greeting = (AGENT, "您好，澜州市12345热线，请讲。")
    found = understood(understander, greeting, (CALLER, "身份证丢了怎么补办要带什么材料"))
    assert found.place is None
    assert found.title is not None
    assert "澜州市" not in found.title.value
