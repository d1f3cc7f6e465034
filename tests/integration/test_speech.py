"""The real engine on real sound: the shipped practice model hears the synthetic voice by telephone."""

import io
import json
import subprocess
import sys
import tarfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from nlp import speech
from nlp.speech import Heard, NoModel, find_model, native_rate_hz, without_spaces
from nlp.speech_training import fetch
from nlp.speech_training.evaluate import accuracy, by_held_out_voices, telephone_sound
from nlp.speech_training.sentences import held_out

RATE_HZ = 8000
FRAME = 160


@pytest.fixture(scope="module")
def model_path(tmp_path_factory):
    return speech.unpacked(speech.SHIPPED, tmp_path_factory.mktemp("practice_model"))


@pytest.fixture(scope="module")
def recogniser(model_path):
    return speech.load(model_path)


def frames_of(sound, samples=FRAME):
    return [sound[at : at + samples].astype("<i2").tobytes() for at in range(0, len(sound), samples)]


def heard_live(recogniser, sound, *, samples=FRAME, rate=RATE_HZ) -> list[Heard]:
    listener = recogniser.listener(rate)
    heard = [one for frame in frames_of(sound, samples) for one in listener.hear(frame)]
    return heard + listener.finish()


def text_of(heard):
    return "".join(one.text for one in heard if one.final)


@pytest.mark.parametrize(
    "said",
    [
        "楼下的烧烤店太吵了",
        "小区停水两天了",
        "我要投诉物业",
        "电话是幺三八零零零零幺幺幺幺",
    ],
)
def test_a_plain_sentence_is_heard_word_for_word(recogniser, said):
    assert text_of(heard_live(recogniser, telephone_sound(said, variant="f2"))) == said


def test_the_practice_citys_names_are_heard(recogniser):
    sound = telephone_sound("我家住在青湖区翠竹苑三号楼", variant="f2")
    assert "青湖区翠竹苑三号楼" in text_of(heard_live(recogniser, sound))


def test_held_out_sentences_by_held_out_voices_stay_under_the_promised_error(recogniser):
    """Every third of them; `make bench` measures all. docs/speech.md has the figure and its date."""
    texts = held_out()[::3]
    figures = accuracy(recogniser, texts, by_held_out_voices(texts))
    assert figures["characters"] > 500
    assert figures["character_error"] < 0.08


def test_the_listener_is_not_simply_saying_likely_sentences(recogniser):
    """Noise and music are not speech: what is not said must not appear."""
    noise = (np.random.default_rng(1).standard_normal(RATE_HZ * 5) * 300).astype(np.int16)
    assert len(text_of(heard_live(recogniser, noise))) <= 3


def test_words_are_shown_before_the_sentence_is_over(recogniser):
    heard = heard_live(recogniser, telephone_sound("我想反映一下小区的电梯坏了没有人修", variant="f2"))
    first_final = next(place for place, one in enumerate(heard) if one.final)
    partials = heard[:first_final]
    assert len(partials) >= 3
    assert all(not one.final and one.certainty is None and one.words == () for one in partials)
    assert len(partials[0].text) < len(heard[first_final].text)


def test_a_partial_text_is_told_once(recogniser):
    heard = heard_live(recogniser, telephone_sound("路灯坏了没有人修", variant="f2"))
    partials = [one.text for one in heard if not one.final]
    assert partials
    assert all(earlier != later for earlier, later in pairwise(partials))


def test_a_pause_ends_a_sentence_and_the_next_begins_afresh(recogniser):
    pause = np.zeros(RATE_HZ * 2, np.int16)
    parts = [telephone_sound(said, variant="f2") for said in ("小区停水了", "请问什么时候恢复")]
    listener = recogniser.listener(RATE_HZ)
    sound = np.concatenate([parts[0], pause, parts[1], pause])
    finals = [one.text for frame in frames_of(sound) for one in listener.hear(frame) if one.final]
    assert finals == ["小区停水了", "请问什么时候恢复"]
    assert listener.finish() == []


def test_no_spaces_stand_between_chinese_words(recogniser):
    heard = heard_live(recogniser, telephone_sound("我想咨询一下公租房怎么申请", variant="f2"))
    assert not any(" " in one.text for one in heard)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("小区 停水 了", "小区停水了"),
        ("用 ATM 取款", "用ATM取款"),
        ("hello world", "hello world"),
        ("  ", ""),
        ("", ""),
    ],
)
def test_spaces_go_only_beside_chinese(raw, shown):
    assert without_spaces(raw) == shown


def test_the_size_of_the_frames_does_not_matter(recogniser):
    sound = telephone_sound("昨天晚上路灯坏了", variant="f2")
    assert text_of(heard_live(recogniser, sound)) == text_of(heard_live(recogniser, sound, samples=1777))


def test_an_odd_byte_waits_for_its_other_half(recogniser):
    sound = telephone_sound("昨天晚上路灯坏了", variant="f2").astype("<i2").tobytes()
    listener = recogniser.listener(RATE_HZ)
    heard = [one for at in range(0, len(sound), 321) for one in listener.hear(sound[at : at + 321])]
    assert text_of(heard + listener.finish()) == "昨天晚上路灯坏了"


def test_nothing_in_is_nothing_heard(recogniser):
    listener = recogniser.listener(RATE_HZ)
    assert listener.hear(b"") == []
    assert listener.hear(b"\x01") == []
    assert listener.finish() == []


def test_silence_is_nothing_heard(recogniser):
    assert heard_live(recogniser, np.zeros(RATE_HZ * 3, np.int16)) == []


@pytest.mark.parametrize("rate", [16000, 48000])
def test_sound_of_another_rate_is_converted(recogniser, rate):
    from core.voice import speak

    sound = np.concatenate([speak("小区停水两天了", sample_rate_hz=rate), np.zeros(rate // 2, np.int16)])
    assert text_of(heard_live(recogniser, sound, samples=rate // 50, rate=rate)) == "小区停水两天了"


def test_four_threads_share_one_model_and_hear_what_each_would_alone(recogniser):
    said = ("小区停水了", "我要投诉物业公司")
    sounds = [telephone_sound(text, variant=voice) for text in said for voice in ("f2", "m1")]
    alone = [text_of(heard_live(recogniser, sound)) for sound in sounds]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda sound: text_of(heard_live(recogniser, sound)), sounds))
    assert together == alone
    assert all(alone)


def test_a_recording_is_transcribed_to_its_final_texts(recogniser):
    sound = telephone_sound("您好请问有什么可以帮您", variant="f2")
    heard = speech.transcribe(recogniser, sound, RATE_HZ)
    assert all(one.final for one in heard)
    assert text_of(heard) == "您好请问有什么可以帮您"


def test_the_practice_model_says_what_it_is(recogniser):
    assert recogniser.is_practice
    assert recogniser.sample_rate_hz == RATE_HZ
    assert "not for real callers" in recogniser.card.facts["for"]
    assert "synthetic" in recogniser.card.facts["trained_on"]


def test_the_shipped_model_is_small_enough_for_the_repository():
    assert speech.SHIPPED.stat().st_size <= 8_000_000


def test_the_practice_model_claims_no_certainty_that_it_has_not(recogniser):
    heard = heard_live(recogniser, telephone_sound("小区停水了", variant="f2"))
    assert {one.certainty for one in heard} == {None}


@pytest.mark.parametrize(
    ("conf", "rate"),
    [
        ("--sample-frequency=16000\n--num-mel-bins=40\n", 16000),
        ("--use-energy=false\n--sample-frequency = 8000   # narrow\n", 8000),
        ("--num-mel-bins=40\n", 16000),
        ("# --sample-frequency=8000\n", 16000),
        ("--sample-frequency=16000.0\n--allow-upsample=true\n", 16000),
    ],
)
def test_a_models_own_rate_is_read_from_its_settings(conf, rate):
    assert native_rate_hz(conf) == rate


def a_model_folder(path: Path, card=None) -> Path:
    for part in ("am/final.mdl", "conf/mfcc.conf"):
        (path / part).parent.mkdir(parents=True, exist_ok=True)
        (path / part).write_text("")
    if card is not None:
        (path / "card.json").write_text(json.dumps(card))
    return path


def test_the_chosen_model_comes_before_all_others(tmp_path):
    a_model_folder(tmp_path / "models/other")
    chosen = tmp_path / "not-even-there"
    assert find_model(chosen, tmp_path / "models", speech.SHIPPED) == chosen


def test_a_fetched_model_comes_before_the_shipped_one(tmp_path):
    fetched = a_model_folder(tmp_path / "models/vosk-model-small-cn")
    (tmp_path / "models/half-unpacked").mkdir()
    assert find_model(None, tmp_path / "models", speech.SHIPPED) == fetched


def test_without_any_other_the_shipped_model_is_unpacked_and_used(tmp_path):
    found = find_model(None, tmp_path / "models", speech.SHIPPED)
    assert found is not None
    assert speech.load(found).is_practice
    assert find_model(None, tmp_path / "models", speech.SHIPPED) == found
    # It does not lie among the fetched ones, where it would hide a newer shipped one.
    assert not found.is_relative_to(tmp_path / "models")


def test_with_no_model_at_all_none_is_found(tmp_path):
    assert find_model(None, tmp_path / "models", tmp_path / "missing.tar.xz") is None


def test_several_processes_may_unpack_at_once(tmp_path):
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(lambda _: speech.unpacked(speech.SHIPPED, tmp_path / "there"), range(4)))
    assert len(found) == 1
    assert [path.name for path in (tmp_path / "there").iterdir()] == [next(iter(found)).name]


def test_a_packed_model_cannot_write_outside_its_folder(tmp_path):
    archive = tmp_path / "evil.tar.xz"
    with tarfile.open(archive, "w:xz") as packed:
        member = tarfile.TarInfo("../outside")
        member.size = 4
        packed.addfile(member, io.BytesIO(b"evil"))
    with pytest.raises(tarfile.OutsideDestinationError):
        speech.unpacked(archive, tmp_path / "inside/deep")
    assert not list(tmp_path.rglob("outside"))


def test_a_model_without_a_card_is_named_by_its_folder(tmp_path):
    card = speech.card_of(a_model_folder(tmp_path / "vosk-model-small-cn-0.22"))
    assert (card.name, card.is_practice) == ("vosk-model-small-cn-0.22", False)


def test_a_missing_folder_is_no_model(tmp_path):
    with pytest.raises(NoModel, match="not a speech model"):
        speech.load(tmp_path / "missing")


def test_a_broken_model_is_no_model(tmp_path):
    with pytest.raises(NoModel, match="cannot read"):
        speech.load(a_model_folder(tmp_path / "broken"))


def test_importing_the_module_does_not_load_the_engine():
    asked = "import sys, nlp.speech; sys.exit('vosk' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0


# --- fetching the official model: from a file of our own, since a test must not need the network


def an_archive(path: Path, members: dict[str, bytes]) -> dict[str, object]:
    with zipfile.ZipFile(path, "w") as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    digest = sha256(path.read_bytes()).hexdigest()
    return {"source": path.as_uri(), "size_bytes": path.stat().st_size, "sha256": digest}


def test_a_fetched_model_is_unpacked_under_its_name(tmp_path):
    given = an_archive(tmp_path / "model-a.zip", {"model-a/am/final.mdl": b"x", "model-a/conf/mfcc.conf": b""})
    folder = fetch.fetch(tmp_path / "var/models", **given)
    assert folder == tmp_path / "var/models/model-a"
    assert speech.looks_like_model(folder)
    assert fetch.fetch(tmp_path / "var/models", **given) == folder
    assert [path.name for path in (tmp_path / "var").iterdir()] == ["models"]


@pytest.mark.parametrize("wrong", [{"size_bytes": 12}, {"size_bytes": 10**6}, {"sha256": "0" * 64}])
def test_another_file_than_the_expected_one_is_not_unpacked(tmp_path, wrong):
    given = an_archive(tmp_path / "model-a.zip", {"model-a/am/final.mdl": b"x"}) | wrong
    with pytest.raises(fetch.NotFetched):
        fetch.fetch(tmp_path / "var/models", **given)
    assert list((tmp_path / "var/models").iterdir()) == []


def test_an_archive_that_leads_outside_is_refused(tmp_path):
    given = an_archive(tmp_path / "model-a.zip", {"model-a/ok": b"", "../../outside": b"evil"})
    with pytest.raises(fetch.NotFetched, match="outside"):
        fetch.fetch(tmp_path / "var/models", **given)
    assert not list(tmp_path.rglob("outside"))


def test_without_a_way_to_the_home_of_the_model_the_message_is_plain(tmp_path):
    with pytest.raises(fetch.NotFetched, match="cannot be reached"):
        fetch.fetch(tmp_path / "var/models", source=(tmp_path / "nowhere.zip").as_uri())
