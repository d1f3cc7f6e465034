"""The voices of espeak-ng that train the model, and those kept apart to measure it."""

from typing import Final

# f2 twice: it is the voice of the practice line.
TRAINING_VOICES: Final = (
    *("f1", "f2", "f2", "f3", "f4", "m1", "m2", "m4", "m5", "m7", "m8", "adam", "anika", "antonio", "aunty"),
    *("belinda", "benjamin", "boris", "caleb", "david", "ed", "edward", "Gene", "Alex", "Alicia", "Andrea"),
    *("Andy", "Annie", "Denis", "Diogo", "Henrique", "Hugo", "Lee", "Marco", "Mario", "Michael", "Reed"),
    *("grandma", "grandpa", "gustave", "ian", "iven", "marcelo", "michel", "miguel", "norbert", "pablo"),
)
HELD_OUT_VOICES: Final = ("f5", "m3", "m6", "linda", "john", "steph", "max", "paul")
