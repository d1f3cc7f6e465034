"""The synthetic voice."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from core import voice
from core.voice import VoiceUnavailable, cardinal, in_characters, pronounced, speak


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "零"), (2, "二"), (10, "十"), (15, "十五"), (20, "二十"), (99, "九十九"), (100, "一百"),
        (101, "一百零一"), (110, "一百一十"), (115, "一百一十五"), (1000, "一千"), (1001, "一千零一"),
        (1050, "一千零五十"), (2600, "二千六百"), (9999, "九千九百九十九"),
    ],
)  # fmt: skip
def test_a_number_is_said_as_in_chinese(number, said):
    assert cardinal(number) == said


@pytest.mark.parametrize("number", [-1, 10000])
def test_a_number_out_of_range_is_refused(number):
    with pytest.raises(ValueError, match="not between"):
        cardinal(number)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("12345热线", "幺二三四五热线"),
        ("电话13800001111", "电话幺三八零零零零幺幺幺幺"),
        ("3号楼2单元302室", "三号楼二单元三零二室"),
        ("2026年5月", "二零二六年五月"),
        ("涨了3.5%", "涨了百分之三点五"),
        ("欠了200元", "欠了二百元"),
        ("007路", "零零七路"),
        ("没有数字", "没有数字"),
        ("", ""),
    ],
)
def test_digits_are_read_the_chinese_way(written, said):
    assert in_characters(written) == said


def test_characters_become_pinyin_with_tones_and_marks_become_pauses():
    assert pronounced("您好，绿化。") == "nin2 hao3 , lv4 hua4 ."


def test_a_character_of_many_readings_follows_its_word():
    assert "yin2 hang2" in pronounced("银行")
    assert "xing2 ren2" in pronounced("行人")


def test_letters_are_said_by_their_names():
    assert pronounced("A座") == "ei1 zuo4"


@pytest.mark.parametrize("rate", [8000, 16000, 22050])
def test_speech_has_the_length_that_its_rate_says(rate):
    seconds = len(speak("今天早上小区停水了", sample_rate_hz=rate)) / rate
    assert 1.5 < seconds < 4.5


def test_speech_is_mono_int16_and_not_clipped():
    sound = speak("您好，请问有什么可以帮您？")
    assert sound.dtype == np.int16
    assert sound.ndim == 1
    assert 3000 < np.abs(sound.astype(int)).max() < 32767


def test_faster_is_shorter_and_the_voices_differ():
    slow, fast = speak("请您稍等", words_per_minute=120), speak("请您稍等", words_per_minute=240)
    assert len(fast) < len(slow) * 0.75
    low, high = (_pitch_hz(speak("妈妈", variant="m1", pitch=pitch)) for pitch in (20, 80))
    assert high > low * 1.2


def _pitch_hz(sound):
    """The lag at which 0.2 s from the middle is most like itself, 60 to 250 Hz."""
    middle = sound[len(sound) // 3 : len(sound) // 3 + 1600].astype(float)
    alike = np.correlate(middle, middle, "full")[len(middle) - 1 :] / (len(middle) - np.arange(len(middle)))
    return 8000 / (32 + np.argmax(alike[32:133]))


@pytest.mark.parametrize("text", ["", "   ", "？！…", "\n"])
def test_text_with_nothing_to_say_is_empty_sound(text):
    assert speak(text).shape == (0,)


def test_many_threads_get_whole_sentences_of_their_own():
    texts = ["您好", "请问小区停水什么时候恢复", "我要投诉楼下的烧烤店太吵了", "谢谢再见"] * 4
    alone = {text: len(speak(text)) for text in set(texts)}
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda text: len(speak(text)), texts))
    # The voice flutters by some samples from one reading to the next; a torn sentence differs by thousands.
    assert all(abs(length - alone[text]) < 200 for text, length in zip(texts, together, strict=True))


def test_a_voice_that_does_not_exist_is_said_so():
    with pytest.raises(VoiceUnavailable, match="no-such-voice"):
        speak("你好", variant="no-such-voice")


def test_without_the_library_the_error_is_our_own(monkeypatch, tmp_path):
    import espeakng_loader

    monkeypatch.setattr(espeakng_loader, "get_library_path", lambda: str(tmp_path / "missing.so"))
    with pytest.raises(VoiceUnavailable, match="could not be loaded"):
        voice._load_library()
