"""Settings as users meet them: files that go on from others, folders with files of their own, what is shown
of them, and their schema."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command_line import Ran, warmlint
from tests.test_fix_cli import CURED, SCHEDULE
from warmlint.config import OPTIONS, ConfigError, Known, Settings, SettingsTree
from warmlint.config.options import ELSEWHERE, IN_FILES, Option
from warmlint.config.schema import schema

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TOP = Path(__file__).resolve().parent.parent
KNOWN = {"LR001": "LR001", "zero-first-update": "LR001", "LR003": "LR003", "LR101": "LR101"}
RULES = {"LR001": True, "LR003": True, "LR101": True}


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path: str, text: str) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text)


def of(path: str) -> Settings:
    return SettingsTree(KNOWN).of(path)


def on(path: str) -> list[str]:
    return sorted(of(path).codes_for(path, RULES))


def lint(*arguments: str, cwd: Path) -> Ran:
    return warmlint("--torch", "off", *arguments, cwd=cwd)


# --- extend --------------------------------------------------------------------------------------


def test_a_file_goes_on_from_another(tree: Path):
    write(
        "pyproject.toml",
        '[tool.warmlint]\nselect = ["LR0"]\nexclude = ["/old"]\nbaseline = "all.json"\n'
        '[tool.warmlint.per-file-ignores]\n"/sub/gen.py" = ["LR003"]\n',
    )
    write(
        "sub/warmlint.toml", 'extend = "../pyproject.toml"\nignore = ["LR001"]\nextend-exclude = ["/new"]\n'
    )
    assert on("sub/a.py") == ["LR003"]
    assert on("sub/gen.py") == [], "the patterns of each file start from its own folder"
    assert of("sub/a.py").excludes("old", folder=True)
    assert of("sub/a.py").excludes("sub/new", folder=True)
    assert not of("sub/a.py").excludes("sub/old", folder=True)
    assert of("sub/a.py").baseline == f"{tree}/all.json", "and so do its paths"
    assert of("sub/a.py").file == f"{tree}/sub/warmlint.toml"
    write("sub/deep/.warmlint.toml", 'extend = "../warmlint.toml"\nselect = ["LR101"]\n')
    assert on("sub/deep/a.py") == ["LR101"], "`select` makes a new beginning"


def test_each_folder_of_a_monorepo_has_its_own(tree: Path):
    write("pyproject.toml", '[tool.warmlint]\nignore = ["LR001"]\n')
    write("one/pyproject.toml", '[tool.warmlint]\nextend = "../pyproject.toml"\nextend-select = ["LR001"]\n')
    write("two/pyproject.toml", '[project]\nname = "two"\n')
    write("three/warmlint.toml", "")
    assert on("one/a.py") == on("three/a.py") == ["LR001", "LR003", "LR101"]
    assert on("a.py") == on("two/a.py") == ["LR003", "LR101"]
    for folder in ("one", "two", "three"):
        write(f"{folder}/train.py", SCHEDULE)
    found = json.loads(lint("--output-format", "json", cwd=tree).out)
    assert [each["filename"] for each in found] == ["one/train.py", "three/train.py"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('extend = "gone.toml"', "warmlint.toml: `extend` names `gone.toml`, which is no file"),
        ('extend = "folder"', "warmlint.toml: `extend` names `folder`, which is no file"),
        ('extend = "warmlint.toml"', "leads back to a file that extends it: warmlint.toml → warmlint.toml"),
        ('extend = "./loop/../a.toml"', "extends it: warmlint.toml → a.toml → warmlint.toml"),
        ('extend = "link.toml"', "leads back to a file that extends it"),
        ('extend = "pyproject.toml"', "`extend` names pyproject.toml, which has no `[tool.warmlint]`"),
        ('extend = "bad.toml"', "bad.toml: unknown setting `ingore`; did you mean `ignore`?"),
        ("extend = 1", "`extend` must be a string, not a number"),
        ('extend = ""', "`extend` must be a string, not an empty one"),
        ('extend = "/dev/zero"', "which is no file"),
    ],
)
def test_what_cannot_be_gone_on_from(tree: Path, text: str, sentence: str):
    write("warmlint.toml", text)
    write("a.toml", 'extend = "warmlint.toml"\n')
    write("bad.toml", "ingore = []\n")
    write("pyproject.toml", "[tool.ruff]\n")
    write("folder/x", "")
    Path("loop").mkdir()
    Path("link.toml").symlink_to("warmlint.toml")
    with pytest.raises(ConfigError) as caught:
        of("a.py")
    assert sentence in str(caught.value)


def test_a_long_chain_ends(tree: Path):
    write("warmlint.toml", 'extend = "0.toml"\n')
    for number in range(50):
        write(f"{number}.toml", f'extend = "{number + 1}.toml"\n')
    with pytest.raises(ConfigError, match="`extend`"):
        of("a.py")


# --- the command line ----------------------------------------------------------------------------


def test_a_setting_on_the_command_line(tree: Path):
    write("ci.toml", 'select = ["LR003"]\n')
    write("warmlint.toml", 'fail-on = "never"\n')
    write("a.py", SCHEDULE)
    assert lint("--config", "exit-zero = true", "--config", 'fail-on = "note"', cwd=tree).returncode == 0
    assert lint("--config", 'fail-on = "note"', cwd=tree).returncode == 1
    assert lint("--config", 'fail-on = "note"', "--fail-on", "never", cwd=tree).returncode == 0
    assert lint("--config", "ci.toml", "--config", 'fail-on = "note"', cwd=tree).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["--config", "selct = []"],
            "--config `selct = []`: unknown setting `selct`; did you mean `select`?",
        ),
        (["--config", "select = ["], "--config `select = [` is not valid TOML"),
        (["--config", 'extend = "x"'], "`extend` is said in a settings file"),
        (["--config", 'torch-python = "x"'], "`torch-python` is said on the command line alone"),
        (["--config", "a.toml", "--config", "b.toml"], "`--config` names two files, `a.toml` and `b.toml`"),
        (["--config", "a.toml", "--isolated"], "`--isolated` reads no settings file"),
    ],
)
def test_mistakes_on_the_command_line(tree: Path, arguments: list[str], sentence: str):
    run = lint(*arguments, cwd=tree)
    assert run.returncode == 2
    assert sentence in run.errors


@pytest.mark.parametrize("option", [each for each in OPTIONS if each.alone], ids=lambda option: option.key)
def test_no_settings_file_says_what_is_the_user_s_alone(tree: Path, option: Option):
    write("warmlint.toml", f"{option.key} = true\n")
    with pytest.raises(ConfigError, match=f"`{option.key}` is said on the command line alone: "):
        of("a.py")


def test_force_exclude_holds_for_what_is_named(tree: Path):
    write("warmlint.toml", 'exclude = ["old"]\n')
    write("old/a.py", SCHEDULE)
    assert lint("old/a.py", cwd=tree).returncode == 1
    run = lint("--force-exclude", "old/a.py", "old", cwd=tree)
    assert (run.returncode, run.out) == (0, "All clean: no schedules in no files\n")
    write("warmlint.toml", 'exclude = ["old"]\nforce-exclude = true\n')
    assert lint("-", "--stdin-filename", "old/a.py", cwd=tree).returncode == 0


def test_what_git_ignores_is_left_out_unless_told(tree: Path):
    (tree / ".git").mkdir()
    write(".gitignore", "gen.py\n")
    write("gen.py", CURED)
    write("a.py", "x = 1\n")
    assert lint("--show-files", cwd=tree).out == "a.py\n"
    assert lint("--show-files", "--no-respect-gitignore", cwd=tree).out == "a.py\ngen.py\n"


def test_show_files(tree: Path):
    write("warmlint.toml", 'exclude = ["old"]\n')
    for name in ("a.py", "old/b.py", "src/c.py", "notes.txt"):
        write(name, "x = 1\n")
    run = lint("--show-files", cwd=tree)
    assert (run.returncode, run.out) == (0, "a.py\nsrc/c.py\n")
    run = lint("--show-files", "src", "old/b.py", "gone.py", cwd=tree)
    assert (run.returncode, run.out) == (2, "old/b.py\nsrc/c.py\n")
    assert "gone.py: does not exist" in run.errors


def test_show_settings_tells_what_is_set_and_where(tree: Path):
    write("base.toml", 'ignore = ["LR001"]\nfix = true\nexclude = ["a"]\n')
    write(
        "sub/warmlint.toml", 'extend = "../base.toml"\nignore = ["zero-first-update", "LR10"]\nfix = false\n'
    )
    run = lint("--show-settings", "--extend-select", "LR406", "--target-torch=2.4", "sub/a.py", cwd=tree)
    assert run.returncode == 0
    lines = run.out.splitlines()
    assert lines[:2] == ["# settings of sub/a.py", "# from sub/warmlint.toml, over base.toml"]
    told = [tuple(part.strip() for part in line.split("  # ")) for line in lines]
    assert ('extend-select = ["LR406"]', "the command line") in told
    assert ('ignore = ["LR001"]', "base.toml") in told
    assert ('ignore = ["LR001", "LR10"]', "sub/warmlint.toml") in told
    assert ("fix = false", "sub/warmlint.toml") in told
    assert ('exclude = ["a"]', "base.toml") in told
    assert ('target-torch = "2.4"', "the command line") in told
    assert ('output-format = "full"', "default") in told
    assert ("# baseline is not set",) in told
    rules = lines[-1].split()
    assert {"LR003", "LR406"} <= set(rules)
    assert "LR001" not in rules
    assert "LR101" not in rules
    for key in IN_FILES.keys() - {"extend"}:
        assert f"{key} " in run.out


def test_what_is_shown_is_toml(tree: Path):
    write(
        "warmlint.toml",
        'exclude = ["a\\"b\\\\c", "é"]\nfixable = ["ALL"]\n[per-file-ignores]\n"!x y" = ["LR0"]\nz = []\n',
    )
    told = tomllib.loads(lint("--show-settings", cwd=tree).out)
    assert told["per-file-ignores"] == {"!x y": ["LR0"], "z": []}
    assert told["exclude"] == ['a"b\\c', "é"]
    assert told["fix"] is False


# --- the declaration -----------------------------------------------------------------------------


def test_every_setting_is_declared_and_every_declaration_is_a_setting():
    made = {"select", "extend-select", "ignore", "extend", "extend-exclude", "extend-per-file-ignores"}
    made |= {"extend-fixable", "unfixable"}
    fields = {key.replace("-", "_") for key in IN_FILES.keys() - made}
    assert fields == set(Settings._fields) - {"selections", "file"}
    assert len(IN_FILES) + sum(bool(each.alone) for each in OPTIONS) == len(OPTIONS)
    assert set(ELSEWHERE.values()) <= {each.key for each in OPTIONS}
    assert not set(ELSEWHERE) & {each.key for each in OPTIONS}


def test_the_schema_that_editors_read_is_the_declaration_s(tree: Path):
    committed = (TOP / "warmlint.schema.json").read_text(encoding="utf-8")
    assert json.loads(committed) == schema(Known()), "run `warmlint schema > warmlint.schema.json`"
    assert lint("schema", cwd=tree).returncode == 2, "a verb stands first"
    assert warmlint("schema", cwd=tree).out == committed


@pytest.mark.parametrize(
    ("text", "is_valid"),
    [
        ("", True),
        ('select = ["ALL", "LR0", "LR001", "zero-first-update", "XY1"]', True),
        ('select = ["LR0x"]', False),
        ('select = ["zero-frist-update"]', False),
        ('select = "LR001"', False),
        ('[per-file-ignores]\n"tests/*" = ["LR101"]', True),
        ('[per-file-ignores]\n"tests/*" = "LR101"', False),
        ("jobs = 4", True),
        ("jobs = 0", False),
        ("jobs = true", False),
        ('fail-on = "never"', True),
        ('fail-on = "info"', False),
        ('output-format = "sarif"\nunsafe-fixes = false\nextend = "base.toml"', True),
        ('torch-python = "x"', False),
        ('output = ["json=x"]', False),
        ("selct = []", False),
        ('target-torch = "2.4"', True),
        ('target-torch = "new"', False),
    ],
)
def test_the_schema_says_what_the_reader_says(tree: Path, text: str, is_valid: bool):
    jsonschema = pytest.importorskip("jsonschema")
    write("base.toml", "")
    write("warmlint.toml", text)
    told = schema(Known())
    jsonschema.Draft7Validator.check_schema(told)
    assert jsonschema.Draft7Validator(told).is_valid(tomllib.loads(text)) is is_valid
    if "XY1" in text:
        return  # a rule of another package
    try:
        SettingsTree(Known()).of("a.py")
    except ConfigError:
        assert not is_valid
    else:
        assert is_valid


def test_config_shows_every_setting(tree: Path):
    listed = warmlint("config", cwd=tree).out
    assert [line.split()[0] for line in listed.splitlines()] == list(IN_FILES)
    page = warmlint("config", "fail-on", cwd=tree).out
    assert 'default: "note"' in page
    assert "one of: note, warning, error, never" in page
    assert "command line: --fail-on" in page


def test_the_page_of_every_option_is_current():
    run = subprocess.run(
        [sys.executable, "docs/options.py", "--check"], cwd=TOP, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
