"""How English a short text in Latin letters looks, by pairs of letters.

A name or a single word holds no frequent word to tell a language by, yet published IFEval figures judge such answers by
a statistical detector. These weights were fitted once to the verdicts of that detector (langdetect, seeded) on 17,000
phrases cut from English answers: on short phrases kept aside they agree with it on about 86 of 100, from eight words on
98. They say how usual a pair is in English against other languages, and nothing about meaning.

A row is the first letter of a pair, a column the second, in the order of `_LETTERS`, where a space is the edge of a word.
`A` to `I` stand for 1 to 9, `a` to `i` for -1 to -9, `.` for 0.
"""

import re

_LETTERS = " abcdefghijklmnopqrstuvwxyz"
_WEIGHTS = {sign: place - 9 for place, sign in enumerate("ihgfedcba.ABCDEFGHI")}
_WORD = re.compile("[a-z]+")

_PAIRS = """
.CBBdaBaACcc..AC..AAEacF.Ba
abABa.B.b.ea..a..aAACcd.aAa
Aaa.A....ea..aAB...abB.A.C.
CAac.A..A..BA.bAAABAF......
Cc.Acb.Ba.a..Aa..A.b.AAC.b.
.FbBDaAacbAcc.cbAa..beBCABb
FA...BB..A..A..C..Ba.a...a.
A.A.A.acFb...abac.AAb..a..a
CBA..EabCC..a.aDA.BcEB.A...
e..Bbaa..a.caaBD.dABBbABAad
ac...a..ac.....B.....d.....
.e..Ab..aa..d.Dc..aaba.A.c.
..c.BaB.a..b.ab...babaaa.G.
b.C..aA..b..Aa.BA..AbA....A
Aa.CBa.Bd.ba.DbAb...BBaAAaa
AbaAabHaBa.baBaAA.A.AC.D..a
aa.AA.a.Db..Ca..a..AAA.a.a.
.....a...............d.....
..aBB.CAb..AbBA.B.BA.cAA.D.
Bebba..aE.Aba..A..A.A..C...
abAAAa..I.....BAa.a.ac.B.E.
caAA.baA.bbc.caAA.aBa.b.aba
.a...A......a..a..a..A...c.
BAa..a.AIC.ab.G...GA.....a.
.B.A.b...a..aAa.A..aC......
DbABbB...B..Ba.aA.aAaaBB...
.b......ba.....c.....a....b
"""
_PAIRS_START = -12

_EDGES = """
.BaIdaAa.HDf.A.AagC.FDfBcFc
.AaaB..eAAAABCe..Ba.B..afb.
..aB.B.........b..bbbb...d.
.CA..B..da.C...A....C......
....aA...a....aa...cBA...b.
.A..A.a..A.BCAbaB..aC..AbbA
.A....A............AB....b.
.....B.......AaA...c.....b.
.C...A........cA....B....b.
.A.AABAd.A..ABca....A...B..
.A.......a.A...............
.A...B.............a.A...B.
.A..ABb..a.CCBaAB..aBa...b.
.B...C......AA..b.Aa.....c.
.A...a.e.a.B..bA...cB....b.
.....B.aA..CaDcBA.acBd.bb..
.....a..A......Ba...C....a.
...........................
.Aa.CBAb.aaD.Caab..aB....a.
.A...A...b.B..eba..bB....a.
.A.A.B..bb......B..c..A..b.
.a..dA.....BDDb.A.aiB...A..
.....A.........a...........
.A...C.....a..a....a.......
....................B...a..
.C...B........A....b......b
.....B.........a.....a...A.
"""
"""For words in capitals: the row of the space is the first letter of a word, any other row its last two letters. Inside
such a word the detector sees nothing."""
_EDGES_START = -10


def _table(rows: str) -> dict[str, int]:
    lines = rows.split()
    return {
        first + second: _WEIGHTS[sign]
        for first, line in zip(_LETTERS, lines, strict=True)
        for second, sign in zip(_LETTERS, line, strict=True)
    }


_PAIR_WEIGHTS = _table(_PAIRS)
_EDGE_WEIGHTS = _table(_EDGES)


def looks_english(text: str) -> bool:
    """Whether the letter pairs of a text in Latin letters are more usual in English than elsewhere."""
    words = _WORD.findall(text.lower())
    if text.isupper():
        return _EDGES_START + sum(map(_edges, words)) > 0
    return _PAIRS_START + sum(map(_pairs, words)) > 0


def _pairs(word: str) -> int:
    edged = f" {word} "
    return sum(_PAIR_WEIGHTS[edged[place : place + 2]] for place in range(len(edged) - 1))


def _edges(word: str) -> int:
    return _EDGE_WEIGHTS[" " + word[0]] + (_EDGE_WEIGHTS[word[-2:]] if len(word) > 1 else 0)
