"""Cases of structure, data formats, code and language."""

from canary.domain.canonical import Json
from tests.checks.case import Case, fails, forgiven, passes

TABLE = "| Name | Age |\n|---|:-:|\n| Ann | 3 |\n| Bob | 4 |"

STRUCTURE: list[Case] = [
    *passes(
        "bullets", {"exactly": 2}, "- a\n* b", "+ a\n  • b\ntext", "Intro:\n- a\n- b\n***\n-- no\n-no\n*no*"
    ),
    *fails("bullets", {"exactly": 2}, "- a\n- b\n- c\n- d\n- e", "a\nb"),
    *forgiven("bullets", {"exactly": 1}, "- a\n- b"),
    *passes("numbered_list", {"exactly": 2}, "1. a\n2. b", "1) a\n  2) b\ntext 3. no"),
    *fails("numbered_list", {"exactly": 2}, "1. a\n3. b\n4. c\n9. d", "2. a\n3. b", found="numbered"),
    *fails("numbered_list", {"exactly": 2}, "1. a", "1. a\n2. b\n3. c\n4. d\n5. e", "1.a\n2.b"),
    *passes("numbered_list", {"exactly": 2, "sequential": False}, "1. a\n1. b"),
    *passes(
        "sections",
        {"marker": "SECTION", "exactly": 2},
        "SECTION 1\na\n## SECTION 2\nb",
        "**SECTION A**\nSECTION",
    ),
    *fails("sections", {"marker": "SECTION", "exactly": 2}, "Section 1\nSECTION 2", "a SECTION\nSECTION"),
    *passes("headings", {"exactly": 2}, "# A\ntext\n### B", "# A\n#B\n## C"),
    *fails("headings", {"exactly": 2}, "# A", "####### A\n# B", "    # A\n# B"),
    *passes("headings", {"exactly": 1, "level": 2}, "# A\n## B\n### C"),
    *fails("headings", {"exactly": 1, "level": 2}, "# A"),
    *passes("highlights", {"exactly": 2}, "*a* and **b c**", "***a*** *b*"),
    *fails("highlights", {"exactly": 2}, "*a*", "* a * and *b*", "**** *a*", "*a\nb* *c*"),
    *passes("placeholders", {"exactly": 2}, "[name] and [your address]"),
    *fails("placeholders", {"exactly": 2}, "[name] and [a link](x)", "[] [a]", "[a\nb] [c]"),
    *passes("title", None, "x <<Tide>> y"),
    *fails("title", None, "<<>>", "<Tide>", "<<\n>>", "<< >>"),
    *passes("postscript", None, "Text.\n\nP.S. More", "Text.\n\n**P.S.** More", "P.S. x"),
    *fails("postscript", None, "P.S. first.\n\nText.\n\nEnd.", "Text P.S.", "PS: x"),
    *passes("postscript", "PS:", "a\n\nPS: x"),
    *passes("two_responses", None, "a ****** b"),
    *fails("two_responses", None, "a ****** a", "a b"),
    *passes("parts", {"separator": "***", "exactly": 2}, "a *** b", "*** a *** b"),
    *fails("parts", {"separator": "***", "exactly": 2}, "a", "a***b***c", "a***a", "a******b"),
    *passes("parts", {"separator": "--", "exactly": 2, "distinct": False}, "a--a"),
    *passes("fenced_block", None, "x\n```\na\n```\ny", "~~~py\na\n~~~"),
    *fails(
        "fenced_block", None, "none", "```\na\n```\nx\n```\nb\n```\nx\n```\nc\n```", "```\nnot closed", "`a`"
    ),
    *passes("fenced_block", {"language": "python", "exactly": 2}, "```python\na\n```\n```Python\nb\n```"),
    *fails("fenced_block", {"language": "python"}, "```\na\n```", "```js\na\n```", found="a block marked"),
    *passes("table", {"exactly": 2}, TABLE, f"Before\n{TABLE}\nafter", "Name | Age\n-|-\nAnn | 3\nBob | 4"),
    *passes("table", {"columns": ["name", "Age"], "at_least": 1}, TABLE, TABLE.replace("Name", "**Name**")),
    *fails("table", {"columns": ["Age", "Name"]}, TABLE),
    *fails("table", {"at_most": 1}, f"{TABLE}\n| Cem | 5 |\n| Dan | 6 |"),
    *fails(
        "table",
        None,
        "| a | b |",
        "no table",
        f"{TABLE}\n\n" * 4,
        TABLE + "\n| x | y | z |\n| x | y |\n| x | y |",
        "|a|b|\n|-|\n|1|2|",
    ),
    *passes(
        "no_markdown", None, "Plain text.\n1. numbered\n2 * 3 = 6\na_b_c and x - y", "a* b", "snake_case_name"
    ),
    *fails(
        "no_markdown",
        None,
        "# A",
        "- a",
        "```\na\n```",
        "> q",
        "---",
        "**b**",
        "__b__",
        "an *i* b",
        "`c`",
        "[a](b)",
    ),
    *fails("no_markdown", None, TABLE.replace("|---|:-:|", "|:-|-:|"), "fine\n* x", "* * *"),
    *passes("no_fence", None, "a `code` b", "``x``"),
    *fails("no_fence", None, "a\n```\nb\n```", "  ~~~"),
    *passes("distinct_lines", None, "a\nb\n\nab"),
    *fails("distinct_lines", None, "a\nb\nx\nB\nc"),
    *passes("sorted_lines", None, "apple\nBanana\ncherry", "a\na\nb", "one"),
    *fails("sorted_lines", None, "c\nd\nb\nc\na", found="out of order “b”"),
    *passes("sorted_lines", {"descending": True}, "c\nB\na"),
    *fails("sorted_lines", {"descending": True}, "x\na\nd\nb\nc\na", found="out of order “"),
    *passes("sorted_lines", {"ignore_case": False}, "B\na"),
    *fails("sorted_lines", {"ignore_case": False}, "x\na\nB\ny"),
]

SCHEMA: Json = {
    "type": "object",
    "required": ["name", "tags"],
    "properties": {"name": {"type": "string"}, "tags": {"type": "array", "uniqueItems": True}},
    "additionalProperties": False,
}

DATA: list[Case] = [
    *passes("json", None, "{}", ' [1, 2.5, null, true, "a"]\n', '"text"', "7"),
    *fails("json", None, "no", "{'a': 1}", '{"a": 1', "{}{}", "NaN", "[Infinity]", found="no JSON"),
    *fails("json", None, '{"a": 1, "a": 2}', "[" * 100_000, "9" * 10_000),
    *forgiven(
        "json", None, "```json\n{}\n```", "Here you are:\n{}", "Sure!\n```\n[1]\n```\nBye.", "{}\nBye."
    ),
    *passes("json", {"schema": SCHEMA}, '{"name": "a", "tags": [1, true, {"x": 1}, {"x": 2}]}'),
    *fails(
        "json",
        {"schema": SCHEMA},
        '{"name": 1, "tags": []}',
        '{"name": "a"}',
        '{"name": "a", "tags": [], "x": 1}',
    ),
    *fails("json", {"schema": SCHEMA}, '{"name": "a", "tags": [1, 1.0]}', '{"name": "a", "tags": [{}, {}]}'),
    *passes("json_equals", {"a": [1, 2]}, '{"a": [1, 2.0]}'),
    *fails("json_equals", {"a": [1, 2]}, '{"a": [2, 1]}', '{"a": [1, 2], "b": 0}', '{"a": [true, 2]}', "a"),
    *passes("json_equals", {"value": None}, "null"),
    *passes("json_equals", True, "true"),
    *fails("json_equals", True, "1", "false"),
    *forgiven("json_equals", {"a": 1}, '```json\n{"a": 1}\n```'),
    *passes("json_keys", ["a", "b"], '{"b": 1, "a": {"c": 2}}'),
    *fails("json_keys", ["a", "b"], '{"a": 1}', '{"a": 1, "b": 2, "c": 3}', "[1]", "x", "{}"),
    *passes("json_keys", {"keys": ["a", "b"], "ordered": True}, '{"a": 1, "b": 1}'),
    *fails("json_keys", {"keys": ["a", "b"], "ordered": True}, '{"b": 1, "a": 1}'),
    *passes("json_value", {"path": "items.1.n", "equals": "x"}, '{"items": [{}, {"n": "x"}]}'),
    *fails(
        "json_value",
        {"path": "items.1.n", "equals": "x"},
        '{"items": [{"n": "x"}]}',
        '{"items": 1}',
        "x",
        '{"items": {"1": 2}}',
    ),
    *passes(
        "json_value",
        {"path": "a", "equals": 1.5, "tolerance": 0.1},
        '{"a": 1.45}',
        '{"a": 1.5}',
        '{"a": 1.6}',
    ),
    *fails(
        "json_value",
        {"path": "a", "equals": 1.5, "tolerance": 0.1},
        '{"a": 1.7}',
        '{"a": true}',
        '{"a": "1.5"}',
    ),
    *passes("json_value", {"path": "a", "equals": True}, '{"a": true}'),
    *fails("json_value", {"path": "a", "equals": True}, '{"a": 1}', '{"a": false}'),
    *passes("json_value", {"path": "a", "equals": 10**16}, '{"a": 10000000000000000}'),
    *fails("json_value", {"path": "a", "equals": 10**16, "tolerance": 0.5}, '{"a": 10000000000000001}'),
    *passes("csv", {"exactly": 2}, "a,b\nc,d", '"a, b",c\n"d ""e""",f\n'),
    *fails("csv", None, "a\nb", "a,b\nc\nd,e", "a,b\nc,d\n\ne,f\ng,h", 'a,b\nc,"d\nx\ne,f', 'a,"b"x'),
    *passes("csv", {"columns": ["x", "y"], "exactly": 1}, "x, y\n1,2"),
    *fails("csv", {"columns": ["x", "y"], "exactly": 1}, "y,x\n1,2", "x,y", "1,2", "x,y\n1,2\n3,4\n5,6"),
    *passes("csv", {"columns": ["x"], "delimiter": ";", "at_least": 1}, "x\n1,2"),
    *passes("csv", {"delimiter": ";"}, "a;b\n1;2"),
    *forgiven("csv", None, "```csv\na,b\n1,2\n```", "Here:\na,b\n1,2"),
    *passes("exact", "42", "42", "  42\n"),
    *fails("exact", "42", "41", "4 2", "it is 42"),
    *forgiven(
        "exact", "42", "**42**", "42.", "```\n42\n```", "The answer is 42.", "Sure:\n42", "`42`", "Answer: 42"
    ),
    *passes("exact", {"text": "Yes", "ignore_case": True}, "YES"),
    *fails("exact", "Yes", "YES"),
    *passes("exact", "é", "e\u0301"),
    *passes("exact_lines", ["a", " b"], "a\n b", "\na  \n b\n"),
    *fails("exact_lines", ["a", " b"], "a\nb", "a\n b\nc\nd\ne", "a", "a\n\n b", "b\n a"),
    *forgiven("exact_lines", ["a", "b"], "```\na\nb\n```", "a\nb\nDone."),
    *passes("has_line", "b", "a\n  b \nc", "b"),
    *fails("has_line", "b", "ab\nbb"),
    *passes("has_line", {"line": "b", "at": "first"}, "\nb\nc"),
    *fails("has_line", {"line": "b", "at": "first"}, "a\na\nb"),
    *passes("has_line", {"line": "b", "at": "last"}, "a\nb\n"),
    *fails("has_line", {"line": "b", "at": "last"}, "b\na\na"),
]

BLOCK = "<<<<<<< SEARCH\nb\n=======\nB\n>>>>>>> REPLACE"
EDIT: Json = {"original": "a\nb\nc\n", "result": "a\nB\nc\n"}
DIFF = "--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c"

CODE: list[Case] = [
    *passes("code_only", {"language": "python"}, "def f():\n    return 1", "print(1)\n", "x = '\\d'"),
    *fails(
        "code_only",
        {"language": "python"},
        "Here it is",
        "hello",
        "42",
        "x = ",
        "(" * 5000,
        "```\nx = 1\n```\ny\n```\nx = 2\n```\ny\n```\nx = 3\n```",
        "a" * 60_000,
    ),
    *forgiven("code_only", {"language": "python"}, "```python\nx = 1\n```", "Here it is:\nx = 1"),
    *passes(
        "code_only", {"language": "python", "fenced": True}, "```python\nx = 1\n```", " ```\nx = 1\n```\n"
    ),
    *fails(
        "code_only",
        {"language": "python", "fenced": True},
        "x = 1",
        "```\nx = 1\n```\nDone.\nDone.",
        "```\nx\n```\nx\n```",
    ),
    *passes("code_only", {"language": "json"}, '{"a": 1}'),
    *fails("code_only", {"language": "json"}, "{a: 1}"),
    *passes(
        "code_only", None, "SELECT a FROM b", "x <- 1\n# a comment that says something.", "for x in y:\n  go"
    ),
    *fails(
        "code_only",
        None,
        "x = 1\nThis line sets the value.\nAnd this one too it does.\ny = 2",
        "```\nx\n```\n```\ny\n```",
    ),
    *passes(
        "python_defines",
        ["f", "C", "X", "g"],
        "def f(): pass\nclass C: pass\nX = 1\nasync def g(): pass",
        "X: int = 1\nf = g = C = 0",
    ),
    *fails(
        "python_defines",
        ["f"],
        "f()",
        "def g():\n    x = 1\n    def f(): pass\n    return f",
        "def f(:",
        "o.f = 1",
    ),
    *forgiven("python_defines", ["f"], "```python\ndef f(): pass\n```"),
    *forgiven("code_only", None, "```\nx = 1\ny = 2\nz = 3", "Here are four words."),
    *fails("code_only", {"fenced": True}, "```\nx = 1\n```\ny\nz"),
    *passes("output", "1\n2", "1\n2", "\n1  \n2\n"),
    *fails("output", "1\n2", "1\n2\n3\n4\n5", "1", "12", "1\n\n2", "1\n 2\n3"),
    *fails("output", "1\n2\n3", "1\n5\n3", found="line 2: “5”"),
    *forgiven("output", "1\n2", "1\n2\n3", " 1\n2", "```\n1\n2\n```", "The output is:\n1\n2"),
    *passes(
        "edit_blocks", EDIT, BLOCK, f"\n{BLOCK}\n", "<<<<<<< SEARCH\na\nb\n=======\na\nB\n>>>>>>> REPLACE"
    ),
    *passes(
        "edit_blocks",
        {"original": "a\nb", "result": "A\nB"},
        f"{BLOCK}\n\n{BLOCK.replace('b', 'a').replace('B', 'A')}",
    ),
    *fails(
        "edit_blocks",
        EDIT,
        BLOCK.replace("B", "X"),
        BLOCK.replace("b", "x"),
        "a\nB\nc",
        BLOCK.replace(">>>>>>> REPLACE", ""),
    ),
    *fails("edit_blocks", EDIT, BLOCK.replace("=======\n", ""), f"x {BLOCK}", BLOCK.replace("b\n=", "="), ""),
    *fails("edit_blocks", {"original": "b\nb\n", "result": "B\nb\n"}, BLOCK),
    *fails(
        "edit_blocks", {"original": "ab\nc", "result": "aB\nc"}, BLOCK, found="SEARCH text 1 occurs 0 times"
    ),
    *fails("edit_blocks", {"original": "  b", "result": "  B"}, BLOCK, found="SEARCH text 1 occurs 0 times"),
    *passes("edit_blocks", {"original": "ab\nb\nb c\n", "result": "ab\nB\nb c"}, BLOCK),
    *forgiven("edit_blocks", EDIT, f"```\n{BLOCK}\n```", f"Here is the edit:\n{BLOCK}"),
    *passes(
        "unified_diff",
        EDIT,
        DIFF,
        DIFF[DIFF.index("@@") :],
        "@@ -2 +2 @@\n-b\n+B",
        "@@ -1,3 +1,3 @@ f\n a\n-b\n+B\n c\n\\ No newline",
    ),
    *fails(
        "unified_diff",
        EDIT,
        "a\nB\nc",
        DIFF.replace("-b", "-x"),
        DIFF.replace("+B", "+X"),
        "@@ -9,1 +9,1 @@\n-b\n+B",
    ),
    *fails(
        "unified_diff",
        EDIT,
        f"Fixed:\nHere\n{DIFF}",
        f"{DIFF}\nDone.\nDone",
        "--- a\n+++ b",
        DIFF.replace("@@ -1,3", "@@ -2,3"),
    ),
    *passes(
        "unified_diff",
        {"original": "a\nb\nc\nd", "result": "x\na\nb\nc\nD"},
        "@@ -0,0 +1 @@\n+x\n@@ -4 +5 @@\n-d\n+D",
    ),
    *passes("unified_diff", {"original": "a\n\nb", "result": "a\n\nB"}, "@@ -1,3 +1,3 @@\n a\n\n-b\n+B"),
    *forgiven("unified_diff", EDIT, f"```diff\n{DIFF}\n```"),
    *passes(
        "unified_diff",
        {"original": "a\nc\n", "result": "a\nb\nc\n"},
        "@@ -1,0 +2,1 @@\n+b",
        "@@ -1,2 +1,3 @@\n a\n+b\n c",
    ),
    *passes(
        "unified_diff",
        {"original": "a\nb\nc\nd\ne", "result": "A\nb\nc\nd\nE"},
        "@@ -1 +1 @@\n-a\n+A\n@@ -5 +5 @@\n-e\n+E",
    ),
    *forgiven(
        "unified_diff",
        {"original": "a\nb\n", "result": "a\n"},
        "@@ -2 +2 @@\n-b\n-c",
        found="does not fit at line 3",
    ),
    *fails(
        "unified_diff", {"original": "a\nb\n", "result": "a\n"}, "@@ -2 +2 @@\nb", found="no line of a diff"
    ),
]

GERMAN = "Die Flut kommt zweimal am Tag und zieht sich dann wieder zurück."

LANGUAGE: list[Case] = [
    *passes("language", "de", GERMAN, GERMAN.upper()),
    *fails("language", "de", "The tide comes in twice a day and then goes out again.", "12345", "Rotterdam"),
    *forgiven("language", "de", f"Sure, here is the translation that you asked for:\n{GERMAN}"),
    *passes("language", "en", "The tide comes in twice a day, and then it goes out again."),
    *passes("language", "fr", "La marée monte deux fois par jour et elle se retire ensuite dans la mer."),
    *passes("language", "es", "La marea sube dos veces al día y después se retira hacia el mar."),
    *passes("language", "pt", "A maré sobe duas vezes por dia e depois não se vê mais a praia."),
    *passes("language", "it", "La marea sale due volte al giorno e poi si ritira di nuovo nel mare."),
    *passes("language", "nl", "Het water komt twee keer per dag op en gaat dan weer naar zee."),
    *passes("language", "sv", "Vattnet stiger två gånger om dagen och sjunker sedan igen till havet."),
    *passes(
        "language", "fi", "Vesi nousee kaksi kertaa päivässä ja laskee sitten taas, mutta se on hidasta."
    ),
    *passes(
        "language", "pl", "Woda podnosi się dwa razy dziennie, a potem znowu opada do morza, bo tak jest."
    ),
    *passes("language", "vi", "Thủy triều lên hai lần mỗi ngày và sau đó rút xuống biển."),
    *passes("language", "id", "Air laut naik dua kali sehari dan kemudian surut kembali ke laut yang luas."),
    *passes("language", "tr", "Deniz günde iki kez yükselir ve sonra yine çekilir, bu çok güzel bir şey."),
    *passes("language", "ru", "Прилив приходит два раза в день, а потом вода снова уходит."),
    *passes("language", "uk", "Приплив приходить двічі на день, а потім вода знову відходить, і це є добре."),
    *passes("language", "bg", "Приливът идва два пъти на ден, а след това водата се отдръпва."),
    *passes("language", "zh", "潮水每天涨两次，然后又退回大海。"),
    *passes("language", "ja", "潮は一日に二回満ちて、それからまた引きます。"),
    *passes("language", "ko", "조수는 하루에 두 번 들어왔다가 다시 나갑니다."),
    *passes("language", "ar", "يأتي المد مرتين في اليوم ثم يعود إلى البحر."),
    *passes("language", "fa", "جزر و مد دو بار در روز می‌آید و سپس به دریا باز می‌گردد."),
    *passes("language", "ur", "جوار دن میں دو بار آتا ہے اور پھر سمندر میں واپس چلا جاتا ہے۔"),
    *passes("language", "hi", "ज्वार दिन में दो बार आता है और फिर समुद्र में लौट जाता है।"),
    *passes("language", "mr", "भरती दिवसातून दोनदा येते आणि नंतर समुद्रात परत जाते, हे सुंदर आहे."),
    *passes("language", "ne", "ज्वारभाटा दिनको दुई पटक आउँछ र त्यसपछि समुद्रमा फर्कन्छ, यो राम्रो छ।"),
    *passes("language", "th", "น้ำขึ้นวันละสองครั้งแล้วก็ลง"),
    *passes("script", ["latin"], "plain words 123", "naïve café"),
    *fails("script", ["latin"], "plain слово", "123", "pläin 字"),
    *passes("script", ["han", "latin"], "字 word"),
    *passes("no_wrong_script", None, "plain", "über naïve", "π r² and Δ"),
    *fails("no_wrong_script", None, "plain слово", "ok แต่", "the αβγ", "a字b"),
    *passes("no_wrong_script", {"allow": ["thai"]}, "ok แต่"),
    *fails("no_wrong_script", {"allow": ["thai"]}, "ok แต่ слово"),
    *passes("no_wrong_script", None, "слово за слово", asked=("Translate: слово",)),
]
