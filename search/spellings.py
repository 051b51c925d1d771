"""British and American spellings of one word. Pure functions.

A spelling that nobody writes does no harm: no document has it. So the rules need no list of
exceptions ("rise", "water"), only pairs that are always the same word: "metre" and "meter",
"storey" and "story", "tyre" and "tire" are left out.
"""

import re
from functools import lru_cache

from search.words import words

_PAIRS = """
behaviour/behavior colour/color endeavour/endeavor favour/favor flavour/flavor harbour/harbor
honour/honor humour/humor labour/labor neighbour/neighbor odour/odor parlour/parlor rumour/rumor
saviour/savior savour/savor vapour/vapor vigour/vigor armour/armor candour/candor
demeanour/demeanor glamour/glamor splendour/splendor tumour/tumor
centre/center theatre/theater fibre/fiber calibre/caliber litre/liter kilometre/kilometer
centimetre/centimeter millimetre/millimeter lustre/luster sombre/somber
defence/defense offence/offense pretence/pretense licence/license practise/practice
catalogue/catalog dialogue/dialog analogue/analog programme/program
ageing/aging aluminium/aluminum artefact/artifact aesthetic/esthetic cosy/cozy grey/gray
enrol/enroll enrolment/enrollment fulfil/fulfill fulfilment/fulfillment instalment/installment
instil/instill skilful/skillful wilful/willful jewellery/jewelry judgement/judgment
acknowledgement/acknowledgment manoeuvr/maneuver mould/mold smoulder/smolder plough/plow
sceptic/skeptic sulphur/sulfur sulphate/sulfate pyjama/pajama moustache/mustache
anaemi/anemi anaesth/anesth archaeolog/archeolog diarrhoea/diarrhea encyclopaedia/encyclopedia
foetus/fetus foetal/fetal gynaecolog/gynecolog haemo/hemo leukaemia/leukemia
oestrogen/estrogen orthopaedic/orthopedic paediatric/pediatric palaeo/paleo
"""
"""Beginnings of words, British and American."""

_BRITISH: dict[str, str] = dict(pair.split("/") for pair in _PAIRS.split())  # type: ignore[misc]
_AMERICAN = {american: british for british, american in _BRITISH.items()}
_LEAD = "(dis|mis|multi|non|over|pre|re|un|under)?"
_SAID = re.compile(
    f"^{_LEAD}({'|'.join(sorted({*_BRITISH, *_AMERICAN}, key=len, reverse=True))})"
    "(?!ad|ar|at|i?ous|rh)(.*)$"  # not “laboratory”, “literature”, “Colorado”
)
_ISE = re.compile(r"^(.{3,})([iy])([sz])(e|ed|er|ers|es|ing|able|ation|ations|ational)$")


@lru_cache(maxsize=50_000)
def other_spellings(word: str) -> tuple[str, ...]:
    """The other spellings of a word in lower case, none for most words.

    >>> other_spellings("organisations")
    ('organizations',)
    >>> other_spellings("neighborhood")
    ('neighbourhood',)
    """
    found = []
    if said := _SAID.match(word):
        lead, root, rest = said.groups()
        for known in (_BRITISH, _AMERICAN):
            if root in known:
                found.append(f"{lead or ''}{known[root]}{rest}")
    if ending := _ISE.match(word):
        stem, vowel, letter, rest = ending.groups()
        found.append(f"{stem}{vowel}{'z' if letter == 's' else 's'}{rest}")
    return tuple(found)


def both_spellings(text: str) -> str:
    """A text to be matched, with the other spellings of its words, each as often, after it."""
    return " ".join([text, *(other for word in words(text) for other in other_spellings(word))])
