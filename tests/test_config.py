from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from warmlint.config import (
    ConfigError,
    Layer,
    OutputFormat,
    Selection,
    Settings,
    SettingsTree,
    layer_of_table,
    read_settings,
    resolve,
)
from warmlint.discovery import Candidate, discover
from warmlint.finding import Confidence, Severity

KNOWN = {
    "LR001": "LR001",
    "zero-first-update": "LR001",
    "LR003": "LR003",
    "uncapped-warmup": "LR003",
    "LR101": "LR101",
    "scheduler-before-optimizer": "LR101",
    "LR406": "LR406",
    "library-zero-first-update": "LR406",
}
RULES = {"LR001": True, "LR003": True, "LR101": True, "LR406": False}


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path: str, text: str) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text)


def of(path: str) -> Settings:
    return SettingsTree(KNOWN).of(path)


def on(settings: Settings, path: str = "a.py") -> list[str]:
    return sorted(settings.codes_for(path, RULES))


def said(**table: object) -> Layer:
    """What a command line says, in the words of TOML."""
    told = {key.replace("_", "-"): value for key, value in table.items()}
    return layer_of_table(told, "the command line", os.getcwd(), KNOWN)


def complaint(text: str, name: str = "warmlint.toml") -> str:
    write(name, text)
    with pytest.raises(ConfigError) as caught:
        of("a.py")
    return str(caught.value)


# --- which file ----------------------------------------------------------------------------------


def test_without_a_file_there_are_defaults(tree: Path) -> None:
    assert of("a.py") == Settings()
    assert on(of("a.py")) == ["LR001", "LR003", "LR101"]


def test_the_nearest_file_wins_and_the_others_say_nothing(tree: Path) -> None:
    write("pyproject.toml", '[tool.warmlint]\nselect = ["LR0"]\noutput-format = "json"\n')
    write("one/warmlint.toml", 'ignore = ["LR001"]\n')
    write("one/deep/pyproject.toml", '[tool.ruff]\nselect = ["F"]\n')
    settings = SettingsTree(KNOWN)
    assert on(settings.of("a.py")) == on(settings.of("two/very/deep/a.py")) == ["LR001", "LR003"]
    assert on(settings.of("one/deep/a.py")) == ["LR003", "LR101"]
    assert settings.of("one/a.py").output_format is OutputFormat.FULL
    assert settings.of("one/a.py").file == f"{tree}/one/warmlint.toml"
    assert settings.of("<stdin>") is settings.of("a.py")


def test_in_one_folder_our_own_file_wins(tree: Path) -> None:
    write("pyproject.toml", '[tool.warmlint]\nselect = ["LR001"]\n')
    assert on(of("a.py")) == ["LR001"]
    write("warmlint.toml", 'select = ["LR003"]\n')
    assert on(of("a.py")) == ["LR003"]
    write(".warmlint.toml", 'select = ["LR101"]\n')
    assert on(of("a.py")) == ["LR101"]


def test_an_empty_file_ends_the_search(tree: Path) -> None:
    write("warmlint.toml", 'select = ["LR001"]\n')
    write("sub/warmlint.toml", "")
    assert on(of("sub/a.py")) == ["LR001", "LR003", "LR101"]


def test_a_pyproject_of_others_is_not_judged(tree: Path) -> None:
    write("pyproject.toml", "this is = not TOML [")
    assert of("a.py") == Settings()
    write("pyproject.toml", '[project]\nname = "warmlint"\n')
    assert of("a.py") == Settings()
    write("pyproject.toml", 'tool = "warmlint"\n')
    assert of("a.py") == Settings()


def test_a_file_is_read_once(tree: Path) -> None:
    write("warmlint.toml", 'select = ["LR001"]\n')
    settings = SettingsTree(KNOWN)
    first = settings.of("a/b/c.py")
    Path("warmlint.toml").unlink()
    assert settings.of("a/b/d.py") is settings.of("a/e.py") is settings.of("f.py") is first


def test_what_is_no_file_is_no_settings_file(tree: Path) -> None:
    os.mkfifo("warmlint.toml")
    Path("pyproject.toml").mkdir()
    assert of("a.py") == Settings()


def test_a_deep_path(tree: Path) -> None:
    assert of("a/" * 1500 + "b.py") == Settings()


def test_explicit_settings_hold_everywhere(tree: Path) -> None:
    write("warmlint.toml", 'select = ["LR001"]\n')
    write("ci/strict.toml", 'select = ["ALL"]\nexclude = ["/old"]\n')
    settings = SettingsTree(KNOWN, explicit=read_settings("ci/strict.toml", KNOWN))
    assert on(settings.of("a.py")) == ["LR001", "LR003", "LR101", "LR406"]
    assert settings.excludes("old", True), "patterns of a file given by hand hang on the working folder"
    assert not settings.excludes("ci/old", True)


def test_explicit_settings_that_are_not_there(tree: Path) -> None:
    with pytest.raises(ConfigError, match=r"^gone\.toml does not exist$"):
        read_settings("gone.toml", KNOWN)
    write("pyproject.toml", "[tool.ruff]\n")
    with pytest.raises(ConfigError, match=r"^pyproject\.toml has no `\[tool\.warmlint\]`$"):
        read_settings("pyproject.toml", KNOWN)


# --- what it says --------------------------------------------------------------------------------


def test_every_setting(tree: Path) -> None:
    write(
        "pyproject.toml",
        """
        [tool.warmlint]
        select = ["LR0", "scheduler-before-optimizer"]
        extend-select = ["library-zero-first-update"]
        ignore = ["uncapped-warmup"]
        exclude = ["old"]
        minimum-severity = "warning"
        minimum-confidence = "high"
        output-format = "concise"
        [tool.warmlint.per-file-ignores]
        "tests/*" = ["LR001"]
        """,
    )
    settings = of("a.py")
    assert settings.selections == (Selection(("LR0", "LR101"), ("LR406",), ("LR003",)),)
    assert (settings.minimum_severity, settings.minimum_confidence) == (Severity.WARNING, Confidence.HIGH)
    assert settings.output_format is OutputFormat.CONCISE
    assert on(settings) == ["LR001", "LR101", "LR406"]
    assert on(settings, "tests/a.py") == ["LR101", "LR406"]
    # Settings travel to worker processes, and are part of the key of a cache.
    assert pickle.loads(pickle.dumps(settings)) == settings
    assert hash(settings) == hash(of("a.py"))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('extend_select = ["LR001"]', "unknown setting `extend_select`; did you mean `extend-select`?"),
        ("colour = 1", "unknown setting `colour`; did you mean `color`?"),
        ("flavour = 1", "unknown setting `flavour`"),
        ('select = "LR001"', "`select` must be a list of strings, not a string"),
        ("ignore = [1]", "`ignore` must be a list of strings, but holds a number"),
        ("exclude = true", "`exclude` must be a list of strings, not a boolean"),
        ("exclude = 2020-02-02", "`exclude` must be a list of strings, not a date or time"),
        ('select = ["LR002"]', "`select` names an unknown rule, `LR002`; did you mean `LR003`?"),
        (
            'select = ["uncaped-warmup"]',
            "`select` names an unknown rule, `uncaped-warmup`; did you mean `uncapped-warmup`?",
        ),
        ('ignore = ["LR5"]', "`ignore` names an unknown rule, `LR5`"),
        ('ignore = [""]', "`ignore` names an unknown rule, ``"),
        (
            "per-file-ignores = []",
            "`per-file-ignores` must be a table from patterns to lists of rules, not a list",
        ),
        (
            'per-file-ignores = {"a" = "LR001"}',
            "`per-file-ignores`, `a` must be a list of strings, not a string",
        ),
        ('per-file-ignores = {"a" = ["X"]}', "`per-file-ignores`, `a` names an unknown rule, `X`"),
        (
            'minimum-severity = "eror"',
            "`minimum-severity` must be `note`, `warning` or `error`, not `eror`; did you mean `error`?",
        ),
        ("minimum-confidence = 2", "`minimum-confidence` must be `low`, `medium` or `high`, not a number"),
        (
            'output-format = "xml"',
            "`output-format` must be `full`, `concise`, `json`, `json-lines`, `sarif`, `github`, `gitlab`, "
            "`junit`, `rdjson`, `azure` or `markdown`, not `xml`",
        ),
        ('"\\u001b[31m" = 1', r"unknown setting `\x1b[31m`"),
        ("[tool.warmlint]", "settings stand here at the top, without `[tool.warmlint]`"),
    ],
)
def test_a_mistake_is_a_sentence(tree: Path, text: str, sentence: str) -> None:
    assert complaint(text) == f"warmlint.toml: {sentence}"


def test_a_mistake_names_its_file(tree: Path) -> None:
    write("sub/pyproject.toml", "[tool.warmlint]\nselekt = []\n")
    with pytest.raises(
        ConfigError, match=r"^sub/pyproject\.toml: unknown setting `selekt`; did you mean `select`\?$"
    ):
        of("sub/a.py")
    Path("other").mkdir()
    os.chdir("other")
    with pytest.raises(ConfigError) as caught:
        of("../sub/a.py")
    assert str(caught.value).startswith(f"{tree}/sub/pyproject.toml: ")


def test_a_table_that_is_none(tree: Path) -> None:
    assert complaint("[tool]\nwarmlint = 3\n", "pyproject.toml") == (
        "pyproject.toml: `tool.warmlint` must be a table, not a number"
    )


def test_what_is_not_toml(tree: Path) -> None:
    assert complaint('select = [\n  "LR001"\nignore = 1\n').startswith("warmlint.toml is not valid TOML: ")
    assert complaint("select = [\n  LR001\n]\n").endswith("(at line 2, column 3)")
    Path("warmlint.toml").write_bytes(b'exclude = ["\xff"]')
    with pytest.raises(ConfigError, match=r"^warmlint\.toml is not UTF-8$"):
        of("a.py")


@pytest.mark.parametrize("text", ["a = " + "[" * 100_000, "a = " + "9" * 10_000])
def test_toml_that_is_made_to_hurt(tree: Path, text: str) -> None:
    assert complaint(text).startswith("warmlint.toml")


# --- rules ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("selections", "expected"),
    [
        ([Selection()], ["LR001", "LR003", "LR101"]),
        ([Selection(select=())], []),
        ([Selection(select=("ALL",))], ["LR001", "LR003", "LR101", "LR406"]),
        ([Selection(select=("ALL",), ignore=("LR0",))], ["LR101", "LR406"]),
        ([Selection(select=("LR0",), ignore=("LR",))], ["LR001", "LR003"]),
        ([Selection(select=("LR001",), ignore=("LR001",))], []),
        ([Selection(select=("LR0",), extend_select=("LR406",), ignore=("LR003",))], ["LR001", "LR406"]),
        ([Selection(extend_select=("LR4",))], ["LR001", "LR003", "LR101", "LR406"]),
        ([Selection(ignore=("ALL",))], []),
        ([Selection(extend_select=("LR003",), ignore=("LR0",))], ["LR003", "LR101"]),
        # Another layer: `select` begins anew, the rest changes what is there, however specific that was.
        ([Selection(select=("LR001",), ignore=("LR003",)), Selection(select=("LR0",))], ["LR001", "LR003"]),
        ([Selection(ignore=("LR003",)), Selection(ignore=("LR001",))], ["LR101"]),
        ([Selection(ignore=("LR003",)), Selection(extend_select=("LR0",))], ["LR001", "LR003", "LR101"]),
        ([Selection(select=("LR001", "LR101")), Selection(ignore=("LR",))], []),
    ],
)
def test_the_more_specific_word_wins(selections: list[Selection], expected: list[str]) -> None:
    assert on(Settings(tuple(selections))) == expected


def test_the_command_line_says_nothing_unless_told(tree: Path) -> None:
    write("warmlint.toml", 'ignore = ["LR0"]\nexclude = ["a"]\nminimum-severity = "error"\n')
    assert SettingsTree(KNOWN, over=[said()]).of("a.py") == of("a.py")


def test_the_command_line_goes_over_the_file(tree: Path) -> None:
    write(
        "sub/warmlint.toml",
        'select = ["LR001"]\nignore = ["LR101"]\nexclude = ["/a"]\noutput-format = "json"\n',
    )
    over = said(
        extend_select=["scheduler-before-optimizer", "LR003"],
        exclude=["/b"],
        minimum_severity="note",
        output_format="full",
    )
    settings = SettingsTree(KNOWN, over=[over])
    assert on(settings.of("sub/x.py")) == ["LR001", "LR003", "LR101"]
    assert settings.excludes("b", True), "what the command line excludes hangs on the working folder"
    assert not settings.excludes("sub/a", True)
    assert settings.of("sub/x.py").minimum_severity is Severity.NOTE
    assert settings.of("sub/x.py").output_format is OutputFormat.FULL
    layers = settings.layers("sub/x.py")
    assert on(resolve([*layers, said(select=["LR4"])])) == ["LR406"]
    assert on(resolve([*layers, said(select=[])])) == []


def test_what_extends_stands_beside_what_was_said(tree: Path) -> None:
    write("warmlint.toml", 'exclude = ["a"]\n[per-file-ignores]\n"x.py" = ["LR001"]\n')
    tree_of = SettingsTree(
        KNOWN, over=[said(extend_exclude=["b"], extend_per_file_ignores={"y.py": ["LR003"]})]
    )
    assert tree_of.excludes("a", True)
    assert tree_of.excludes("b", True)
    assert on(tree_of.of("x.py"), "x.py") == ["LR003", "LR101"]
    assert on(tree_of.of("y.py"), "y.py") == ["LR001", "LR101"]


def test_which_fixes_are_made(tree: Path) -> None:
    write("warmlint.toml", 'fixable = ["LR0"]\nunfixable = ["LR003"]\n')
    assert [code for code in RULES if of("a.py").fixes(code)] == ["LR001"]
    over = SettingsTree(KNOWN, over=[said(extend_fixable=["LR101"])]).of("a.py")
    assert [code for code in RULES if over.fixes(code)] == ["LR001", "LR101"]


# --- paths ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "off", "stay"),
    [
        ("tests", ["tests/a.py", "tests/b/c.py", "x/tests/a.py"], ["a.py", "tests.py"]),
        ("tests/*", ["tests/a.py", "tests/b/c.py"], ["x/tests/a.py"]),
        ("/a.py", ["a.py"], ["b/a.py"]),
        ("a.py", ["a.py", "b/a.py"], ["b.py"]),
        ("**/tests/*.py", ["tests/a.py", "x/y/tests/a.py"], ["tests.py"]),
        ("!src", ["a.py", "b/a.py"], ["src/a.py", "b/src/a.py"]),
    ],
)
def test_per_file_ignores(tree: Path, pattern: str, off: list[str], stay: list[str]) -> None:
    write("sub/warmlint.toml", f'[per-file-ignores]\n"{pattern}" = ["LR0"]\n')
    settings = of("sub/a.py")
    for path in off:
        assert on(settings, f"sub/{path}") == on(settings, f"{tree}/sub/{path}") == ["LR101"], path
    for path in stay:
        assert on(settings, f"sub/{path}") == ["LR001", "LR003", "LR101"], path
    os.chdir("sub")
    assert on(settings, off[0]) == ["LR101"]


def test_a_file_outside_is_meant_by_its_name_alone(tree: Path) -> None:
    write("sub/warmlint.toml", '[per-file-ignores]\n"gen.py" = ["LR001"]\n"/other/x.py" = ["LR001"]\n')
    settings = of("sub/a.py")
    assert on(settings, "other/gen.py") == ["LR003", "LR101"]
    assert on(settings, "other/x.py") == ["LR001", "LR003", "LR101"]


def test_exclude_in_a_walk(tree: Path) -> None:
    for name in ("a.py", "old/b.py", "new/old/c.py", "new/d.py", "new/keep/e.py", "new/old/warmlint.toml"):
        write(name, "LambdaLR")
    write("warmlint.toml", 'exclude = ["/old", "d.py"]\n')
    # Settings of its own replace those above it; they say nothing of the folder that they stand in.
    write("new/keep/warmlint.toml", 'exclude = ["keep"]\n')
    # This one is wrong, and must never be read: it lies in a folder that is left out.
    write("old/warmlint.toml", "nonsense = 1\n")
    write("new/warmlint.toml", 'exclude = ["old"]\n')
    found = discover(["."], excluded=SettingsTree(KNOWN).excludes)
    assert [one.path for one in found if isinstance(one, Candidate)] == ["a.py", "new/d.py", "new/keep/e.py"]


# --- weight --------------------------------------------------------------------------------------


def test_settings_that_nobody_made_load_nothing(tree: Path) -> None:
    write("pyproject.toml", "[tool.ruff]\n")
    code = (
        "import sys\nfrom warmlint.config import SettingsTree\nSettingsTree({}).of('a.py')\n"
        "heavy = {'tomllib', 'tomli', 'difflib', 'dataclasses', 'importlib.metadata', 'pathlib'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    run = subprocess.run(
        [sys.executable, "-S", "-c", code], env=env, stdout=subprocess.PIPE, text=True, check=True
    )
    assert run.stdout == "[]\n"
