from __future__ import annotations

import io
import tokenize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmlint.analysis import lint
from warmlint.finding import Applicability, Confidence, Finding, Severity
from warmlint.fixes.apply import apply
from warmlint.source import Position, Source, Span
from warmlint.suppression import Suppressions, parse

KNOWN = {
    "LR001": "LR001",
    "zero-first-update": "LR001",
    "LR003": "LR003",
    "uncapped-warmup": "LR003",
    "LR901": "LR901",
    "unused-suppression": "LR901",
}
ACTIVE = ("LR001", "LR003")
ZERO_START = """from torch.optim.lr_scheduler import LambdaLR


def make(optimizer, warmup_steps):
    return LambdaLR(optimizer, lambda step: min(1.0, step / warmup_steps))  {}
"""


def finding(row: int, code: str = "LR001") -> Finding:
    span = Span(Position(row, 1), Position(row, 2))
    return Finding(code, code, "…", "a.py", span, Severity.ERROR, Confidence.HIGH, None)


def read(text: str) -> Suppressions:
    return parse(Source("a.py", text), KNOWN)


def silenced(text: str, code: str = "LR001") -> list[int]:
    """The rows at which a finding of `code` is silenced."""
    rows = range(1, len(Source("a.py", text.rstrip()).lines) + 1)
    kept = read(text).apply([finding(row, code) for row in rows], ACTIVE).kept
    return [row for row in rows if row not in {found.span.row for found in kept}]


def complaints(text: str) -> list[tuple[int, str]]:
    found = read(text)
    assert not found.items, "what is malformed must not silence anything"
    return [(one.span.row, one.message) for one in found.malformed]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        pytest.param("a = 1\nb = 2  # warmlint: ignore[LR001]\nc = 3\n", [2], id="beside"),
        pytest.param("# warmlint: ignore[LR001] why\na = 1\nb = 2\n", [1, 2], id="above"),
        pytest.param(
            "# warmlint: ignore[LR001]\n# more\n\na = 1\nb = 2\n", [1, 2, 3, 4], id="above a comment"
        ),
        pytest.param("a = [\n  1,  # warmlint: ignore[LR001]\n  2,\n]\nb = 2\n", [1, 2, 3, 4], id="within"),
        pytest.param("a = [\n  # warmlint: ignore[LR001]\n  2,\n]\nb = 2\n", [1, 2, 3, 4], id="alone within"),
        pytest.param(
            "a = [\n  1,\n]  # warmlint: ignore[LR001]\nb = 2\n", [1, 2, 3], id="at the end of many"
        ),
        pytest.param("# warmlint: ignore[LR001]\na = [\n  1,\n]\nb = 2\n", [1, 2, 3, 4], id="above many"),
        pytest.param('a = """\n1\n"""  # warmlint: ignore[LR001]\nb = 2\n', [1, 2, 3], id="after a string"),
        pytest.param("a = 1 + \\\n  2  # warmlint: ignore[LR001]\nb = 2\n", [1, 2], id="after a backslash"),
        pytest.param("# warmlint: ignore[LR001]\ndef f(\n  a,\n):\n  b = 1\n", [1, 2, 3, 4], id="header"),
        pytest.param("def f(  # warmlint: ignore[LR001]\n  a,\n):\n  b = 1\n", [1, 2, 3], id="in a header"),
        pytest.param("# warmlint: ignore[LR001]\n@x\n@y\ndef f():\n  a = 1\n", [1, 2, 3, 4], id="decorators"),
        pytest.param("@x\n# warmlint: ignore[LR001]\ndef f():\n  a = 1\n", [2, 3], id="below a decorator"),
        pytest.param("@x  # warmlint: ignore[LR001]\ndef f():\n  a = 1\n", [1], id="beside a decorator"),
        pytest.param("def f():\n  # warmlint: ignore[LR001]\n  a = 1\n  b = 2\n", [2, 3], id="in a body"),
        pytest.param("a = 1\n# warmlint: ignore[LR001]\n", [2], id="above nothing"),
        pytest.param("a = 1\nb = 2  # warmlint: ignore[LR001]", [2], id="no newline at the end"),
        pytest.param("a = 1\r\nb = 2  # warmlint: ignore[LR001]\r\nc = 3\r\n", [2], id="crlf"),
        pytest.param("a = 1\rb = 2  # warmlint: ignore[LR001]\rc = 3\r", [2], id="cr"),
        pytest.param("a = '\x0c'\x0c # warmlint: ignore[LR001]\nb = 2\n", [1], id="form feed ends no line"),
        pytest.param("a = 1  # warmlint: ignore\nb = 2\n", [1], id="all rules"),
        pytest.param("a = 1  # warmlint: ignore because\nb = 2\n", [1], id="all rules, with a reason"),
        pytest.param("a = 1  # warmlint: ignore[LR003, zero-first-update]\nb = 2\n", [1], id="by name"),
        pytest.param("a = 1  # warmlint: ignore[LR003]\nb = 2\n", [], id="another rule"),
        pytest.param("a = 1  #warmlint:ignore[LR001]because\nb = 2\n", [1], id="no spaces"),
        pytest.param("a = 1  # noqa: E501 # warmlint: ignore[LR001] # type: ignore\nb\n", [1], id="company"),
        pytest.param(
            "a = 1  # warmlint: ignore[LR003] x # warmlint: ignore[LR001]\nb\n", [1], id="two in one"
        ),
        pytest.param("a\n\n# warmlint: ignore-file[LR001] why\nb\n", [1, 2, 3, 4], id="file"),
        pytest.param("a\n  # warmlint: ignore-file\nb\n", [1, 2, 3], id="file, with an indent"),
        pytest.param("a = [\n# warmlint: ignore-file\n]\nb\n", [1, 2, 3, 4], id="file, from within"),
        pytest.param("a = '# warmlint: ignore[LR001]'\n", [], id="in a string"),
        pytest.param('"""\n# warmlint: ignore-file[LR001]\n"""\na = 1\n', [], id="in a docstring"),
        pytest.param("# see warmlint: the linter\na = 1\n", [], id="prose"),
        pytest.param("a = 1  # WARMLINT: IGNORE\n", [], id="shouted"),
    ],
)
def test_what_a_comment_covers(text: str, rows: list[int]) -> None:
    assert silenced(text) == rows


def test_a_reason_ends_where_another_comment_begins() -> None:
    text = "a  # warmlint: ignore[LR001] see #12, as in the paper  # noqa: E501\n"
    (item,) = read(text).items
    assert item.reason == "see #12, as in the paper"
    assert Source("a.py", text).slice(item.span) == "# warmlint: ignore[LR001] see #12, as in the paper"


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("# warmlint: ignroe[LR001]", "unknown directive `ignroe`; did you mean `ignore`?"),
        ("# warmlint: disable=LR001", "unknown directive `disable`; there is `ignore[…]`"),
        ("# warmlint:", "no directive follows; there is `ignore[…]`"),
        ("# warmlint: ignore[]", "`ignore[]` names no rule; to silence all rules write `ignore` alone"),
        ("# warmlint: ignore[ , ]", "`ignore[]` names no rule; to silence all rules write `ignore` alone"),
        ("# warmlint: ignore[LR001 why", "`ignore[` has no closing bracket"),
        ("# warmlint: ignore[LR999]", "unknown rule `LR999`; did you mean `LR901`?"),
        ("# warmlint: ignore[lr001]", "unknown rule `lr001`; did you mean `LR001`?"),
        (
            "# warmlint: ignore[uncaped-warmup]",
            "unknown rule `uncaped-warmup`; did you mean `uncapped-warmup`?",
        ),
        ("# warmlint: ignore[E501]", "unknown rule `E501`"),
        (
            "# warmlint: ignore LR001: why",
            "this would silence all rules; for one of them write `ignore[LR001]`",
        ),
        (
            "# warmlint: ignore: LR001",
            "cannot read what follows `ignore`; write `ignore[…]`, then a space and the reason",
        ),
        (
            "# TODO warmlint: ignore[LR001]",
            "a comment to warmlint begins with it: write `# warmlint: ignore[…]`",
        ),
    ],
)
def test_a_malformed_comment_is_told(comment: str, message: str) -> None:
    assert complaints(f"a = 1\nb = 2  {comment}\n") == [(2, message)]


def test_a_file_is_not_silenced_from_beside_a_statement() -> None:
    assert complaints("a = 1  # warmlint: ignore-file[LR001]\n") == [
        (1, "`ignore-file` must stand on a line of its own")
    ]


def test_an_unknown_rule_does_not_void_its_neighbours() -> None:
    text = "a = 1  # warmlint: ignore[LR001, nonsense]\n"
    found = read(text)
    (wrong,) = found.malformed
    assert Source("a.py", text).slice(wrong.span) == "nonsense"
    assert silenced(text) == [1]
    # The comment as a whole must stay for the sake of the other name, whatever was meant by it.
    (unused,) = found.apply([], ACTIVE).unused
    assert Source("a.py", text).slice(unused.span) == "LR001"


@pytest.mark.parametrize(
    ("comment", "unused"),
    [
        ("# warmlint: ignore[LR001] why", []),
        ("# warmlint: ignore why", []),
        ("# warmlint: ignore[LR003] why", ["# warmlint: ignore[LR003] why"]),
        ("# warmlint: ignore[LR001, uncapped-warmup] why", ["uncapped-warmup"]),
        ("# warmlint: ignore[LR901]", []),
        ("# warmlint: ignore[LR003, LR901]", ["LR003"]),
        ("# warmlint: ignore[LR001, zero-first-update]", []),
        ("# warmlint: ignore[LR001] # warmlint: ignore[LR001]", []),
    ],
)
def test_what_is_unused_beside_a_finding_of_lr001(comment: str, unused: list[str]) -> None:
    source = Source("a.py", f"a = 1\nb = 2  {comment}\n")
    applied = parse(source, KNOWN).apply([finding(2)], ACTIVE)
    assert [source.slice(one.span) for one in applied.unused] == unused


def test_all_rules_and_none_there() -> None:
    source = Source("a.py", "a = 1  # warmlint: ignore\n# warmlint: ignore-file\n")
    unused = parse(source, KNOWN).apply([], ACTIVE).unused
    assert [source.slice(one.span) for one in unused] == ["# warmlint: ignore", "# warmlint: ignore-file"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a = 1  # warmlint: ignore[LR001] why\n", "a = 1\n"),
        ("a = 1  # warmlint: ignore", "a = 1"),
        ("\t# warmlint: ignore[LR001] why  \r\na = 1\r\n", "a = 1\r\n"),
        ("a = 1\n# warmlint: ignore[LR001]", "a = 1\n"),
        ("a = 1  # type: ignore  # warmlint: ignore[LR001]\n", "a = 1  # type: ignore\n"),
        ("a = 1  # warmlint: ignore[LR001]  # type: ignore\n", "a = 1  # type: ignore\n"),
        ("# warmlint: ignore[LR001] # more\na = 1\n", "# more\na = 1\n"),
        ("a = (  # warmlint: ignore[LR001]\n    1)\n", "a = (\n    1)\n"),
    ],
)
def test_an_unused_suppression_goes_and_nothing_else(before: str, after: str) -> None:
    assert without_unused(before) == [after]


@pytest.mark.parametrize(
    ("comment", "after"),
    [
        ("# warmlint: ignore[LR003, LR001] why", ["# warmlint: ignore[LR001] why"]),
        ("# warmlint: ignore[ LR001 , LR003 ]", ["# warmlint: ignore[ LR001 ]"]),
        (
            "# warmlint: ignore[LR002 LR001,LR003]",
            ["# warmlint: ignore[LR001,LR003]", "# warmlint: ignore[LR002 LR001]"],
        ),
        ("# warmlint: ignore[LR003, LR0O1]", []),
    ],
)
def test_an_unused_rule_goes_from_among_others(comment: str, after: list[str]) -> None:
    assert without_unused(ZERO_START.format(comment)) == [ZERO_START.format(each) for each in after]


def without_unused(text: str) -> list[str]:
    """What each fix of an unused suppression makes of a file; each of them is safe."""
    source = Source("a.py", text)
    report, _ = lint(source, lambda: ("LR001", "LR002", "LR003", "LR901"))
    fixes = [each.fix for each in report.findings if each.code == "LR901" and each.fix is not None]
    assert all(fix.applicability is Applicability.SAFE for fix in fixes)
    return [apply(source, fix.edits).text for fix in fixes]


def test_names_tells_a_rule_from_all_rules() -> None:
    found = read("a  # warmlint: ignore[LR901]\nb  # warmlint: ignore\n")
    assert found.naming("LR901").cover("LR901", 1)
    assert not found.naming("LR901").cover("LR901", 2)
    assert not found.naming("LR001").cover("LR001", 1)


def test_columns_count_characters() -> None:
    source = Source("a.py", "é = '𝄞'  # warmlint: ignore[LR003]\n")
    (item,) = parse(source, KNOWN).items
    assert item.span == Span(Position(1, 10), Position(1, 35))


@pytest.mark.parametrize(
    "text",
    [
        "a = (  # warmlint: ignore\n",
        'a = """  # warmlint: ignore\n',
        "if a:\n    b\n  c  # warmlint: ignore\n",
        "a = $ # warmlint: ignore\n\tb\n        c\n",
        "# warmlint: ignore \ud800\n",
        "# warmlint: ignore \0\n'",
    ],
)
def test_what_tokenize_cannot_read_does_not_raise(text: str) -> None:
    read(text)


@given(st.text("#'\"()[]:\\ \n\r\tawarmlint:ignore-fileLR001,", max_size=60), st.integers(0, 60))
def test_no_text_raises(text: str, at: int) -> None:
    read(text[:at] + "# warmlint: ignore[LR001" + text[at:])


def test_text_without_a_word_to_warmlint_is_not_tokenized(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: io.StringIO) -> None:
        raise AssertionError

    monkeypatch.setattr(tokenize, "generate_tokens", fail)
    assert read("a = 1\n") == Suppressions()
