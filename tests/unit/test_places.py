"""Places of the practice city are found in talk, misheard or not; where none is named, none is found."""

import csv
from itertools import pairwise
from pathlib import Path

import pytest

from nlp.places import Gazetteer

CITY = Path(__file__).parents[2] / "city" / "practice"


def read(name):
    with (CITY / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def gazetteer():
    return Gazetteer.from_rows(read("areas.csv"), read("places.csv"))


@pytest.mark.parametrize(
    ("text", "address", "area"),
    [
        ("我住在锦绣花园3号楼2单元，楼下很吵", "锦绣花园3号楼2单元", "990102001003"),
        ("我住在锦绣花园三号楼楼下的烧烤店很吵", "锦绣花园三号楼", "990102001003"),
        ("锦绣小区停水了", "锦绣花园", "990102001003"),
        ("望江花园小区从今天早上开始停水", "望江花园", "990103001002"),
        ("梧桐街路边有个井盖不见了", "梧桐街", "990104003"),
        ("青湖区湖滨街道锦绣花园3号楼2单元501室没有电", "锦绣花园3号楼2单元501室", "990102001003"),
        ("在临江区白鹭街道", "白鹭街道", "990103005"),
        ("我是松岭镇大松村的村民", "大松村", "990122101201"),
        ("屏山雅居5栋电梯坏了", "屏山雅居5栋", "990104001001"),
        ("市一医院排队排了一上午", "澜州市第一人民医院", "990102001"),
        ("县医院收费不合理，我在澄溪县", "澄溪县人民医院", "990121100"),
        ("人民路与文昌路交叉口红绿灯坏了", "人民路与文昌路交叉口", "990102"),
        ("人民路三号晚上有人唱歌", "人民路", "990102"),
        ("建议从花园路地铁站到凤鸣小学加一条线", "花园路地铁站", "990104004"),
        ("火车站出租车乱收费", "澜州火车站", "990103003"),
        ("开发区的路没有路灯", "新港区", "990105"),
        ("双河水库有人电鱼", "双河水库", "990121101"),
        ("翠竹苑B座12楼漏水", "翠竹苑B座12楼", "990102004001"),
    ],
)
def test_a_named_place_is_found_with_its_finest_area(gazetteer, text, address, area):
    best = gazetteer.find(text)[0]
    assert (best.address, best.area_code) == (address, area)


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("我住在进修花园三号楼", "锦绣花园"),
        ("往江花园小区停水", "望江花园"),
        ("心港产业园拖欠工资", "新港产业园"),
        ("凤明小学门口堵车", "凤鸣小学"),
        ("四门大桥桥面坏了", "石门大桥"),
        ("在兴光天地办的卡", "星光天地"),
        ("红乔批发市场卖过期食品", "红桥批发市场"),
        ("盐田画工园夜里冒烟", "盐田化工园"),
        ("鱼歌新城的物业", "渔歌新城"),
        ("松淘苑门口", "松涛苑"),
        ("白露农贸市场太脏", "白鹭农贸市场"),
    ],
)
def test_a_misheard_name_is_found_by_its_sound_and_says_so(gazetteer, heard, meant):
    best = gazetteer.find(heard)[0]
    exact = gazetteer.find(heard.replace(best.raw, meant))[0]
    assert best.name == meant
    assert "音" in best.reason or "别称" in best.reason
    assert best.share <= exact.share


@pytest.mark.parametrize(
    "text",
    [
        "你好我想咨询一下医保怎么报销",
        "这是一种什么情况，我要反映一下",
        "请出去一下",
        "我家门口的马路很吵",
        "老板一直不接电话",
        "在路上走了很久",
        "你们是不是不管了",
        "他住在别的城市里",
        "小区里面的垃圾没人收",
        "学校门口每天堵车",
        "丽江花园没有水",
        "膝关节疼",
        "没有机会了",
        "滨河公寓停水",
        "汽车总站很乱",
        "为人民服务",
        "多少钱一斤",
        "",
        "好",
    ],
)
def test_talk_without_a_place_of_the_city_finds_none(gazetteer, text):
    assert gazetteer.find(text) == []


def test_a_place_outside_the_named_district_is_less_likely_and_says_why(gazetteer):
    alone = gazetteer.find("锦绣花园停水")[0]
    clashing = next(g for g in gazetteer.find("东屏区锦绣花园停水") if g.name == "锦绣花园")
    agreeing = gazetteer.find("青湖区锦绣花园停水")[0]
    assert clashing.share < alone.share < agreeing.share
    assert "东屏区" in clashing.reason


def test_an_unlisted_place_is_offered_with_the_named_district_only(gazetteer):
    best = next(g for g in gazetteer.find("我家住在云岭县幸福小区5栋") if g.level == "unknown")
    assert (best.address, best.area_code) == ("幸福小区5栋", "990122")
    assert best.share < 0.5


def test_a_guess_points_at_its_words_in_the_text(gazetteer):
    text = "你好，我住在进修花园三号楼，旁边是翠竹小学，在青湖区"
    for guess in gazetteer.find(text):
        assert text[guess.start : guess.end] == guess.raw


def test_guesses_do_not_overlap(gazetteer):
    guesses = gazetteer.find("澜州市青湖区湖滨街道锦绣花园三号楼和湖滨大道、花园路地铁站")
    spans = sorted((guess.start, guess.end) for guess in guesses)
    assert len(spans) > 4
    assert all(a[1] <= b[0] for a, b in pairwise(spans))


def test_every_place_of_the_city_is_found_by_its_own_name(gazetteer):
    names = [place["name"] for place in read("places.csv")]
    missed = [n for n in names if n not in {guess.name for guess in gazetteer.find(f"在{n}那里")}]
    # 青湖 is first of all what people call the district.
    assert missed == ["青湖"]
