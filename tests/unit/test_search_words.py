"""What is kept of a text for the search, and what is asked for."""

from __future__ import annotations

import pytest

from core.config import ROOT
from nlp.search_words import asked, city_cutter, indexed

CUTTER = city_cutter(ROOT / "city" / "practice")


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("路灯", "路灯不亮"),  # jieba cuts 路 / 灯不亮
        ("路灯", "巷子里路灯坏了"),
        ("电梯停运", "9号楼电梯已停运三天"),
        ("犇鑫烤鱼", "犇鑫烤鱼店油烟扰民"),
        ("观澜华庭", "观澜华庭物业不作为"),
        ("ATM", "工行atm吞卡"),
        ("501 观澜", "观澜华庭3号楼501室"),
        ("水", "家里没水 水 很小"),
        ("修路灯", "请修一下路灯"),
    ],
)
def test_a_word_is_found_wherever_it_stands(question, text):
    kept = {word.lower() for word in indexed(CUTTER, text)}
    assert set(asked(CUTTER, question)) <= kept


@pytest.mark.parametrize(
    ("question", "text"),
    [("路灯", "走路 灯笼"), ("电梯", "电动扶梯"), ("停水", "停车交水费"), ("观澜华庭", "观澜路的华联")],
)
def test_characters_that_only_stand_apart_are_not_the_word(question, text):
    kept = {word.lower() for word in indexed(CUTTER, text)}
    assert not set(asked(CUTTER, question)) <= kept


@pytest.mark.parametrize("question", ["", "  ", "。，！", "《》"])
def test_a_question_without_words_asks_nothing(question):
    assert asked(CUTTER, question) == ()


def test_a_very_long_question_is_cut_short():
    assert len(asked(CUTTER, "路灯噪音施工电梯" * 200)) < 30
