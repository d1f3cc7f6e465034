"""Taking people out of texts that many will read: numbers, names, and in titles the door they live behind."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Mobiles (with or without +86 and separators), landlines with area code, identity numbers.
_NUMBERS = re.compile(
    r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)"
    r"|(?<!\d)0\d{2,3}[- ]\d{7,8}(?!\d)"
    r"|(?<!\d)\d{17}[\dXx](?!\d)"
)
_SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜谢邹喻柏窦章苏潘葛奚范彭郎鲁韦"
    "马苗凤方俞任袁柳唐罗薛雷贺倪汤殷毕郝邬安常于傅卞齐康伍余元顾孟黄穆萧尹姚邵汪祁毛狄米贝明臧计成"
    "戴宋庞熊纪舒屈项祝董梁杜阮蓝闵席季贾路娄江童颜郭梅林刁钟徐邱骆高夏蔡田樊胡凌霍虞万柯管卢莫房丁"
    "邓洪包石崔龚程邢裴陆荣翁段侯武刘景叶黎白蒲赖卓池乔闻党翟谭申冉廖牛尚温庄柴阎艾易向古耿曾沙丰关"
)
# A trade after one character is somebody (李师傅); after two it is as often a trade (安装师傅).
_TITLED = re.compile(
    rf"[{_SURNAMES}][一-鿿]{{0,2}}?(?=先生|女士|小姐|太太|阿姨|大爷|大妈|大叔)|[{_SURNAMES}](?=师傅|老师)"
)
# A number read out digit by digit (一三八零零…), as a recogniser writes it down; figures may be mixed in.
_SPOKEN = re.compile(r"[零〇一幺二两三四五六七八九\d](?:[ -]?[零〇一幺二两三四五六七八九\d]){6,}")
_SPOKEN_AT_LEAST = 5  # digits in words; fewer is a plain number such as an order's
_INTRODUCED = re.compile(rf"(?<=我叫)[{_SURNAMES}][一-鿿]{{1,2}}|(?<=姓名[:：])[{_SURNAMES}][一-鿿]{{1,2}}")

# In titles also: who says 我是, or is called by name before a pause. A place (我是高新区的) is nobody.
_CALLED = re.compile(
    rf"(?<=我是)[{_SURNAMES}](?![一-鿿]{{0,2}}[区县市镇乡村街路厂店])[一-鿿]{{1,2}}"
    rf"|(?<=叫)[{_SURNAMES}][一-鿿]{{1,2}}(?=[的，。、；,.;!！?？\s]|$)"
)
_COUNT = r"[\dA-Za-z零〇一幺二两三四五六七八九十百千]+"
_DOOR = re.compile(
    rf"{_COUNT}(?=号楼|号院|号房|号铺|栋|幢|单元|室|户(?:[^籍口]|$))"
    # A bare 号 is a door only after a road, a lane or a village; else it may be a day or a line.
    rf"|(?<=[路街道巷弄里村园苑坊同])(?:{_COUNT}[-－])?{_COUNT}(?=号(?![线门口站]))"
)


def mask_people(text: str, *, names: Iterable[str] = ()) -> str:
    """Return `text` without phone numbers, identity numbers and people's names.

    names: names known to belong to the case, removed wherever they stand. Other names are found by a
    surname before a form of address (王女士 becomes 某女士); a bare name cannot be told from words.
    """
    for name in sorted(filter(None, names), key=len, reverse=True):
        text = text.replace(name, "某" if len(name) > 1 else name)
    text = _SPOKEN.sub(_hidden_if_spoken, _NUMBERS.sub("***", text))
    return _INTRODUCED.sub("某", _TITLED.sub("某", text))


def mask_title(title: str, *, names: Iterable[str] = ()) -> str:
    """Return a title for rooms and walls: without people, and without the number of their door."""
    return _DOOR.sub("*", _CALLED.sub("某", mask_people(title, names=names)))


def mask_phone(phone: str) -> str:
    """Return a phone number with its middle hidden: 138****1111; too short to hide: ****."""
    local = re.sub(r"^\+?86", "", phone) if phone.startswith(("+86", "86")) else phone
    return f"{local[:3]}****{local[-4:]}" if len(local) >= 11 else "****"


def _hidden_if_spoken(found: re.Match[str]) -> str:
    spoken = sum(not one.isascii() for one in found[0])
    return "***" if spoken >= _SPOKEN_AT_LEAST else found[0]
