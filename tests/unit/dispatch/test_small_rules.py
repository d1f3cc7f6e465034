"""Rooms, masks and packs."""

from __future__ import annotations

import copy
import json

import pytest

from core.config import ROOT
from dispatch.audience import rooms_for, with_units_above
from dispatch.deadlines import LimitUnit
from dispatch.lifecycle import CaseState
from dispatch.masking import mask_people, mask_phone, mask_title
from dispatch.packs import DEFAULT_THRESHOLD, PackError, read_pack

PARENTS = {"city": None, "qinghu": "city", "qinghu-chengguan": "qinghu", "loop": "pool", "pool": "loop"}
BODY = json.loads((ROOT / "city" / "packs" / "default.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("state", [CaseState.DRAFT, CaseState.DISCARDED])
def test_a_draft_is_pushed_to_nobody(state):
    assert rooms_for(state, ["qinghu"], PARENTS) == ()


def test_a_card_goes_to_the_board_the_desks_and_its_units_and_those_above():
    assert rooms_for(CaseState.TO_SIGN, ["qinghu-chengguan", "qinghu"], PARENTS) == (
        "board",
        "desk:dispatch",
        "desk:review",
        "unit:qinghu-chengguan",
        "unit:qinghu",
        "unit:city",
    )


def test_a_loop_in_the_tree_of_units_ends():
    assert with_units_above("loop", PARENTS) == ("loop", "pool")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("王女士反映噪声", "某女士反映噪声"),
        ("请联系13800001111", "请联系***"),
        ("请联系+86 138-0000-1111。", "请联系***。"),
        ("座机 0571-88886666 打不通", "座机 *** 打不通"),
        ("身份证33010219900101123X", "身份证***"),
        ("我叫王小明住这里", "我叫某住这里"),
        ("李师傅态度差", "某师傅态度差"),
        ("湖滨大道302号路灯不亮", "湖滨大道302号路灯不亮"),
        ("12345热线", "12345热线"),
        ("订单20261123000012", "订单20261123000012"),
        ("安装师傅没来", "安装师傅没来"),
        ("电话一三八零零零零一一一一请回", "电话***请回"),
        ("幺三八 零零零零 幺幺幺幺", "***"),
        ("座机八八六六七七八八", "座机***"),
        ("13八零零零零一一一一", "***"),
        ("打一二三四五没人接", "打一二三四五没人接"),
        ("三号楼二单元漏水", "三号楼二单元漏水"),
        ("一百二十三万五千四百元", "一百二十三万五千四百元"),
    ],
)
def test_people_are_taken_out_of_texts_and_places_stay(text, masked):
    assert mask_people(text) == masked


@pytest.mark.parametrize(
    ("title", "masked"),
    [
        ("3号楼2单元502室漏水", "*号楼*单元*室漏水"),
        ("三号楼二单元五零二室漏水", "*号楼*单元*室漏水"),
        ("阳光小区502室噪声", "阳光小区*室噪声"),
        ("阳光小区A栋电梯故障", "阳光小区*栋电梯故障"),
        ("湖滨大道302号油烟扰民", "湖滨大道*号油烟扰民"),
        ("柳树巷十八号漏水", "柳树巷*号漏水"),
        ("我是李明反映噪声", "我是某映噪声"),
        ("我叫王小明", "我叫某"),
        ("邻居叫张伟，半夜施工", "邻居叫某，半夜施工"),
        ("电话一三八零零零零一一一一", "电话***"),
        ("地铁2号线晚点", "地铁2号线晚点"),
        ("11月3号停水", "11月3号停水"),
        ("我是高新区居民", "我是高新区居民"),
        ("叫停施工", "叫停施工"),
        ("会议室漏水", "会议室漏水"),
        ("户籍办理", "户籍办理"),
    ],
)
def test_a_title_names_neither_people_nor_their_door(title, masked):
    assert mask_title(title) == masked


def test_known_names_go_wherever_they_stand():
    assert mask_people("张丽和张丽丽", names=["张丽", "", "张丽丽"]) == "某和某"


@pytest.mark.parametrize(
    ("phone", "masked"), [("+8613800001111", "138****1111"), ("13800001111", "138****1111"), ("110", "****")]
)
def test_a_phone_number_keeps_only_its_ends(phone, masked):
    assert mask_phone(phone) == masked


@pytest.mark.parametrize(
    ("kind", "urgency", "quantity", "unit"),
    [
        ("consult", "normal", 1, LimitUnit.WORKING_DAYS),
        ("complaint", "normal", 5, LimitUnit.WORKING_DAYS),
        ("complaint", "critical", 120, LimitUnit.NATURAL_MINUTES),
        ("consult", "urgent", 1440, LimitUnit.NATURAL_MINUTES),
        (None, "normal", 5, LimitUnit.WORKING_DAYS),
    ],
)
def test_the_default_pack_gives_the_limits_of_its_page(kind, urgency, quantity, unit):
    limit = read_pack(BODY).limits(kind, urgency).result
    assert (limit.quantity, limit.unit) == (quantity, unit)


def test_urgent_orders_are_returned_sooner():
    pack = read_pack(BODY)
    assert pack.return_limit("critical").quantity == 30
    assert pack.return_limit("normal").quantity == 240


def test_the_line_for_automatic_dispatch_is_the_packs():
    body = BODY | {"routing": {"automatic_from_share": 0.85}}
    assert read_pack(body).automatic_from_share == 0.85
    assert read_pack({k: v for k, v in BODY.items() if k != "routing"}).automatic_from_share == DEFAULT_THRESHOLD


@pytest.mark.parametrize("broken", ["rules", "return", "name"])
def test_a_pack_that_lacks_something_is_refused(broken):
    with pytest.raises(PackError):
        read_pack({key: value for key, value in BODY.items() if key != broken})


def test_a_negative_limit_is_refused():
    body = copy.deepcopy(BODY)
    body["rules"][0]["result"]["quantity"] = -1
    with pytest.raises(PackError):
        read_pack(body)


def test_a_class_without_limits_is_an_error_not_a_guess():
    body = BODY | {"rules": [rule for rule in BODY["rules"] if rule["urgency"] == "normal"]}
    with pytest.raises(PackError, match="complaint/urgent"):
        read_pack(body).limits("complaint", "urgent")
