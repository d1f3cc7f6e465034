"""Facts are drawn from what people say: times, phones, people, money, wishes; then titles and masks."""

from datetime import datetime

import pytest

from nlp.extract import Facts, extract, mask, missing, title
from nlp.similar import Described, likeness, most_alike
from nlp.times import CITY, find_times

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=CITY)  # a Monday afternoon


def facts(text, place=""):
    return extract(text, now=NOW, place=place)


@pytest.mark.parametrize(
    ("text", "when", "until"),
    [
        ("昨天晚上十点半就开始了", "2026-11-22T22:30", None),
        ("从今天早上六点开始停水", "2026-11-23T06:00", None),
        ("三月五日去办的", "2026-03-05T00:00", "2026-03-06T00:00"),
        ("2026年3月5日14:30发生的", "2026-03-05T14:30", None),
        ("十一月二十日下午三点", "2026-11-20T15:00", None),
        ("上周五去的", "2026-11-20T00:00", "2026-11-21T00:00"),
        ("周三晚上八点到十点", "2026-11-18T20:00", "2026-11-18T22:00"),
        ("上个月十五号就发黄了", "2026-10-15T00:00", "2026-10-16T00:00"),
        ("宽带坏了三天打电话也不来", "2026-11-20T15:00", "2026-11-23T15:00"),
        ("上个月就报过了", "2026-10-01T00:00", "2026-11-01T00:00"),
        ("三天前就坏了", "2026-11-20T00:00", "2026-11-21T00:00"),
        ("停电三个小时了", "2026-11-23T12:00", "2026-11-23T15:00"),
        ("电梯坏了一个星期，没人修", "2026-11-16T15:00", "2026-11-23T15:00"),
        ("去年八月份签的合同", "2025-08-01T00:00", "2025-09-01T00:00"),
        ("明天上午九点到下午五点停水", "2026-11-24T09:00", "2026-11-24T17:00"),
        ("前天中午十二点半", "2026-11-21T12:30", None),
        ("昨晚一点还在吵", "2026-11-23T01:00", None),
        ("下午两点一刻", "2026-11-23T14:15", None),
        ("这个月五号", "2026-11-05T00:00", "2026-11-06T00:00"),
        ("十二月一号开学", "2026-12-01T00:00", "2026-12-02T00:00"),
        ("凌晨三点", "2026-11-23T03:00", None),
        ("今早没有水", "2026-11-23T06:00", "2026-11-23T10:00"),
        ("前天夜里", "2026-11-21T20:00", "2026-11-22T06:00"),
    ],
)
def test_a_time_phrase_becomes_a_moment_or_a_span_of_the_citys_clock(text, when, until):
    mention = facts(text).times[0]
    assert mention.when == when + ":00+08:00"
    assert mention.until == (until + ":00+08:00" if until else None)


def test_what_happens_every_night_is_said_to_repeat():
    mention = facts("楼下的烧烤店每天晚上营业到凌晨两点").times[0]
    assert mention.repeats
    assert (mention.when[11:16], mention.until[11:16]) == ("18:00", "02:00")


@pytest.mark.parametrize(
    "text",
    [
        "锦绣花园三号楼二单元",
        "人民路八号没有路灯",
        "晚上很吵",
        "十二月三十二日",
        "地铁三号线",
        "第二天",
        "一直没有人管",
        "有十二个人",
        "三轮车",
        "",
        "2017年前建的房子",
        "9999999个小时了",
        "0000年3月",
    ],
)
def test_house_numbers_counts_and_impossible_dates_are_no_times(text):
    assert facts(text).times == ()


def test_times_need_a_clock_with_a_zone():
    with pytest.raises(ValueError, match="zone"):
        find_times("今天", now=datetime(2026, 11, 23))


@pytest.mark.parametrize(
    ("text", "phones"),
    [
        ("我的电话是幺三八零零零零幺幺幺幺", ("13800001111",)),
        ("电话+8613800002222", ("13800002222",)),
        ("打138 0000 3333或者0991-8765432", ("13800003333", "09918765432")),
        ("座机电话 8765432", ("8765432",)),
        ("打了12345没用，又打110", ()),
        ("身份证110101199003074514", ()),
        ("欠了20000元", ()),
    ],
)
def test_phones_are_told_from_other_figures(text, phones):
    assert facts(text).phones == phones


@pytest.mark.parametrize(
    ("text", "identities"),
    [
        ("身份证号是110101199003074514", ("110101199003074514",)),
        ("号码11010119900307451x的", ("11010119900307451X",)),
        ("订单号123456789012345678", ()),
        ("电话13800001111", ()),
    ],
)
def test_identity_numbers_carry_a_possible_birthday(text, identities):
    assert facts(text).identities == identities


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("一共有十二个人没拿到工资", 12),
        ("我们三十多名工人", 30),
        ("两百多户居民没有水", 200),
        ("几十户居民", 20),
        ("上百个业主", 100),
        ("住户有八十户", 80),
        ("没有人来处理", None),
        ("市第一人民医院", None),
        ("三个月没发工资", None),
    ],
)
def test_people_affected_is_the_least_that_was_said(text, people):
    assert facts(text).people_affected == people


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("交了两千块钱", [2000]),
        ("欠我三万五千元", [35000]),
        ("一共二十万元", [200000]),
        ("押金一千五百块不退", [1500]),
        ("每月3.5元一平", [3.5]),
        ("被骗了八万块", [80000]),
        ("还有一块空地", []),
        ("涨到两块五", [2.5]),
        ("住了三万人", []),
    ],
)
def test_sums_of_money_are_read_in_yuan(text, yuan):
    assert [amount.yuan for amount in facts(text).amounts] == yuan


@pytest.mark.parametrize(
    ("text", "demand"),
    [
        ("楼下烧烤店油烟大，希望你们尽快派人来管一管", "希望尽快派人来管一管"),
        ("你好锦绣花园楼下的烧烤店每天都很吵孩子睡不好希望你们尽快派人来管一管", "希望尽快派人来管一管"),
        ("老板欠钱不给，请你们帮我们把工资要回来", "请帮我们把工资要回来"),
        ("停水了，请帮我问一下什么时候能恢复供水", "什么时候能恢复供水"),
        ("你好，身份证丢了，想问一下在哪里补办，要带什么材料", "在哪里补办，要带什么材料"),
        ("电梯坏了，要求物业马上修好，谢谢", "要求物业马上修好"),
        ("健身房关门了，我要求退钱", "要求退钱"),
        ("楼上着火了", ""),
        ("我想问问公积金能不能提出来付房租", "公积金能不能提出来付房租"),
        ("卫生间漏水 物业说不归他们管 希望你们协调一下", "希望协调一下"),
        ("你好，谢谢", ""),
    ],
)
def test_the_wish_is_found_and_freed_of_politeness(text, demand):
    assert facts(text).demand == demand


@pytest.mark.parametrize(
    ("text", "accused"),
    [
        ("楼下的烧烤店每天很吵", ("烧烤店",)),
        ("物业一直不修电梯", ("物业",)),
        ("包工头拖欠工资", ("包工头",)),
        ("我要投诉东方驾校不退钱", ("东方驾校",)),
        ("健身房关门了，老板联系不上", ("健身房", "老板")),
        ("请物业帮忙", ()),
        ("路灯不亮", ()),
    ],
)
def test_who_is_complained_of_is_named_as_the_caller_does(text, accused):
    assert facts(text).accused == accused


@pytest.mark.parametrize(
    ("text", "place", "category", "kind", "expected"),
    [
        (
            "楼下的烧烤店每天晚上营业到凌晨两点，油烟和噪音特别大",
            "锦绣花园3号楼",
            "大气污染",
            "complaint",
            "锦绣花园3号楼烧烤店油烟噪音扰民问题",
        ),
        ("从今天早上六点开始停水，请问什么时候来水", "望江花园", "供水", "help", "望江花园停水问题"),
        ("医保怎么报销，需要带哪些材料", "", "医疗保险", "consult", "咨询医保报销所需材料和办理流程"),
        ("有一个井盖不见了，晚上路灯也不亮", "梧桐街", "井盖管线", "help", "梧桐街井盖缺失、路灯不亮问题"),
        ("老板拖欠了三个月的工资", "新港产业园", "工资报酬", "complaint", "新港产业园拖欠工资问题"),
        ("二号楼着火了，有人被困", "石桥新苑2号楼", "", "help", "石桥新苑2号楼着火、有人被困"),
        ("我要举报有一家店卖过期的食品", "红桥批发市场", "食品安全", "report", "举报红桥批发市场销售过期食品"),
        ("我建议在花园路增加一条公交线路", "花园路", "公共汽车", "suggestion", "建议在花园路增加一条公交线路"),
        ("健身房突然关门了，办的健身卡要求退钱", "星光天地", "预付卡", "complaint", "星光天地健身房预付卡退款纠纷"),
        ("喂你好那个就是说我们这边情况是这样的", "东门大街", "环境卫生", "complaint", "东门大街环境卫生问题"),
    ],
)
def test_a_title_says_place_and_matter_like_a_clerk(text, place, category, kind, expected):
    assert title(text, place, category, kind=kind) == expected


@pytest.mark.parametrize(
    "text",
    [
        "你好你好我想反映一下就是那个我们这里的情况啊真的是非常非常不好已经很久很久了没有任何一个人来管过这件事情",
        "楼下的烧烤店油烟大，施工到半夜，电梯坏了，物业不管，井盖没了，路灯不亮，垃圾没人收",
        "",
    ],
)
def test_a_title_is_short_and_never_empty_or_filler(text):
    made = title(text, "澜州市第一人民医院住院部3号楼2单元1501室", "医疗服务")
    assert 0 < len(made) <= 30
    assert "你好" not in made


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("我叫张伟，电话13800001111", "我叫某某，电话***********"),
        ("找王建国主任反映过", "找某主任反映过"),
        ("李女士说她的身份证110101199003074514丢了", "某女士说她的身份证******************丢了"),
        ("电话是幺三八零零零零幺幺幺幺", "电话是***********"),
        ("联系人：陈静，住在锦绣花园", "联系人：某某，住在锦绣花园"),
        ("座机0991-8765432", "座机****-*******"),
        ("打过12345，三号楼停水", "打过12345，三号楼停水"),
        ("请老师和医生帮忙，物业经理不管", "请老师和医生帮忙，物业经理不管"),
    ],
)
def test_phones_identities_and_marked_names_are_hidden(text, hidden):
    assert mask(text) == hidden


@pytest.mark.parametrize(
    ("kind", "text", "place", "asks"),
    [
        ("complaint", "楼下烧烤店每天晚上十点还很吵，希望管一管", "锦绣花园", []),
        ("complaint", "烧烤店很吵，希望管一管", "", ["地方", "时候"]),
        ("complaint", "老板从上个月起拖欠工资，希望帮我们要回来", "新港产业园", ["多少钱"]),
        ("help", "停水了", "望江花园", ["时候"]),
        ("consult", "想问一下医保怎么报销", "", []),
        ("consult", "你好", "", ["咨询什么"]),
        ("suggestion", "我建议增加公交线路", "", []),
        ("report", "昨天晚上有人电鱼", "双河水库", []),
        ("complaint", "太不像话了", "", ["地方", "时候", "哪个单位", "怎样解决"]),
    ],
)
def test_only_what_is_missing_is_asked_for(kind, text, place, asks):
    questions = missing(kind, facts(text, place))
    assert len(questions) == len(asks)
    assert all(word in question for word, question in zip(asks, questions, strict=True))


def test_facts_of_nothing_are_empty():
    assert facts("") == Facts(text="")


def test_the_same_matter_at_one_place_is_like_and_elsewhere_is_not():
    words, other_words = "楼下烧烤店油烟很大，晚上很吵", "烧烤店半夜还在营业，油烟噪音扰民"
    one = Described(text=words, place="锦绣花园", area_code="990102001003", at=NOW)
    again = Described(text=other_words, place="锦绣花园", area_code="990102001003", at=NOW)
    elsewhere = Described(text=words, place="望江花园", area_code="990103001002", at=NOW)
    other = Described(text="身份证丢了怎么补办", at=NOW)
    same = likeness(one, again)
    assert same.share > 0.6
    assert any("锦绣花园" in reason for reason in same.reasons)
    assert any("油烟" in reason for reason in same.reasons)
    assert likeness(one, elsewhere).share <= 0.5 < same.share
    rated = most_alike(one, [("a", other), ("b", again), ("c", elsewhere)], top=2)
    assert [key for key, _ in rated] == ["b", "c"]


def test_a_request_is_like_itself_and_older_ones_are_less_like():
    new = Described(text="望江花园停水了", place="望江花园", at=NOW)
    old = Described(text="望江花园停水了", place="望江花园", at=NOW.replace(month=3))
    assert likeness(new, new).share == 1.0
    assert likeness(new, old).share < 1.0
