"""What may not stand in words that are printed: a name, a contact."""

import re

_CONTACT = (
    re.compile(r"\S+@\S+\.\w+"),
    re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE),
    # Numbers as they are dialled or written on papers: nine digits or more, whatever stands between them.
    re.compile(r"\+?\d(?:[\s./-]?\d){8,}"),
)
_TITLED = re.compile(r"\b(?:M\.|Mr\.?|Mrs\.?|Ms\.?|Mme|Mlle|Dr\.?|Monsieur|Madame|Docteur)\s+\w+")
_SAYS_A_NAME = re.compile(
    r"\b(?:je m['’]appelle|mon nom est|mon prénom est|my name is|i am called)\s+\w+", re.IGNORECASE
)
_SENTENCE = re.compile(r"[.!?…:«»\"“”\n]+\s*|(?:^|\s)[-–—]\s+")
# "d'Amina": what is looked at is the word behind it.
_ELIDED = re.compile(r"^(?:\w|qu|jusqu|lorsqu|puisqu)['’](?=\w)", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
# Written with a capital in English within a sentence, and the name of nobody.
_NOBODY = re.compile(
    r"I|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|May|June|July|August|September"
    r"|October|November|December|English|French|Spanish|Arabic"
)


def find_identifying(words: str) -> str | None:
    """What in ``words`` looks like a name, an e-mail address, a telephone number or a web address; None if nothing.

    Within a sentence a word with a capital is taken for a name; an acronym is not. The first word of a
    sentence has one anyway: a name there is for whoever chose the words to see.
    """
    for pattern in (*_CONTACT, _TITLED, _SAYS_A_NAME):
        if found := pattern.search(words):
            return found[0]
    for sentence in _SENTENCE.split(words):
        for found in list(_WORD.finditer(sentence))[1:]:
            word = _ELIDED.sub("", found[0])
            if word[0].isupper() and not word.isupper() and not _NOBODY.fullmatch(word):
                return word
    return None
