"""What the practice model is made from: sentences, sounds, the language model. (Training needs torch.)"""

import math
import random
from pathlib import Path

import numpy as np
import pytest

from core.voice import speak
from nlp.speech_training import sentences
from nlp.speech_training.evaluate import edits
from nlp.speech_training.language import END, START, Vocabulary, estimate
from nlp.speech_training.sounds import mfcc, spoiled
from nlp.speech_training.units import readings_of_word, units_of_syllable, units_of_text
from nlp.speech_training.voices import HELD_OUT_VOICES, TRAINING_VOICES

ROOT = Path(__file__).parents[2]
CITY = ROOT / "city/practice"
EXAMPLES = ROOT / "nlp/lexicon/examples"


@pytest.fixture(scope="module")
def said():
    return sentences.spoken_sentences(CITY, EXAMPLES, each=3, seed=1)


def test_no_held_out_sentence_is_in_the_corpus(said):
    corpus = {sentences.heard_form(text) for text in said}
    apart = {sentences.heard_form(text) for text in sentences.held_out()}
    assert len(apart) > 100
    assert not corpus & apart


def test_no_template_can_say_a_held_out_sentence():
    """More fillings than the build takes of each; a sentence that came out would measure nothing."""
    templates = sentences.Templates(sentences.lines_of(sentences.TEXTS / "templates.txt"), sentences.city_names(CITY))
    chance = random.Random(5)
    fillings = {sentences.heard_form(templates.said(one, chance)) for one in templates for _ in range(150)}
    apart = [sentences.heard_form(text) for text in sentences.held_out()]
    # Short everyday sentences may meet by chance, and are taken out of the corpus.
    assert sum(text in fillings for text in apart) <= 3


def test_every_template_can_be_filled_and_leaves_no_gap(said):
    assert not [text for text in said if any(sign in text for sign in "{}[]|@")]
    assert len(said) > 2000


def test_the_same_seed_says_the_same(said):
    assert sentences.spoken_sentences(CITY, EXAMPLES, each=3, seed=1) == said
    assert sentences.spoken_sentences(CITY, EXAMPLES, each=3, seed=2) != said


def test_without_the_citys_files_the_templates_still_speak(tmp_path):
    assert len(sentences.spoken_sentences(tmp_path, tmp_path, each=1, seed=1)) > 300


def test_the_held_out_voices_train_nothing():
    assert not set(HELD_OUT_VOICES) & set(TRAINING_VOICES)


def test_every_voice_of_the_training_exists():
    lengths = {voice: len(speak("好", variant=voice)) for voice in {*TRAINING_VOICES, *HELD_OUT_VOICES}}
    assert min(lengths.values()) > 500


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("您好，我住3号楼302室。", "您好我住三号楼三零二室"),
        ("A座 的电梯!", "A座的电梯"),
        ("…", ""),
    ],
)
def test_a_sentence_is_compared_as_a_recogniser_writes_it(text, form):
    assert sentences.heard_form(text) == form


def test_clauses_are_the_parts_between_marks():
    assert sentences.clauses("你好，水停了3天；谁管？") == ["你好", "水停了三天", "谁管"]


@pytest.mark.parametrize(
    ("syllable", "units"),
    [
        ("zhong1", ("zh", "ong1")), ("shi4", ("sh", "iii4")), ("zi5", ("z", "ii5")), ("li3", ("l", "i3")),
        ("yuan2", ("van2",)), ("lv4", ("l", "v4")), ("er2", ("er2",)), ("n2", ("en2",)), ("wo3", ("uo3",)),
    ],
)  # fmt: skip
def test_a_syllable_falls_into_initial_and_toned_final(syllable, units):
    assert units_of_syllable(syllable) == units


def test_a_pause_has_no_unit():
    assert units_of_text("好，好") == ["h", "ao3", "h", "ao3"]


def test_a_character_keeps_its_several_readings_and_a_word_has_one():
    assert {reading[-1] for reading in readings_of_word("行")} >= {"ing2", "ang2"}
    assert readings_of_word("银行") == [("in2", "h", "ang2")]


@pytest.mark.parametrize(
    ("said", "heard", "count"),
    [("", "", 0), ("停水", "停水", 0), ("停水了", "停水", 1), ("", "水", 1), ("甲乙", "乙甲", 2)],
)
def test_edits_are_counted_as_levenshtein_did(said, heard, count):
    assert edits(said, heard) == count


def test_features_follow_kaldis_framing():
    assert mfcc(np.zeros(199, np.int16)).shape == (0, 40)
    assert mfcc(np.zeros(200, np.int16)).shape == (1, 40)
    assert mfcc(np.zeros(8000, np.int16)).shape == (98, 40)


def test_louder_sound_moves_only_the_first_cepstrum():
    """Twice the amplitude adds 2 ln 2 to every log band, which the transform gathers in its first output."""
    sound = speak("停水了")[2000:6000] // 4
    change = mfcc((sound * 2).astype(np.int16)) - mfcc(sound)
    assert np.allclose(change[:, 0], 2 * math.log(2) * math.sqrt(40), atol=0.05)
    assert np.abs(change[:, 1:]).max() < 0.2


def test_a_spoiled_sentence_is_still_whole():
    sound = speak("停水了")
    for seed in range(20):
        result = spoiled(sound, random.Random(seed), np.random.default_rng(seed))
        assert result.dtype == np.int16
        assert 0.8 * len(sound) < len(result) < 1.3 * len(sound) + 8000


@pytest.fixture(scope="module")
def model():
    clauses = ["小区停水了", "小区停电了", "路灯不亮", "小区停水三天", "青湖区停水"]
    vocabulary = Vocabulary(clauses, ["青湖区"], general_words=50, characters=300)
    return vocabulary, estimate([vocabulary.split(one) for one in clauses], vocabulary, rarest=(1, 1))


def _chance(model, history, word):
    if word in model.chances.get(history, {}):
        return math.exp(model.chances[history][word])
    if not history:
        return 0.0
    return math.exp(model.backoffs.get(history, 0.0)) * _chance(model, history[1:], word)


def test_after_any_history_the_chances_of_all_words_sum_to_one(model):
    _, language = model
    for history in [(), (START,), ("小区",), (START, "小区"), ("从未", "见过")]:
        total = sum(_chance(language, history, word) for word in [*language.words, END])
        assert total == pytest.approx(1, abs=0.01), history


def test_what_was_said_is_likelier_than_what_was_not(model):
    _, language = model
    assert _chance(language, ("小区",), "停水") > 10 * _chance(language, ("小区",), "路灯")


def test_a_name_of_the_city_is_one_word_and_a_number_is_its_digits(model):
    vocabulary, _ = model
    assert vocabulary.split("青湖区停水") == ["青湖区", "停水"]
    assert vocabulary.split("十五") == ["十", "五"]


def test_an_unknown_word_falls_into_characters_and_every_character_has_a_chance(model):
    vocabulary, language = model
    assert vocabulary.split("路灯不亮")[-1] in vocabulary.words
    assert all(chance > -30 for word, chance in language.chances[()].items() if word != END)
