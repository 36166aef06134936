"""Wording that is watched or forgiven, as data. English first; what other languages add is said beside it.

The families are what users reported when an assistant got worse: it takes its leave early, promises a narrow fix,
leaves placeholders, asks for permission it has, talks of its own budget. Every gap inside a pattern is bounded, so that
the time a search takes grows with the text alone.
"""

import re
from collections.abc import Mapping, Sequence

_GAP = r"[^.!?\n]{0,40}?"


def _any(patterns: Sequence[str], *, start: bool = False) -> re.Pattern[str]:
    body = "|".join(patterns)
    return re.compile(rf"\A[\s\W]{{0,10}}(?:{body})" if start else rf"\b(?:{body})", re.IGNORECASE)


_FAMILIES: Mapping[str, Sequence[str]] = {
    "farewell": (
        r"enjoy (?:the rest of )?your (?:day|evening|weekend|night|week)",
        r"have a (?:great|good|nice|wonderful|lovely|pleasant) (?:day|evening|weekend|night|week|one)",
        r"good ?night\b",
        r"(?:get|go get) some (?:rest|sleep)",
        r"call it a (?:day|night)",
        r"(?:take care|goodbye|bye for now|see you (?:later|tomorrow|next time))\b",
        r"(?:pick|continue) (?:this|it) up (?:again )?(?:tomorrow|later|next time)",
        r"good (?:place|point|time|spot) to (?:stop|pause|wrap up)",
    ),
    "minimal_fix": (
        r"(?:minimal|smallest|simplest|quickest|narrowest) (?:possible )?(?:fix|change|patch|edit|solution)",
        r"quick (?:fix|patch|workaround)",
        r"(?:small|narrow|targeted|surgical) (?:fix|patch)",
        r"for now,? (?:i(?:'ll| will|'ve| have)?|let's|just)\b",
        r"(?:leave|leaving|left) (?:it|that|this|the rest) (?:for later|as is|untouched)",
        r"(?:out of|outside(?: the)?|beyond the) scope\b",
        r"pre-?existing (?:issue|failure|problem|bug)s?",
        r"(?:unrelated to|not caused by) (?:my|this|these|the) changes?",
    ),
    "placeholder": (
        (
            r"(?:rest of|remaining|other|existing) (?:the )?(?:code|implementation|methods?|functions?|logic|content)"
            r" (?:here|goes here|stays the same|remains unchanged|unchanged)"
        ),
        r"(?:your|the|add|insert|put|more) [a-z ]{0,30}(?:code|logic|implementation|content|text) (?:goes )?here\b",
        r"implementation (?:omitted|left out|goes here)",
        r"omitted for brevity",
        r"to ?do:? implement",
        r"(?:similarly|likewise|same) for the (?:rest|others|remaining)",
        r"left as an exercise",
        r"placeholder (?:for|value|implementation|text|code)",
    ),
    "permission": (
        r"(?:would you like|do you want) me to\b",
        r"(?:should|shall) i (?:proceed|continue|go ahead|start|also|make|apply|fix|implement)\b",
        r"(?:let me know|tell me) (?:if|whether|when) (?:you(?:'d| would)? (?:like|want)|i should|to proceed)",
        r"(?:ready|okay|ok|happy) (?:for me )?to (?:proceed|continue|go ahead)\?",
        r"(?:before i|i can) (?:proceed|continue|go ahead|start)\b" + _GAP + r"\?",
        r"(?:awaiting|waiting for) your (?:approval|confirmation|go-ahead|decision)",
        r"if you(?:'d| would)? (?:like|prefer|want),? i (?:can|could|will)",
    ),
    "budget": (
        r"(?:running|run) (?:low on|out of) (?:context|tokens|budget|time|space)",
        r"(?:context|token) (?:window|budget|limit)s?\b",
        r"(?:tokens?|context|turns?) (?:left|remaining|to spare)",
        r"(?:to|in order to) (?:save|conserve|preserve) (?:context|tokens|budget|time|space)",
        r"(?:due to|because of|given) (?:the )?(?:length|time|space|context|token) (?:constraints?|limits?|limitations?)",
        r"(?:long|lengthy) (?:session|conversation)\b" + _GAP + r"(?:stop|wrap|summar|new)",
        r"in the interest of (?:time|brevity|space)",
    ),
}
PHRASE_FAMILIES = tuple(_FAMILIES)
"""Names of the watched families."""

_PATTERNS: Mapping[str, re.Pattern[str]] = {name: _any(patterns) for name, patterns in _FAMILIES.items()}

PREAMBLE = _any(
    (
        (
            r"(?:sure|certainly|absolutely|of course|definitely|okay|ok|alright|great|gladly|no problem|happy to|understood"
            r"|got it|good question|great question|thank you|thanks)\b"
        ),
        (
            r"(?:here(?:'s| is| are)|below(?:'s| is| are)|the following|i(?:'d| would) be (?:happy|glad)|i(?:'ll| will| can) "
            r"(?:help|provide|write|give|answer|do)|let(?:'s| me)|as (?:you )?requested|based on|to answer your question)\b"
        ),
        # German, French, Spanish
        (
            r"(?:gerne|natürlich|selbstverständlich|hier (?:ist|sind)|klar|bien sûr|voici|certainement|claro|por supuesto"
            r"|aquí (?:está|tienes))\b"
        ),
        r"(?:当然|好的|以下是|もちろん|はい、|承知)",
    ),
    start=True,
)
"""How a line begins that announces the answer instead of giving it."""

CLOSING = _any(
    (
        r"(?:let me know|feel free|don't hesitate|do not hesitate|please (?:ask|reach out)|just (?:ask|let me know))\b",
        r"(?:i )?hope (?:this|that|it) helps?\b",
        r"(?:is there|was there) anything else\b",
        r"(?:would you like|do you want) (?:me|more|any)\b",
        (
            r"(?:if you (?:have|need|want|would like|'d like)\b"
            + _GAP
            + r"(?:ask|let me know|questions?|help|i can|happy))"
        ),
        r"(?:happy|glad) to (?:help|assist|elaborate|explain)\b",
        *_FAMILIES["farewell"],
        r"(?:wenn du (?:noch )?(?:fragen|hilfe)|melde dich gerne|n'hésitez pas|no dudes en)\b",
    )
)
"""Offers and farewells with which an answer is closed."""

REFUSAL = _any(
    (
        r"i(?:'m| am) (?:sorry|afraid),? (?:but )?(?:i )?(?:can(?:no|')t|am (?:not able|unable)|won't)",
        (
            r"i (?:can(?:no|')t|won't|will not|am (?:not able|unable) to|'m (?:not able|unable) to|must decline to|"
            r"have to decline to|decline to) (?:help|assist|comply|do (?:that|this|so)|provide|create|write|produce|generate"
            r"|answer|fulfil|fulfill|continue|discuss|share|give|engage|support|complete|tell|offer)\b"
        ),
        r"i'm (?:not able|unable) to (?:help|assist|comply|do|provide|create|write|answer|share|give|complete)\b",
        r"(?:against|violates?) (?:my|the|our) (?:guidelines|policy|policies|rules|principles)",
        r"as an ai(?: language)?(?: model| assistant)?,? i (?:can(?:no|')t|do not|don't|am not able)",
        r"i (?:must|have to) (?:respectfully )?decline\b",
        r"(?:ich kann|leider kann ich) (?:ihnen|dir|dabei|das|diese)" + _GAP + r"nicht\b",
        r"je ne peux pas (?:vous|t'|répondre|aider)",
    )
)
"""How a model declines what was asked."""

ABSENT = _any(
    (
        (
            r"(?:is|are|was|were)(?:n't| not) (?:stated|given|mentioned|specified|provided|listed|included|shown|reported"
            r"|available|recorded|disclosed|covered|found|present|there|in the)\b"
        ),
        (
            r"(?:does|do|did)(?:n't| not) (?:say|state|mention|specify|give|provide|list|include|show|contain|report|record"
            r"|tell|cover|appear|indicate|have (?:any|that|this|an?|the))\b"
        ),
        (
            r"(?:no|without) (?:(?:such|specific|relevant|further|exact) )?(?:information|data|mention|figures?|values?"
            r"|entr(?:y|ies)|records?|answer|details?|price|number|date|rows?)\b(?! (?:loss|leak))"
        ),
        r"no such [a-z]+",
        r"(?:records?|lists?|gives?|states?|mentions?|shows?|contains?|reports?|includes?|names?) (?:no|none|nothing)\b",
        r"no(?: [a-z0-9-]{1,20}){1,5} (?:is|are|was|were) (?:stated|given|mentioned|listed|shown|reported|recorded)\b",
        (
            r"not (?:stated|given|mentioned|specified|provided|listed|included|in the (?:text|table|document|data|passage|"
            r"source|list)|available|recorded|reported)\b"
        ),
        r"(?:cannot|can't|can not|could not|couldn't) be (?:determined|found|answered|inferred|known|derived)\b",
        r"(?:there (?:is|are)|it (?:has|gives|contains)) no\b",
        r"(?:absent|missing) from\b",
        r"\bn/a\b",
        # German, French, Spanish
        r"(?:nicht|keine?) (?:angegeben|genannt|erwähnt|enthalten|aufgeführt|vorhanden|angaben?|informationen?)\b",
        r"(?:n'est pas|ne sont pas|aucune) (?:indiquée?|mentionnée?|précisée?|donnée?|information)s?\b",
        r"no se (?:indica|menciona|especifica|proporciona)\b",
    )
)
"""How an answer says that what was asked for is not there. Chinese, Japanese and Arabic are in `ABSENT_ELSEWHERE`."""
ABSENT_ELSEWHERE = re.compile(
    "没有(?:提供|提到|说明|给出|记载|列出|相关|该|任何)|未(?:提供|提及|说明|给出|列出|记载)|无法(?:确定|得知|从)"
    "|記載(?:が|は|されて)?(?:い)?(?:ない|ありません|いません)|書かれて(?:い)?(?:ない|ません)|情報(?:が|は)(?:ない|ありません)|わかりません"
    "|لم (?:يُ?ذكر|ترد|يرد)|غير (?:مذكور|متوفر|محدد)|لا (?:يذكر|توجد|يوجد|تذكر)"
)


def phrase_count(family: str, text: str) -> int:
    """How often a watched family's wording stands in a text."""
    return sum(1 for _ in _PATTERNS[family].finditer(text.replace("’", "'")))


def first_phrase(family: str, text: str) -> str | None:
    """The first wording of a family in a text; None without one."""
    match = _PATTERNS[family].search(text.replace("’", "'"))
    return match[0] if match else None
