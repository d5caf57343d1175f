"""A mistake in a rule file is told with its line, however its keys are written."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shequ.errors import InvalidRules
from shequ.rules import read_rule_set
from shequ.rules.reading.lines import key_lines

ODD = '''# "x" = [ not here
name = "x"  # 名称
text = """
[parameters."a.b"]
name = "not here either" """
lit = \'\'\'
[[no]]
x = 1\'\'\'
"quoted.key"."和".bare = { a = 1, "b c" = [1, [2, "]"], { d = 2026-01-01 }], 'e' = '#' }

[ a . "b.c" ]   # a comment
x.y = [
  1,  # one
  { z = "\\"" },
]
[[t]]
u = 1
[[t.v]]
w = 1
[[t.v]]
w = 2
[[t]]
[[t.v]]
w = 3
'''


def test_keys_are_found_in_tables_arrays_strings_and_comments() -> None:
    lines = key_lines(ODD)
    wanted = {
        ("name",): 2,
        ("text",): 3,
        ("lit",): 6,
        ("quoted.key", "和", "bare"): 9,
        ("quoted.key", "和", "bare", "b c", 2, "d"): 9,
        ("quoted.key", "和", "bare", "e"): 9,
        ("a", "b.c"): 11,
        ("a", "b.c", "x", "y"): 12,
        ("a", "b.c", "x", "y", 1): 14,
        ("a", "b.c", "x", "y", 1, "z"): 14,
        ("t", 0, "v", 1, "w"): 21,
        ("t", 1): 22,
        ("t", 1, "v", 0, "w"): 24,
    }
    assert wanted == {path: lines.get(path) for path in wanted}


def paths(value: object, path: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    """Every key and place of an array in what was read."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return {path} - {()} | {found for key, child in pairs for found in paths(child, (*path, key))}


def test_nothing_is_found_but_what_is_there() -> None:
    assert paths(tomllib.loads(ODD)) == set(key_lines(ODD))


KEYS = st.sampled_from(["a", "b", '"a.b"', "'c d'", '"\\u548c"', "和x-1".replace("和", "h")])
LEAVES = st.sampled_from(
    ["1", "2.5", "true", "2026-01-01", '"x"', "'#'", '"""\n[a]\n"""', "[1, 2]", "[\n  1,\n]", "{ k = 1 }"]
)


@given(
    st.lists(
        st.tuples(st.lists(KEYS, min_size=1, max_size=3), LEAVES, st.sampled_from(["", "  # x = 1", "\n"])), max_size=8
    )
)
def test_whatever_can_be_read_has_lines_and_they_never_go_back(entries: list[tuple[list[str], str, str]]) -> None:
    text = "".join(f"{'.'.join(keys)} = {leaf}{end}\n" for keys, leaf, end in entries)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return  # a key twice
    lines = key_lines(text)
    assert paths(document) == set(lines)
    rows = text.split("\n")
    for path, line in lines.items():
        if isinstance(path[-1], str) and path[-1] not in ("c d", "和"):
            assert path[-1] in rows[line - 1]


@given(st.text(st.sampled_from("[]{}\"'=.#\n ab1,"), max_size=40))
def test_no_text_hangs_or_breaks_the_reading(text: str) -> None:
    error = None
    try:
        read_rule_set("x.toml", text)
    except InvalidRules as found:
        error = found
    assert error is not None, "there is no name in it"
    assert error.line is not None
    assert 1 <= error.line <= text.count("\n") + 1


VALUE = 'comparator = "<=", value = 1, citation = "c"'
METRICS = ("network.outlets", "staff.needed")


@pytest.mark.parametrize(
    ("text", "line", "says", "hint"),
    [
        ('name = "x"\nparameters.a.values = [\n  {' + VALUE + "},\n  {vlaue = 1}]\n", 4, "vlaue", "value"),
        ('name = "x"\n[parameters]\n"a.b" = { lable = "甲" }\n', 3, "lable", "label"),
        ("name = 'x'\n\n[parameters.'a.b']\nunit = 3\n", 4, "unit 应为加引号的文字", 'unit = "…"'),
        ('name = "x"\n[parameters.a]\n# unit = 3\nlabel = "unit = 3"\nunit = 3\n', 5, "unit", ""),
        ('name = "x"\n[rules.a]\nmetric = "network.outlet"\nparameter = "p"\n', 3, "network.outlet", "network.outlets"),
        ('name = "x"\n[rules.a]\nmetric = "zzz"\nparameter = "p"\n', 3, "zzz", "shequ metrics --list"),
        (
            'name = "x"\n[rules.a]\nmetric = "network.outlets"\nparameter = "p"\nclosing = "staff.need"\n',
            5,
            "staff.need",
            "staff.needed",
        ),
        ('name = "x"\n[rules.a]\nmetric = "network.outlets"\nparameter = "p"\nuses = ["q"]\n', 5, "uses", "删去"),
        ('name = "x"\n[rules.a]\nseverity = "eror"\n', 3, "eror", "是否应为 error"),
        ('name = "x"\n[rules.a]\ngroup = "casework "\n', 3, "casework", "casework"),
        ('name = "x"\n[parameters.a]\nvalues = [{comparator = "=>", value = 1, citation = "c"}]\n', 3, "=>", ">="),
        ('name = "x"\n[parameters.a]\nvalues = [{' + VALUE + ', division = "云溪"}]\n', 3, "不是区划代码", "12 位"),
        ('name = "x"\n[parameters.a]\nvalues = [{' + VALUE + ', division = "9999"}]\n', 3, "不是区划代码", "12 位"),
        ('name = "x"\n[parameters.a]\n[[parameters.a.values]]\nsince = 2026-02-30\n', 4, "Invalid date", "更正"),
        ('name = "x"\n[parameters.a]\n[[parameters.a.values]]\nsince = 2026-1-5\n', 4, "语法", "更正"),
        ('name = "x"\n[rules.a]\n[rules.b]\n[rules.a]\n', 4, "同一名称写了两次", "删去"),
        ('name = "x"\nname = "y"\n', 2, "同一名称写了两次", "删去"),
        ('name = "x"\n[parameters.a]\nvalues = 3\n', 3, "表的数组", ""),
        ('name = "x"\n[parameters.a]\nvalues = [{' + VALUE + "}]\nunknown = [{note = '全部'}]\n", 4, "重叠", "until"),
        ('name = "x"\n[rules.a]\nmetric = "network.outlets"\n', 2, "缺少 parameter", ""),
        ('name = "x"\nversion = true\n', 2, "version", "version ="),
        ('name = " "\n', 1, "缺少规则集名称", "name ="),
        ("x = " + "9" * 5000 + "\n", 1, "语法", "更正"),
        ("a = 1\nx = " + "[" * 5000 + "\n", 2, "嵌套", "括号"),
        ('\nname = "national"\n', 2, "已被 插件 p 使用", "另起"),
        ('name = "x"\n[steps.a]\ntype = "projct"\n', 3, "projct", "project"),
        ('name = "x"\n[steps.a]\ntype = "project"\nevents = [\n "approve",\n "aprove",\n]\n', 6, "aprove", "approve"),
        (
            'name = "x"\n[steps.a]\ntype = "project"\nreason = true\ncompare = [\n { field = "budget" },\n]\n',
            6,
            "需要 field 和 parameter",
            "",
        ),
        ('name = "x"\n[steps.a]\ntype = "project"\nreason = true\nwhen = { kind = "zzz" }\n', 5, "zzz", "可用"),
    ],
)
def test_a_mistake_is_told_with_file_line_and_what_is_meant(text: str, line: int, says: str, hint: str) -> None:
    with pytest.raises(InvalidRules) as caught:
        read_rule_set("r.toml", text, metrics=METRICS, taken={"national": "插件 p"})
    assert ("r.toml", line) == (caught.value.source, caught.value.line), caught.value.reason
    assert says in caught.value.reason
    assert hint in caught.value.remedy
    assert caught.value.remedy
