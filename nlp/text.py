"""Plain text out of spoken or typed Chinese: one form, without greetings and fillers."""

import re
import unicodedata

_INVISIBLE = re.compile(r"[\u200b-\u200f\u2028-\u202f\ufeff\x00-\x08\x0b-\x1f]")
_HAN = r"\u3400-\u9fff"
# A recogniser puts a space between words; Chinese writes none.
_SPACE_IN_HAN = re.compile(rf"(?<=[{_HAN}，。？！、；：])\s+(?=[{_HAN}，。？！、；：])")
_SPACES = re.compile(r"\s+")

_GREETING = re.compile(
    r"^(?:(?:喂+|哎|诶|唉|嗯+|呃+|额|哦|你好+|您好|早上好|下午好|晚上好|同志|领导|请问一下|是12345吗|是这样的?|"
    r"我想问一下|我想问下|我问一下|我想咨询一下|我想反映一下|我反映一下|我要反映一个事|我跟你讲|我跟你说|那个|就是说?|"
    r"(?:尊敬的)?[\u4e00-\u9fff]{0,8}(?:领导|局长|市长|书记|县长|区长|主任|支队|部门)"
    r"们?(?:您好|你好|好)?(?=[，,：:！!。 ]))"
    r"[，,。.！!：:；;、\s啊呀]*)+"
)
_FILLER = re.compile(
    r"(?:呃+|嗯+|额(?=[，、。 ]|$)|那个就是|就是那个|就是说|怎么说呢|对吧|是吧|"
    r"你知道吧|这个这个|那个那个|然后呢)"
)
_STUTTER = re.compile(rf"([{_HAN}])\1{{2,}}")


def normalise(text: str) -> str:
    """Return `text` in one form: NFKC, lower case, no invisible marks, no spaces between Chinese words."""
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).lower()
    # NFKC turns Chinese punctuation of full width into ASCII; sentences are cut at either form.
    return _SPACE_IN_HAN.sub("", _SPACES.sub(" ", plain)).strip()


def matter(text: str) -> str:
    """Return what is said without greeting, fillers and stutters; "" if nothing is left."""
    return _STUTTER.sub(r"\1", _FILLER.sub("", without_greeting(normalise(text)))).strip("，,。.、 ")


def without_greeting(text: str) -> str:
    """Return `text` from its first word that is not a greeting or an announcement of a question."""
    return _GREETING.sub("", text)


def clipped(text: str, *, longest: int = 600) -> str:
    """Return the beginning of a long message: its matter is said early, and cutting takes time."""
    return text[:longest]
