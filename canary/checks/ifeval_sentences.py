"""Sentences as IFEval counts them: the decisions of the English Punkt model (Kiss and Strunk 2006), by rule.

Punkt takes the last `.`, `!` or `?` of each word and asks whether a sentence ends there: not after an abbreviation it
knows, not after an initial before a name, not after a number before a small letter. Line ends mean nothing to it.
Its trained statistics about how words are spelled are replaced by a short list of function words and by word endings
that names do not have, so that no trained model is carried along; counts differ in about one answer of a thousand.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from canary.checks.counting import word_set

_CLOSERS = "\"')]}‘’“”«»"
_NOT_IN_WORD = r"""[)";}\]*:@'({\[?!‘’“”«»]"""
_CANDIDATE = re.compile(rf"[.?!](?=({_NOT_IN_WORD})|\s+(\S+))")
_SEVERAL = r"(?:-{2,}|\.{2,}|(?:\.\s){2,}\.)"
_TOKEN = re.compile(
    rf"""{_SEVERAL}
    |(?=[^("`{{\[:;&\#*@)}}\]\-,])\S+?(?=\s|$|{_NOT_IN_WORD}|{_SEVERAL}|,(?=$|\s|{_NOT_IN_WORD}|{_SEVERAL}))
    |\S""",
    re.VERBOSE,
)
_REALIGNED = re.compile(rf"[{re.escape(_CLOSERS)}]+?(?:\s+|(?=--)|$)", re.MULTILINE)
_NUMBER = re.compile(r"-?[.,]?\d[\d,.-]*")
_SPACE = " \t\n\r\v\f"

_ABBREVIATIONS = word_set(
    "a.a a.c a.d a.g a.h a.m a.m.e a.s a.t adm ala ariz aug ave b.f b.v bros c c.i.t c.o.m.b c.v calif chg cie co "
    "col colo conn corp cos ct d d.c d.h d.w dec dr e e.f e.h e.l e.m f f.g f.j feb fla fri ft g g.d g.f g.k ga "
    "gen h h.c h.f h.m i.m.s ill inc j.b j.c j.j j.k j.p j.r jan jr k kan ky l l.a l.f l.p lt ltd m m.b.a m.d.c "
    "m.j maj messrs mg mich minn mr mrs ms n n.c n.d n.h n.j n.m n.v n.y nev nov oct ok okla ore p p.a.m p.m pa "
    "ph.d prof r r.a r.h r.i r.j r.k r.t rep reps s s.a s.a.y s.c s.g s.p.a s.s sen sep sept sr st sw t t.j tenn "
    "tues u.k u.n u.s u.s.a u.s.s.r v va vs vt w w.c w.r w.va w.w wash wed wis yr"
)
"""Words after which a period is taken for part of them."""
_COLLOCATED_WITH_NUMBER = word_set(
    "international commodities financing corrections credit business insider dividend review who letters notable "
    "abreast"
)
_STARTERS = word_set(
    "most he since so both these it nevertheless this indeed however instead under similarly some though while when in "
    "despite although nonetheless thus there if the nor separately moreover but they yet many according sales among "
    "meanwhile even i"
)
_OPENS = word_set(
    "above address advantages afternoon almost already always analysis anyone anything arrival arrive behind "
    "being better between built challenges check client conclusion cost customer dark date diet disadvantages "
    "discussion doctor does done drink early either else employee enjoy enough ever example examples exercise "
    "experience explore file finally follow following given going her here him idea importance knowledge least "
    "list lunch manager member method morning need note nothing number object page patient person phone please "
    "practice problem process product put question regards remember restaurant result results right same section "
    "simply sincerely skills slow solution someone sometimes soon sorry step still string such taking teacher "
    "team thank thanks them themselves theory therefore things think through tip tips title together tomorrow "
    "true type unless upon us user using variable very wait walk weight welcome were whether which within without "
    "worst yes your yourself"
)
"""Words that names do not begin with: with a capital they open a sentence."""
_SEEN_SMALL = word_set(
    "about after again all also am and another answer any are art as at background beach because before below "
    "benefits best big black blue book breakfast bring budget can care chapter city class code color come company "
    "computer could country court data day death departure did dinner do during each easy eat education energy "
    "evening every everyone everything false family fast few find first food friends function future get getting "
    "give go goal good government great green group had hard has have having health high his history home hotel "
    "house how impact information introduction its job just keep know large last late later law leader less let "
    "life light long look love low make making market may maybe me medicine meet methods might money month more "
    "much museum music must my name network never new next night no nobody not now of off often old once only "
    "open or other others our out over own park part peace people perhaps place plan police power president price "
    "project quality quite rather read really red research return review said say school security see service set "
    "several she should sleep small software something start steps story student students summary sure system "
    "take technology tell than that their then thing those three time times today too toward training travel trip "
    "two until use used usually value visit want war was water way we week well what whatever where white whose "
    "why will with work world would wrong year you young"
)
"""Words of text and of titles alike: a capital says nothing."""
_SMALL_ENDINGS = (
    "ing", "tion", "tions", "sion", "ment", "ments", "ness", "ity", "ive", "ous", "ful", "less", "able", "ible", "ly",
    "ed", "ied", "ences", "ize", "ise", "ism", "ant", "ent", "ages", "ists", "ist", "ical", "ory",
)  # fmt: skip
_SHORTEST_WITH_ENDING = 7
_CACHED_CHARACTERS = 100
"""Longest pair of words whose decision is remembered: texts repeat short ones, and long ones would fill the memory."""
_BEFORE_NAMES = re.compile(r"(?:mr|mrs|ms|messrs|dr|prof|gen|maj|col|lt|sen|reps?|st|[a-z]\.[a-z])\Z")
_NOT_BEFORE_NAMES = frozenset({"a.m", "p.m"})


def ifeval_sentences(text: str) -> list[str]:
    """The sentences of a text, as IFEval's reference counts them."""
    return [text[start:end] for start, end in _realigned(text, list(_spans(text))) if start < end]


def _spans(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for end, following, context in _candidates(text):
        if _breaks(context) if len(context) <= _CACHED_CHARACTERS else _breaks.__wrapped__(context):
            yield start, end
            start = following
    yield start, len(text.rstrip())


def _candidates(text: str) -> Iterator[tuple[int, int, str]]:
    """Per word with a mark: where its last mark ends, where a next sentence would start, and the two words around."""
    pending: tuple[int, int, int, str] | None = None
    word_start = 0
    for mark in _CANDIDATE.finditer(text):
        last_space = _last_space(text, pending[0] if pending else 0, mark.start())
        begins_word = last_space > (pending[0] if pending else 0)
        if begins_word:
            if pending is not None:
                yield pending[1], pending[2], pending[3]
            word_start = last_space + 1
        after = mark[1] if mark[1] is not None else text[mark.end() : mark.end(2)]
        following = mark.end() if mark[1] is not None else mark.start(2)
        pending = mark.start(), mark.end(), following, text[word_start : mark.end()] + after
    if pending is not None:
        yield pending[1], pending[2], pending[3]


def _last_space(text: str, start: int, end: int) -> int:
    return max(text.rfind(space, start, end) for space in _SPACE)


@lru_cache(maxsize=4096)
def _breaks(context: str) -> bool:
    """Whether some word of the context, but its last, ends a sentence."""
    tokens = [token for line in context.split("\n") for token in _TOKEN.findall(line)]
    return any(_ends_sentence(token, tokens[place + 1]) for place, token in enumerate(tokens[:-1]))


def _ends_sentence(token: str, following: str) -> bool:
    if not token.endswith("."):
        return token in {"?", "!"}
    word, next_word = token[:-1].lower(), _without_period(following)
    starts = _starts_sentence(following, next_word)
    initial = len(token) == len("A.") and token[0].isalpha()
    known = word in _ABBREVIATIONS or word.rsplit("-", 1)[-1] in _ABBREVIATIONS
    if (known or token.endswith("..")) and not initial:
        return _opens_after_abbreviation(word, following, next_word, starts=starts)
    if _NUMBER.fullmatch(token):
        return starts is not False and next_word not in _COLLOCATED_WITH_NUMBER
    name_follows = starts is None and following[0].isupper() and not _seen_small(next_word)
    return not (initial and (known or starts is False or name_follows))


def _opens_after_abbreviation(word: str, following: str, next_word: str, *, starts: bool | None) -> bool:
    by_ending = starts and next_word not in _OPENS
    if by_ending and word not in _NOT_BEFORE_NAMES and _BEFORE_NAMES.match(word):
        return False  # "Mr. Browning": the ending of a name says nothing
    return starts is True or (following[0].isupper() and next_word in _STARTERS)


def _without_period(token: str) -> str:
    """The token's type, without the period where it would end a sentence itself."""
    word = token.lower()
    return word[:-1] if len(word) > 1 and word.endswith(".") and word[:-1] not in _ABBREVIATIONS else word


def _starts_sentence(token: str, word: str) -> bool | None:
    """Whether the way a word is spelled says that it opens a sentence; None = it does not say."""
    if token in {";", ":", ",", ".", "!", "?"} or token[0].islower():
        return False
    if token[0].isupper() and (word in _OPENS or _has_small_ending(word)):
        return True
    return None


def _seen_small(word: str) -> bool:
    return word in _STARTERS or word in _SEEN_SMALL or word in _OPENS or _has_small_ending(word)


def _has_small_ending(word: str) -> bool:
    return len(word) >= _SHORTEST_WITH_ENDING and word.isalpha() and word.endswith(_SMALL_ENDINGS)


def _realigned(text: str, spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Closing quotes and brackets that begin a sentence are moved to the one before."""
    moved = 0
    for place, (start, stop) in enumerate(spans):
        first, end = start + moved, stop
        moved = 0
        if place + 1 < len(spans):
            next_start, next_end = spans[place + 1]
            closing = _REALIGNED.match(text, next_start, max(next_start, next_end))
            if closing is not None:
                moved = closing.end() - next_start
                end = next_start + len(closing[0].rstrip())
        yield first, end
