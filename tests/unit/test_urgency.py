"""Danger counts when it is there; not when it is denied, feared, asked about or long over."""

import pytest

from nlp.urgency import urgency


@pytest.mark.parametrize(
    "text",
    [
        "快来人，石桥新苑二号楼着火了，浓烟很大",
        "三楼起火了快来",
        "家里闻到很重的煤气味，头晕",
        "燃气管道漏气了，味道很大",
        "电梯把人困住了，里面有个孕妇",
        "老人被困在电梯里",
        "有人掉进河里了",
        "有个女的要跳楼，站在楼顶",
        "我不想活了",
        "两个人持刀打起来了",
        "现在有人打架，头都流血了",
        "工地脚手架塌了，有人被埋在下面",
        "厂里化学品泄漏了",
        "我爸突然昏迷了",
        "我们班好几个人呕吐拉肚子",
        "山体滑坡把路埋了",
        "上个月着过火，现在又冒大烟了",
        "没有人管，着火了",
        "邻居家着火了没有人来",
        "我怕他要跳楼，快来人",
        "孩子可能掉进河里了",
        "家里着火了怎么办",
    ],
)
def test_danger_to_life_now_is_critical(text):
    verdict = urgency(text)
    assert verdict.level == "critical", verdict
    assert verdict.danger_words


@pytest.mark.parametrize(
    "text",
    [
        "望江花园从早上六点停水到现在",
        "我们小区停电三个小时了",
        "暖气停了，停止供暖两天了",
        "路上的井盖不见了",
        "小区门口积水很深",
        "路面塌陷了一个大洞",
        "电线掉在地上",
        "大树倒了砸到车上",
        "老人走失了找不到",
        "水管爆裂，水流了一地",
        "外墙瓷砖脱落差点砸到人",
        "小区没有电",
        "家里没水了，老人没法做饭",
        "工人因为欠薪在门口拉横幅聚集",
        "狗咬伤了孩子",
        "刚才厨房着火，火已经扑灭了",
        "孩子被困电梯，已经救出来了",
        "电梯经常困人",
        "砖厂整天浓烟滚滚",
    ],
)
def test_a_break_of_daily_life_or_a_danger_just_over_is_urgent(text):
    assert urgency(text).level == "urgent", urgency(text)


@pytest.mark.parametrize(
    "text",
    [
        "没有着火，就是烟味有点大",
        "上个月着过火，现在想问问怎么赔",
        "去年这栋楼发生火灾，到现在没修",
        "以前这里爆炸过",
        "电动车充电容易引发火灾",
        "担心着火，希望清理楼道",
        "万一着火消防车进不来",
        "请问什么时候有消防演练，火灾知识讲座",
        "想咨询火灾保险怎么赔",
        "存在坍塌隐患，请来看看",
        "昨天停水，已经恢复供水了",
        "会不会停电啊",
        "明天停水吗",
        "烧烤店油烟很大",
        "电梯坏了一个星期",
        "身份证丢了怎么补办",
        "老板拖欠工资三个月",
        "健身房关门了不退钱",
        "建议增加一条公交线路",
        "",
        "并没有人被困",
        "不交钱就坑蒙拐骗",
        "一旦发生火灾消防车进不来",
        "局长下江南考察",
        "医院没有呼吸机",
        "被物业绑架消费",
    ],
)
def test_danger_that_is_denied_feared_asked_about_or_past_is_normal(text):
    verdict = urgency(text)
    assert verdict.level == "normal", verdict
    assert verdict.danger_words == ()


def test_the_verdict_gives_its_words_and_its_reason():
    verdict = urgency("二号楼着火了，浓烟很大")
    assert set(verdict.danger_words) == {"着火", "浓烟"}
    assert "火情" in verdict.reason
    assert 0.8 < verdict.share < 1
