"""Words and plain text: what is cut, what is left out, what sounds alike."""

import subprocess
import sys

import pytest

from nlp.features import Recipe, syllable
from nlp.homophones import misheard
from nlp.text import matter, normalise
from nlp.words import Cutter, content_words


def test_words_come_without_punctuation():
    assert Cutter().cut("小区，停水了！") == ["小区", "停水", "了"]


def test_names_added_to_one_cutter_do_not_change_another():
    taught = Cutter(extra=["望舒里"])
    assert "望舒里" in taught.cut("我住在望舒里三栋")
    assert "望舒里" not in Cutter().cut("我住在望舒里三栋")


def test_stop_words_and_numbers_tell_no_matter():
    assert content_words("我们的路灯已经坏了12天") == ["路灯", "坏"]


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("喂，您好，我想问一下公租房怎么申请", "公租房怎么申请"),
        ("呃那个就是我们这里停水了", "我们这里停水了"),
        ("尊敬的局长您好：路灯坏了", "路灯坏了"),
        ("小区 电梯 坏 了", "小区电梯坏了"),
        ("停停停停水了", "停水了"),
        ("喂你好", ""),
    ],
)
def test_greetings_fillers_and_stutters_are_not_the_matter(said, left):
    assert matter(said) == left


def test_full_width_and_latin_case_become_one_form():
    assert normalise("ＫＴＶ　１２３４５") == "ktv 12345"


@pytest.mark.parametrize(("one", "other"), [("是", "四"), ("南", "兰"), ("程", "陈"), ("知", "字")])
def test_sounds_that_callers_mix_up_are_one_syllable(one, other):
    assert syllable(one) == syllable(other)


def test_a_misheard_word_shares_its_syllables_with_the_right_one():
    recipe = Recipe(words=0, chars=0, syllables=2)
    assert set(recipe.count("电梯")) & set(recipe.count("店体"))


def test_mishearing_is_repeatable_and_keeps_the_length():
    text = "小区电梯坏了好几天没有人来维修"
    assert misheard(text, 0.5) == misheard(text, 0.5) != text
    assert len(misheard(text, 0.5)) == len(text)


def test_importing_the_classifier_loads_no_segmenter_and_no_learning_library():
    heavy = ("sklearn", "scipy", "jieba", "pypinyin")
    code = f"import sys, nlp.classify; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
