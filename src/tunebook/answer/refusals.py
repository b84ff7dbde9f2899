"""The sentences that say that the documents do not hold the answer, as patterns.

    refuses("none of the passages mentions a fee.", beside=False)    →  True
    refuses("they do not mention the heron.", beside=True)           →  True: after a sentence about the documents

They are read from the beginning of a sentence in lower case; words in capitals stand for the parts above them.
What ordinary sentences say too ("not given", "no mention of") counts only with the documents beside it, or as all that is
said.  Left out on purpose: "Unknown." and "N/A", which are values of forms; for other languages see
refusals_elsewhere.py.
"""

from __future__ import annotations

import re
from functools import cache

_PARTS = {
    # the documents: "the provided text", "any of these passages", "the information that you gave me"
    "KIND": r"(documents?|documentation|passages?|texts?|excerpts?|context|sources?|snippets?)",
    "GIVEN": r"(given|provided|above|supplied|available|retrieved|following)",
    "LATER": r"( ((that |which )?(you|i|we)\b[^.,;]{0,30}|given|provided|above|supplied|shown|retrieved|at hand"
    r"|available( to me)?|at my disposal))?",
    "NAMED": r"(KIND|information(?= GIVEN)|((?<=provided )|(?<=given )|(?<=available )|(?<=above ))(information|materials?))",
    # of an article in a shop, or a paragraph of a law, the same is said
    "ALSO": r"(articles?|paragraphs?)(?=LATER (SAYS|do not|does not|don't|doesn't) \w*(mention|say|state|specify))",
    "DOCS": r"((any|all|either|both) of )?(the|these|those|this|that|your|my|any) (((GIVEN|relevant) )*NAMED|ALSO)"
    "LATER",
    "IN": r"(in|by|from|within|on the basis of|based on|with|using|anywhere in|through) DOCS",
    # where a clause is over, or names what was asked; where the sentence is over
    "ASKS": r"(who|whom|whose|what|which|when|where|why|how|whether|if)\b",
    "END": r"(?= *([.,;:!?)]|$)| ASKS)",
    "STOP": r" *[.!]?$",
    "NOT": r"(do not|does not|don't|doesn't|did not|didn't|cannot|can not|can't|could not|couldn't|will not|won't|would not"
    r"|is unable to|are unable to|fails? to|failed to)",
    "WELL": r"((\w+ly|even|actually|seem to|appear to|ever|in fact) ){0,2}",
    "WHICH": r"((any|enough|sufficient|the|that|this|such|an?|necessary|needed|required|specific|relevant|exact|further|direct"
    r"|explicit|clear|more|access to|kind of) ){0,4}",
    "FACTS": r"WHICH(information|info|details?|answers?|data|mention|indication|references?|context|clues?)",
    # what documents do: after "do not", and after "none of them"
    "SAY": r"(say|mention|state|specify|tell|indicate|discuss|address|explain|describe|clarify|reveal|disclose|list|identify"
    r"|cover|speak)",
    "SAYS": r"(says?|mentions?|states?|specif(y|ies)|tells?|indicates?|discuss(es)?|address(es)?|explains?|describes?"
    r"|clarif(y|ies)|reveals?|discloses?|lists?|covers?|suggests?|gives?|provides?|contains?|holds?|answers?|refers? to)",
    "HOLD": r"(hold|contain|provide|include|answer|GIVE)",
    "GIVE": r"give(?! (way|rise|access|you|any(one|body)|them|him|her|us|permission|the right|\w+ \w+ an?)\b)",
    "HAS": r"(holds?|contains?|provides?|gives?|includes?|offers?|has|have|makes?|yields?|shows?)",
    "DEALS": r"(mentions?|describes?|discuss(es)?|covers?|explains?)",
    "SPEAKS": r"(only |just )?(SAYS|focus(es)?|concerns?|(is|are) (only )?about|talks? (only )?about|deals? (only )?with)",
    "SAID": r"(mentioned|provided|stated|specified|given|contained|found|available|answered|covered|discussed|addressed"
    r"|included|disclosed|indicated|explained|described|listed|clear|evident|apparent|known|determined|inferred|derived"
    r"|established|located|part of)",
    "TOLD": r"(mentioned|stated|specified|indicated|disclosed)",
    "BARE": r"(mentioned|stated|specified|known|given|found|answered|answerable|disclosed|indicated)",
    "CANNOT": r"(cannot|can not|can't|could not|couldn't)",
    "ISNOT": r"((is|are|was|were|has|have) (not|never)( been)?|(is|are|was|were)n't|CANNOT be|may not be)",
    "IT": r"[^,;.]{1,120}?",
    "ABOUT": r"(about|on|regarding|concerning|as to|of|for|that)",
    "VERB": r"\b(may|must|can|will|shall|should|has|have|leaves?|is|are|was|were)\b",
    # not at a place that is no document: "no mention of rain in the forecast", "no damage on the frame"
    "ONLY": r"(?![^.;]* (in|on|at|by|under|from) (?!DOCS)(the|an?|his|her|its|your|our|their|this|that|these)\b)"
    r"(?![^.]*(;|, so\b))",
}

_DOCUMENTS_DO_NOT_SAY = (
    r"DOCS NOT WELL(SAY|HOLD|have FACTS|make (it clear|any mention|clear))\b",
    r"(documents|passages|texts) NOT WELL(SAY|HOLD)\b",
    r"DOCS (HAS no (\w+ )?FACTS|(says?|mentions?|holds?|contains?) nothing|(mentions?|states?|specif(y|ies)) no)\b",
    r"DOCS (lacks?|omits?) FACTS\b",
    r"DOCS (is|are) (silent|unclear|not clear|insufficient|not (sufficient|enough))\b",
    r"(none|neither|nothing|not one) (of|in) DOCS (\w+ly )?SAYS\b",
    r"(no|neither) (\w+ )?KIND( (here|given|provided))? SAYS\b(?! (way|rise)\b)",
    r"(it|this|that|they) NOT WELL(say|mention|specify|state)( (so|that|this|it|anything))?END",
)
_THOUGH_THEY_SPEAK_OF_IT = (
    r"DOCS SPEAKS [^.]{0,160}\bbut (it|they|DOCS) NOT WELL(SAY|HOLD)\b",
    r"DOCS SPEAKS [^.]{0,160}[;,] (however, |but )?(it|they) NOT WELL(SAY|HOLD)\b",
    r"DOCS DEALS [^.]{0,160}\bbut not (its|his|her|their|the|when|where|who|why|how|what|whether)\b",
    r"(although|while|though|even though) DOCS SPEAKS [^.]{0,160}, (it|they|DOCS) NOT WELL(SAY|HOLD)\b",
)
_NOT_SAID_IN_THEM = (
    r"IT ISNOT (\w+ly )?(SAID )?(anywhere )?INEND",
    r"IT (is|was|are) (unclear|unknown|missing|absent|outside|beyond) (from |in |the scope of )?DOCSEND",
    r"IT ISNOT (\w+ly )?TOLD( here| there)?END",
    r"((it|this|that)( is|'s)|(this|that|such|the) (information|detail)s? (is|are)) (not (\w+ ){0,2}SAID|missing)( here)?"
    r"( INEND|STOP)",
    r"(the )?information (is |was )?(not|never) (\w+ ){0,2}(found|available|provided|given)( INEND|STOP)",
    r"no (\w+ ){1,4}(is|are|was|were) (\w+ ){0,2}(given|mentioned|stated|specified|provided|found|named|made|listed) INEND",
    r"no (\w+ ){1,4}(is|are|was|were) (\w+ly )?(mentioned|stated|specified)( here)?STOP",
    r"no (mention|reference) is made of\b",
    r"the answer (is|was) (unknown|unclear|not (\w+ly )?(known|given|stated|clear))( here)?STOP",
    r"IT CANNOT be (determined|answered|inferred)( (here|with certainty))?STOP",
    r"(it is|it's|it was) (not possible|impossible)( for me)? to (answer|say|tell|determine|know)"
    r"( (this|that|it|(the|your|this) question|from|based)\b|END)",
    r"(it is|it's|this is) (not clear|unclear|not known|unknown)( INEND|STOP)",
    r"((it|this|that|the (answer|information)) (is |was ))?not (\w+ly )?BARE( here)?( IN|STOP)",
    r"not (in|covered (in|by)|part of) DOCSEND",
)
_WHOEVER_ANSWERS_DOES_NOT_KNOW = (
    r"i NOT WELLknow( (that|this|it|the|enough|exactly|based|from)\b|END)",
    r"i have no (idea|knowledge|(\w+ )?FACTS)\b",
    r"i( do not|'ve no| don't) (currently )?have FACTS\b",
    r"i (NOT|(am|was) (unable|not able) to|have not|haven't|did not manage to) WELL"
    r"(find|found|locate|see|determine|identify|provide|tell|say)(?! (my|his|her)\b)\b",
    r"i (NOT|(am (unable|not able)|(won't|will not) be able) to) WELL(answer|(help|assist)( you)? with)"
    r"( (this|that|it|your|any|the question|from|based)\b|END)",
    r"i'm (unable|not able) to (find|answer|tell|determine|provide|locate|say)\b",
    r"(i'm|i am) not (sure|certain)(?![^.]*\bbut (?!the (text|document|passage)))\b",
    r"we (NOT|are (unable|not able) to) WELL(know|find|tell|say|determine|answer|infer|see)\b[^.;]{0,120} IN",
    r"(unanswerable|no idea|nothing (was )?found|don't know|(cannot|can't) (say|answer|tell))STOP",
)
_NOTHING_ABOUT_IT = (
    r"there('s| is| was| are|'re| were) no (\w+ ){0,2}FACTS[^.;]{0,120} INEND",
    r"there('s| is| was| are) no (\w+ )?(mention|indication|reference) (of|to|that|as to)\bONLY",
    r"there('s| is| was| are) no (\w+ )?(information|details?|answer)( (available|given|provided|here))?( ABOUT\bONLY|STOP)",
    r"there (isn't|is not|wasn't|was not|aren't|are not) FACTS( (available|given|provided|here))?"
    r"( ABOUT\bONLY| to (answer|say|tell|determine|know|give)\b| IN|STOP)",
    r"there (does not|doesn't|do not|don't) (seem|appear) to be FACTS\bONLY",
    r"there('s| is| was) (insufficient|not enough) (\w+ )?(information|data|context|detail)\bONLY",
    r"(no|insufficient|not enough) (\w+ )?(information|answers?|details?|data|mention)( ABOUT ((?!VERB)[^,;.]){1,80}?)?"
    r"( (is|was|are|were|(can|could) be))?"
    r"( (given|found|available|provided|mentioned)( (about|regarding|concerning) [^,;.]{1,80})?)?"
    r"( (IN|to (answer|say|tell|determine)[^,;.]{0,40}))?STOP",
)
# "Based on the text, …"; "The passages describe the Wren.  They …"
_WHERE_THEY_WERE_SPOKEN_OF = (
    r"(it|they) NOT WELL(SAY|HOLD)\b",
    r"(it is|it's) (not possible|impossible|not clear|unclear|unknown|not known)\b",
    r"(we|i|one|you) NOT (\w+ly )?(tell|say|know|determine|find|infer|answer)\b",
    r"IT ISNOT (\w+ly )?SAID(STOP| ASKS)",
    r"IT (is|are|remains?) (unknown|unclear)STOP",
)
_LEAD = (
    r"((IN|according to DOCS|unfortunately|however|sorry|apologies|but|i am sorry|i'm (very |so )?sorry|i (do )?apologi[sz]e"
    r"|regrettably|(it (seems|appears|looks like)|i'm afraid|i am afraid|as far as i can (tell|see))( that)?|well|answer(?=:)"
    r"|hi|hello|as an ai( language)?( model| assistant)?|(no|yes)(?=,))[,:;]*\s*(but\s+)?)+"
)


def refuses(sentence: str, beside: bool) -> bool:
    """Whether a sentence in lower case, without its lead, is a refusal; `beside`: the documents were just spoken of."""
    return bool(_alone().match(sentence) or (beside and _beside().match(sentence)))


def lead(sentence: str) -> str:
    """What stands before a refusal in its sentence, such as "unfortunately, "; "" where nothing does."""
    found = _lead().match(sentence)
    return found[0] if found else ""


def names_documents(text: str) -> bool:
    return bool(_names().search(text))


def is_of_documents(sentence: str) -> bool:
    """Whether a sentence says what the documents are about."""
    return bool(_speaks().match(sentence))


def answers_from_documents(sentence: str) -> bool:
    """Whether it goes on with what they say: "the text states that …"."""
    return bool(_states().match(sentence))


def takes_back(lead: str) -> bool:
    """Whether a lead turns against what was said before it: "however, "."""
    return bool(re.search(r"\b(however|but|unfortunately)\b", lead))


# Compiled when they are first needed: it takes a tenth of a second.
@cache
def _alone() -> re.Pattern[str]:
    return _compiled(
        *_DOCUMENTS_DO_NOT_SAY,
        *_THOUGH_THEY_SPEAK_OF_IT,
        *_NOT_SAID_IN_THEM,
        *_WHOEVER_ANSWERS_DOES_NOT_KNOW,
        *_NOTHING_ABOUT_IT,
    )


@cache
def _beside() -> re.Pattern[str]:
    return _compiled(*_WHERE_THEY_WERE_SPOKEN_OF)


@cache
def _lead() -> re.Pattern[str]:
    return _compiled(_LEAD)


@cache
def _names() -> re.Pattern[str]:
    return _compiled(r"\b(KIND|information)\b")


@cache
def _speaks() -> re.Pattern[str]:
    return _compiled(r"DOCS SPEAKS\b")


@cache
def _states() -> re.Pattern[str]:
    return _compiled(r"DOCS SPEAKS( that\b|:)")


def _compiled(*patterns: str) -> re.Pattern[str]:
    """The patterns as one, with their parts in place; no group captures, as there are hundreds."""
    whole = "|".join(f"({pattern})" for pattern in patterns)
    name = re.compile("|".join(sorted(_PARTS, key=len, reverse=True)))
    while name.search(whole):
        whole = name.sub(lambda found: f"({_PARTS[found[0]]})", whole)
    return re.compile(re.sub(r"(?<!\\)\((?!\?)", "(?:", whole))
