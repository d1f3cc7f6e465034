"""Finding cases by what they are about: words, places, people. The words come cut from workers/index_words.py."""

from dispatch.search.finding import by_phone, by_place, by_words, rank
from dispatch.search.words import Text, any_due, due, index, reindex_all

__all__ = ["Text", "any_due", "by_phone", "by_place", "by_words", "due", "index", "rank", "reindex_all"]
