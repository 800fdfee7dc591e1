"""Whether English words can be the end of what somebody wants to say; other languages go by the clock only.

To take a whole question for half of one costs the visitor a second of waiting, to take half of one for a whole one
cuts in. An end is open if a pattern of `_OPEN` matches it, unless one of the pattern's exceptions does.
"""

from __future__ import annotations

import re

from visavis_agent.conversation.wording import is_english, words_of

_BE = r"(?:is|are|was|were|am|be|been)"
_DO = r"(?:do|does|did|can|could|will|would|shall|should|may|might|must)"
_SUBJECT = r"(?:i|you|we|they|he|she|it)"
_ASKED = r"\b(?:what|which|who|whom|much|many)\b.*"
_WHERE = r"\b(?:what|which|who|whom|where|when|why|how|what's|where's|who's|how's)\b.*"
_ANSWER = rf"^(?:(?:yes|yeah|no|sure|so|neither|of course) )+(?:{_SUBJECT} )?"
# Prepositions that end a question about their object, or a phrase such as "something to look at".
_TO_DO = r"\bto (?:look|sit|play|talk|speak|listen|hold|wait|work|be|do)(?: \w+)? "
_PUT = r"\b(?:get|gets|getting|got|come|comes|coming|go|goes|going|let|letting|bring|fit|check|join) (?:\w+ ){0,5}"
_TURN = r"\b(?:go|going|come|hold|carry|turn|switch|put|try|turned|switched) (?:\w+ ){0,4}"

_LINKS = r"^(?!(?:so|and|or|but|then|at|in|on|for|from|to|till|until|with) ).+"
_HELPING = r"^(?:do|does|did|can|could|will|would|should|may|has|have|is|are|was|were)"
_SOMEBODY = r"(?:some|any|every)(?:body|one)"
_ADVERB = r"(?:(?:also|just|really|actually|please|only|ever) )?"
_TRANSITIVE = (
    r"(?:borrow|bring|carry|lend|sell|offer|rent|put|lay|give|lock|charge|reach|enjoy|buy|visit|store|reserve|plug"
    r"|need|want|like|love|serve|use|find|bring|hold|celebrate|get|see|take|touch|have|recommend)"
)
_OBJECTLESS = rf"(?:{_TRANSITIVE}s?|lost|found|brought|bought|can't|cannot|really|do not|don't|did not|didn't)"

_LINKING = r"(?:a|an|the|my|your|our|their|its|every|very|um|uh|uhm|er|erm|and|or|but|because|if|than|as|while|into)"

# End → exceptions, in which it is the end nevertheless.
_OPEN: tuple[tuple[str, str], ...] = (
    (_LINKING, ""),
    (r"(?:(?:it|he|she|that|there|here|what|where|who|how|when|let)'s|\w+'(?:m|re|ll|ve|d))", ""),
    (r"(?:of|with|by|at)", rf"{_ASKED}|{_TO_DO}"),
    (r"(?:kinds?|sorts?|types?|lots?|out|because|front|part) of", ""),
    (r"about", rf"{_ASKED}\w+ (?!what|how)\w+ |{_TO_DO}"),
    (r"for", rf"{_ASKED}|{_TO_DO}"),
    (r"from", r"\b(?:where|what|which|who)\b.*"),
    (
        r"to",
        rf"(?:{_ASKED}|i can )"
        r"(?:talk|talking|speak|speaking|listen|listening|belong|lead|happened|look forward|about|used) ",
    ),
    (r"in", rf"{_PUT}|\bwhich\b.*|{_TO_DO}"),
    (r"on", rf"{_TURN}|\b(?:what|which|who|when)\b.*|^{_BE} .*|{_TO_DO}"),
    (
        r"(?:is|are|was|were|am)",
        rf"{_WHERE}\b(?:{_SUBJECT}|this|that|there|these) |{_ANSWER}"
        r"|\b(?:tell|know|show|ask|say|see|remember|wonder|idea|sure|explain)\b.*"
        r"\b(?:what|which|who|where|when|why|how)\b.*\w+ (?<!where )(?<!what )(?<!who )(?<!how )(?<!when )(?<!why )"
        rf"|\b(?:what an?)\b.*{_SUBJECT} ",
    ),
    (r"(?:be|been)", rf"{_WHERE}{_DO} .*|{_WHERE}(?:has|have|had) .*|\bto "),
    (
        r"(?:do|does|did)",
        rf"{_WHERE}(?:{_DO}|'ll|'d) \w+.* |{_ASKED}(?:to|{_SUBJECT}) |\b(?:to|what|as) (?:{_SUBJECT} )?|{_ANSWER}",
    ),
    (r"(?:have|has|had)", rf"\b(?:what|which|many|much)\b.*{_DO} .*|{_ANSWER}"),
    (r"(?:can|could|will|would|shall|should|may|might|must)", _ANSWER),
    (rf"{_DO} (?:not )?(?:{_SUBJECT}|there|the|this|that)", r"^(?:so|neither|nor) "),
    (rf"^(?:have|has) (?:not )?{_SUBJECT}", ""),
    (rf"{_BE} (?:it|he|there|this|that|these|those|you)", rf"{_WHERE}|.*\b(?:not|\w+n't)\b.*"),
    (r"(?:i|we|he|she|they)", rf"{_WHERE}{_BE} |\b(?:and|or|than|not|neither \w+|so \w+) "),
    (r"(?:in|at|of|from|near|to) (?:this|these|those)", rf"{_WHERE}"),
    (r"(?:know|think|say|said|believe|sure) that", rf"{_DO} (?:you|i) |\bnot |^i "),
    (r"(?:which|who|whose|what|where|how|when|why)", r"^(?:\w+ )?|\b(?:and|or|sorry|but|find|say|guess) "),
    (r"like", r"\b(?:what|how|which|who|what's|how's)\b.*"),
    (r"so", r"\b(?:think|hope|guess|say|said|why|believe|suppose|that|just|not|or) "),
    (r"(?:any|some)", r"(?:\b\w+n't|\bnot|\bno)\b.*"),
    (r"(?:excuse|tell|show|give) me", rf"{_WHERE}|\byou "),
    (r"(?:can|could|would|will) you (?:please )?(?:tell|show|give) me", _ASKED),
    # The verb is still to come: "is the hall", "when does the café".
    (r"(?:does|did|can|could|will|would|shall|should) (?:a|an|the|my|your|our|their|any) \w+", ""),
    (r"(?:when|where|how|why|what time) do (?:the|my|your|our|their) \w+", ""),
    (rf"^{_BE} (?:a|an|the|my|your|our|their|any) \w+", ""),
    (r"(?:what|which|some) (?:kinds?|sorts?|types?)|how many|still|also|usually|(?:and|but) not", ""),
    (
        r"(?:find|get|buy|want|need)",
        r"\b(?:what|which|whatever|much|many|long|anything|something|everything|all)\b.*|\bto ",
    ),
    # A phrase that asks, and no verb yet: "how much", "until what time", "which of the exhibits".
    (r"(?:what|which|how) (?!come|so|else|now|about|for|is|are|was|were|do|does|did|can|happened)\w+", rf"{_LINKS}"),
    (r"how many \w+|(?:what|which) (?:kind|sort|type)s? of \w+|which of (?:the|these|your) \w+", rf"{_LINKS}"),
    (r"who (?!won|knows|cares|died|else|is|are|was|were|do|does|did|can|will|would|should)\w+", "^.+"),
    (r"what (?:made|makes|killed|happens|happened to|gave|caused)", "^.+"),
    # A subject, and no verb yet: "do kids", "can somebody", "is smoking", "my son".
    (rf"{_HELPING} (?:{_SOMEBODY}|people|children|one)", "^.+"),
    (rf"{_HELPING} (?!{_SUBJECT}\b|there\b|th[aeio]\w*s\b|that\b|us\b)(?:\w+ )?\w+s", "^.+"),
    (rf"^(?:what|when|where|how|why) {_DO} (?:people|children|kids|one|{_SOMEBODY})", ""),
    (r"^(?:is|are) (?!it|he|she|this|that|these|those|there|you|we|they)\w+", ""),
    (r"^(?:my|our|your) \w+", ""),
    # Verbs that want an object: "do you sell", "where can I put", "I lost".
    (rf"(?:{_DO}|have|has) {_SUBJECT} {_ADVERB}{_TRANSITIVE}", rf"{_ASKED}"),
    (rf"(?:{_DO}|have|has) {_SUBJECT} (?:ever|actually|really|still|got)", rf"{_ASKED}|\b(?:not|\w+n't) .*"),
    (
        rf"^(?:(?:and|but|so) )?(?:i|we|they|(?:my|the|our) \w+) {_ADVERB}(?!(?:see|like|love)$){_OBJECTLESS}",
        "",
    ),
    (
        rf"(?:want|wants|like|love|need|dying|trying|going|allowed) to {_TRANSITIVE}",
        rf"{_ASKED}|\b\w+(?:thing|where) .*",
    ),
    (r"^if (?:(?!what|which|where|how|can|may|is|are|should|will|would|does)\w+ ){2,}\w+", ""),
    (r"^(?:please )?(?:take|find|get|order|show|tell|give|bring|send|call) (?:me|us)", ""),
    # "Is it allowed", "is there somewhere", "do you have anything".
    (r"(?:is|are|am) (?:it|i|we|you) (?:too|ok|okay|allowed|able|possible|forbidden|permitted|suitable)", rf"{_WHERE}"),
    (
        r"(?:is|are) there (?:any|some)(?:where|thing|body|one)|have (?:any|some)(?:where|thing|body|one)",
        rf"{_WHERE}|\bnot .*",
    ),
    (
        r"(?:extended|nearest|guided|own|(?:where|what|when) exactly|very|quite|a (?:less|more|most))",
        rf"{_ASKED}\w+ \w+ .*|\b(?:not|\w+n't|know|on|my|your|our|it's|that's|me) .*",
    ),
    (r"(?:looking|searching|want to|need to|like to|love to|have to|going to)", r"\b(?:just|only|not) "),
)
_PATTERNS = tuple(
    (re.compile(rf"(?:^|.*? )(?P<end>{end})$"), re.compile(rf"(?:{unless})$") if unless else None)
    for end, unless in _OPEN
)
# What addresses somebody before the sentence begins: "excuse me, which way".
_ADDRESS = re.compile(
    r"^(?:(?:excuse me|hello|hi|hey|good (?:morning|afternoon|evening|day)|sorry|please|okay|ok|well|oh) )+(?=\w)"
)
_LAST_LINKS = re.compile(rf"(?:^|.* ){_LINKING}$")
_ENDS_OPEN = re.compile(r"(?:\.\.\.|…|[,;:–—-])$")
# Longer ends look no further back.
_MOST_WORDS = 16


def is_unfinished(text: str, locale: str = "en") -> bool:
    """The text stops where an English sentence does not: "I would like to", "where is the", "um".

    Recognisers that write punctuation are believed.
    """
    written = text.rstrip()
    if not is_english(locale):
        return False
    if _ENDS_OPEN.search(written):
        return True
    if written.endswith((".", "?", "!")):
        return False
    words = _ADDRESS.sub("", " ".join(words_of(text)[-_MOST_WORDS:]).replace("’", "'"))
    return any(_is_open(words, end, unless) for end, unless in _PATTERNS)


def ends_in_a_link(text: str) -> bool:
    """The last word announces another one, whatever the others are: "the", "my", "and", "um"."""
    return _LAST_LINKS.match(" ".join(words_of(text))) is not None


def _is_open(words: str, end: re.Pattern[str], unless: re.Pattern[str] | None) -> bool:
    found = end.match(words)
    if found is None:
        return False
    return unless is None or unless.search(words[: found.start("end")]) is None
