"""What counts as the same text again."""

from __future__ import annotations

import pytest

from dispatch.similarity import likeness, plain, says_the_same

LONG = "经现场核查，湖滨菜市场东门存在流动摊贩占道经营情况，执法人员已当场劝离并安排专人值守，后续将加强巡查力度。"
OTHER = "联合交警和市场方设置隔离护栏，划定疏导区二十个，三处占道经营点已取缔并立案处罚，每晚增派两人巡查至二十二时。"


@pytest.mark.parametrize(
    "again",
    [
        LONG,
        LONG.replace("，", ", ").replace("。", "."),
        f"　{LONG}\n",
        f"{LONG}特此回复",
        LONG.replace("加强", "加大"),
    ],
)
def test_the_same_text_with_hardly_a_word_changed_says_nothing_new(again):
    assert says_the_same(again, LONG)


@pytest.mark.parametrize("other", [OTHER, f"{LONG}{OTHER}", LONG[: len(LONG) // 2], "", "已处理"])
def test_a_text_with_new_measures_or_none_of_the_old_is_another(other):
    assert not says_the_same(other, LONG)


@pytest.mark.parametrize(
    ("one", "other", "share"), [("", "", 1.0), ("已", "已", 1.0), ("已", "办", 0.0), ("好", "", 0.0)]
)
def test_short_texts_have_a_likeness_too(one, other, share):
    assert likeness(one, other) == share


def test_likeness_asks_neither_for_order_nor_for_width():
    assert likeness(LONG, OTHER) == likeness(OTHER, LONG)
    assert plain("Ａ座 3－１号，門口！") == "a座31号門口"
