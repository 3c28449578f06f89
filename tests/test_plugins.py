"""Rules of others, as pip installs them; and the beginning of a rule that `warmlint rule --new` writes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builds import Build
from tests.fixture_support import ROOT
from tests.test_cli import BAD, warmlint

MODULE = "demo_rules/my_rule.py"
BROUGHT = "the plugin `my-rule` of demo-rules 0.3"


class Installed:
    """A folder of libraries with a plugin in it, and the programs that it came with."""

    def __init__(self, libraries: Path, fixtures: Path) -> None:
        self.libraries = libraries
        self.fixtures = fixtures

    def copy(self, to: Path, old: str, new: str) -> Installed:
        """One whose rule differs."""
        shutil.copytree(self.libraries, to)
        module = to / MODULE
        text = module.read_text()
        assert old in text
        module.write_text(text.replace(old, new))
        return Installed(to, self.fixtures)

    def warmlint(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join([str(self.libraries), *filter(None, [os.environ.get("PYTHONPATH")])])
        return warmlint(*arguments, cwd=self.fixtures, env={**os.environ, "PYTHONPATH": path})


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """What `--new` writes in an empty package, with the entry point that it asks for."""
    project = tmp_path_factory.mktemp("project")
    package = project / "demo_rules"
    package.mkdir()
    (package / "__init__.py").touch()
    run = warmlint("rule", "--new", "LR950", "my-rule", cwd=package)
    assert run.returncode == 0, run.stderr
    entry = re.search(r'^ +\[project\.entry-points."warmlint\.rules"\]\n +.+$', run.stdout, re.MULTILINE)
    assert entry is not None
    (project / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
        '[project]\nname = "demo-rules"\nversion = "0.3"\n[tool.setuptools]\npackages = ["demo_rules"]\n'
        + entry[0]
    )
    libraries = tmp_path_factory.mktemp("libraries")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--target", libraries, project], check=True, capture_output=True)
    return Installed(libraries, package / "fixtures" / "lr950_my_rule")


def test_a_rule_of_a_plugin_is_a_rule(plugin: Installed):
    run = plugin.warmlint("--output-format", "json")
    (row,) = [
        row
        for row, line in enumerate((plugin.fixtures / "bad_example.py").read_text().split("\n"), 1)
        if "# expect: LR950" in line
    ]
    told = [(each["filename"], each["code"], each["location"]["row"]) for each in json.loads(run.stdout)]
    assert (run.returncode, told) == (1, [("bad_example.py", "LR950", row)])


def test_a_rule_of_a_plugin_is_known_by_code_and_name(plugin: Installed):
    page = plugin.warmlint("rule", "my-rule").stdout
    assert page.startswith("# LR950 my-rule (from demo-rules 0.3)\n\nThe factor is 0.375")
    assert plugin.warmlint("--select", "LR950", ".").returncode == 1
    assert plugin.warmlint("--ignore", "my-rule", ".").returncode == 0
    sarif = json.loads(plugin.warmlint("--output-format", "sarif").stdout)
    (rule,) = sarif["runs"][0]["tool"]["driver"]["rules"]
    assert rule["name"] == "my-rule"
    text = (plugin.fixtures / "bad_example.py").read_text()
    silenced = plugin.fixtures / "silenced.py"
    silenced.write_text(text.replace("# expect: LR950", "# warmlint: ignore[my-rule] as meant"))
    assert plugin.warmlint("silenced.py").returncode == 0
    silenced.unlink()


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("LR950", "LR001", "LR001 my-rule is taken by LR001 zero-first-update"),
        ('"my-rule"', '"uncapped-warmup"', "LR950 uncapped-warmup is taken by LR003 uncapped-warmup"),
        ("LR950", "DEMO1", "`DEMO1 my-rule` is no code and name"),
        (
            "from warmlint.finding import",
            "from warmlint.nowhere import",
            "No module named 'warmlint.nowhere'",
        ),
        ("@rule(", "print, (", "`demo_rules.my_rule` declares no rule"),
    ],
)
def test_a_plugin_that_cannot_be_loaded_is_named(
    plugin: Installed, tmp_path: Path, old: str, new: str, why: str
):
    broken = plugin.copy(tmp_path / "libraries", old, new)
    runs = [broken.warmlint("bad_example.py", "good_example.py")]
    if why.startswith("LR001"):
        runs.append(broken.warmlint("rule"))
    for run in runs:
        assert (run.returncode, run.stdout) == (2, "")
        assert run.stderr.startswith(f"warmlint: error: {BROUGHT} cannot be loaded: ")
        assert why in run.stderr
        assert run.stderr.count("\n") == 1


def test_two_plugins_that_collide_are_both_named(plugin: Installed, tmp_path: Path):
    both = plugin.copy(tmp_path / "libraries", "LR950", "LR950")
    (metadata,) = both.libraries.glob("*.dist-info")
    other = both.libraries / "other_rules-1.0.dist-info"
    shutil.copytree(metadata, other)
    for name in ("METADATA", "entry_points.txt"):
        text = (other / name).read_text()
        (other / name).write_text(
            text.replace("demo-rules", "other-rules").replace("demo_rules", "other_rules")
        )
    shutil.copytree(both.libraries / "demo_rules", both.libraries / "other_rules")
    run = both.warmlint("bad_example.py")
    assert run.returncode == 2
    assert "the plugin `my-rule` of other-rules 0.3 cannot be loaded" in run.stderr
    assert "is taken by LR950 my-rule of demo-rules 0.3" in run.stderr


def test_a_linted_folder_brings_no_plugin(plugin: Installed, tmp_path: Path):
    """Under `-m` Python looks for libraries in the working folder; what lies there is linted, never run."""
    shutil.copytree(plugin.libraries, tmp_path, dirs_exist_ok=True)
    (tmp_path / MODULE).write_text("open('canary', 'w')\n")
    (tmp_path / "train.py").write_text(BAD)
    run = warmlint("--select=ALL", "train.py", "--output-format=concise", cwd=tmp_path)
    assert "LR001" in run.stdout
    flake8 = [sys.executable, "-m", "flake8", "--select=LR", "train.py"]
    run = subprocess.run(flake8, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "LR001" in run.stdout
    assert not (tmp_path / "canary").exists()


def test_a_plugin_is_found_where_an_editable_install_keeps_it(tmp_path: Path):
    package = tmp_path / "src" / "apart"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "mine.py").write_text("from apart import yours\n")
    (package / "yours.py").touch()
    program = (
        "import sys\n"
        "from warmlint.plugins import Plugin, load, tell\n"
        f"plugin = Plugin('apart.mine', 'mine', 'apart 1', {str(package / '__init__.py')!r})\n"
        "tell([plugin])\n"
        "load(plugin)\n"
        "print(sys.modules['apart.yours'].__file__)\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == str(package / "yours.py")


def test_where_there_is_no_plugin_nothing_heavy_looks_for_one():
    program = "import sys, warmlint.plugins as p; print(p.installed(), 'importlib.metadata' in sys.modules)"
    run = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {program}"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert run.stdout.strip() == "[] False"


# --- a rule is begun ------------------------------------------------------------------------------------


def test_a_new_rule_of_warmlints_own_passes_what_rules_must_pass(tmp_path: Path):
    build = Build(tmp_path)
    (tmp_path / "warmlint" / "rules").rename(tmp_path / "rules")
    (tmp_path / "warmlint" / "rules").symlink_to("../rules")
    shutil.copytree(ROOT / "tests", tmp_path / "tests", ignore=shutil.ignore_patterns("fuzz", "__pycache__"))
    run = build.run("rule", "--new", "LR950", "my-rule", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert "wrote rules/my_rule.py\n" in run.stdout
    pytest_ = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/test_rule_docs.py"]
    docs = subprocess.run(
        [*pytest_, "-k", "LR950"],
        cwd=tmp_path,
        env=build.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert docs.returncode == 0, docs.stdout
    assert "7 passed" in docs.stdout


def test_nothing_is_overwritten(tmp_path: Path):
    fixture = tmp_path / "fixtures" / "lr950_my_rule" / "good_example.py"
    fixture.parent.mkdir(parents=True)
    fixture.write_text("mine")
    run = warmlint("rule", "--new", "LR950", "my-rule", cwd=tmp_path)
    assert run.returncode == 2
    assert "`fixtures/lr950_my_rule/good_example.py` is there already; nothing was written" in run.stderr
    assert fixture.read_text() == "mine"
    assert not (tmp_path / "my_rule.py").exists()


@pytest.mark.parametrize(
    ("code", "name", "why"),
    [
        ("LR003", "my-rule", "LR003 my-rule is taken by LR003 uncapped-warmup"),
        ("LR950", "uncapped-warmup", "is taken by LR003 uncapped-warmup"),
        ("LR95", "my-rule", "`LR95` is no code"),
        ("LR950", "../my-rule", "`../my-rule` is no name"),
    ],
)
def test_a_code_or_name_that_cannot_be_is_refused(tmp_path: Path, code: str, name: str, why: str):
    run = warmlint("rule", "--new", code, name, cwd=tmp_path)
    assert run.returncode == 2
    assert why in run.stderr
    assert list(tmp_path.iterdir()) == []
