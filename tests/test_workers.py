"""Children that lint: what crosses, in which order, and what becomes of a child that fails."""

from __future__ import annotations

import json
import math
import sys
import time
from pathlib import Path

import pytest

from tests.builds import Build
from tests.fixture_support import all_fixtures
from tests.test_cli import BAD, warmlint
from warmlint.config import Globs, PerFileIgnore, Selection, Settings
from warmlint.discovery import Candidate
from warmlint.finding import Confidence, FileReport, Reading, Severity
from warmlint.linted import Linted, Target
from warmlint.release import NEWEST
from warmlint.workers.files import Linting, draw
from warmlint.workers.pool import Pool
from warmlint.workers.process import Failed
from warmlint.workers.task import Task, Verb, lint_request, linted_from_data, linted_to_data
from warmlint.workers.wire import WireError, from_data, from_line, to_data, to_line

TOP = Path(__file__).resolve().parent.parent

# --- what crosses --------------------------------------------------------------------------------------

SETTINGS = Settings(
    (Selection(("ALL",), ("LR406",), ("LR001",)), Selection(None, (), ("LR9",))),
    (Globs("/", ("build/",)),),
    (PerFileIgnore(Globs("/x/", ("*.py",)), ("LR003",), elsewhere=True),),
    Severity.WARNING,
    Confidence.HIGH,
    target_torch=NEWEST,
)


def through_json(data: object) -> object:
    return from_line(to_line(data))


@pytest.mark.parametrize(
    "value",
    [
        SETTINGS,
        Settings(),
        Task(Verb.LINT, "caf\udce9.py", "\udcff\n.py", True, 7, SETTINGS, Target(NEWEST, NEWEST, True)),
        Reading(0, 0.5, -0.0, "\x1b[31m \ud800", math.inf),
        Reading(1, 1, 2**100, None, None),
    ],
)
def test_a_value_survives_the_journey(value: object):
    copy = from_data(type(value), through_json(to_data(value)))
    assert copy == value
    assert repr(copy) == repr(value)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (Reading, None),
        (Reading, [0, 0.5, 1.0, None]),
        (Reading, [0, 0.5, 1.0, None, None, None]),
        (Reading, ["0", 0.5, 1.0, None, None]),
        (Reading, [True, 0.5, 1.0, None, None]),
        (Reading, [0, [], 1.0, None, None]),
        (Severity, "ERROR "),
        (Severity, 1),
        (tuple[int, ...], {"0": 1}),
        (tuple[int, str], [1]),
        (Settings, {}),
    ],
)
def test_what_is_not_expected_is_refused(kind: type, data: object):
    with pytest.raises(WireError):
        from_data(kind, data)


def test_what_is_no_line_is_refused():
    for line in (b"", b"\xff\n", b"[" * 100_000, b"{}{}\n"):
        with pytest.raises(WireError):
            from_line(line)


def test_an_answer_that_is_none_is_refused():
    good = linted_to_data(Linted(FileReport("a.py")))
    assert linted_from_data(good) == Linted(FileReport("a.py"))
    for key, nonsense in (("report", []), ("quotes", [[1]]), ("replays", [{}]), ("replays", None)):
        with pytest.raises(WireError):
            linted_from_data({**good, key: nonsense})


# --- what nobody waits for ---------------------------------------------------------------------------------


def test_an_answer_that_nobody_wants_is_not_waited_for():
    slow = (TOP / "warmlint" / "stubs" / "transformers" / "optimization.py").read_bytes()
    slow = lint_request(Candidate("slow.py", slow, None), Settings(), Target(NEWEST))
    quick = lint_request(Candidate("a.py", BAD.encode(), None), Settings(), Target(NEWEST))
    with Pool(1) as pool:
        first, second, third = pool.ask(slow), pool.ask(slow), pool.ask(quick)
        while not first.running():
            time.sleep(0.001)
        pool.abandon(second)
        pool.abandon(first)
        assert isinstance(first.result(), Failed)
        assert second.cancelled()
        said = third.result()
        assert not isinstance(said, Failed)
        assert [each.code for each in linted_from_data(said).report.findings] == ["LR001"]
        pool.abandon(third)  # too late, and no harm


# --- one order -------------------------------------------------------------------------------------------


def test_the_number_of_children_changes_no_byte(tmp_path: Path):
    for number, fixture in enumerate(all_fixtures("bad")[::25]):
        (tmp_path / f"{number:02}_{fixture.stem}.py").write_bytes(fixture.path.read_bytes())
    (tmp_path / "broken.py").write_text("LambdaLR(")
    options = ["--isolated", "--torch", "off", "--show-unknown", "--statistics"]
    runs = [warmlint(*options, "--jobs", jobs, cwd=tmp_path) for jobs in ("1", "4")]
    assert runs[0].returncode == 1
    assert {(run.returncode, run.stdout, run.stderr) for run in runs} == {
        (1, runs[0].stdout, "error: broken.py: is not Python: line 1: '(' was never closed\n")
    }


def test_a_file_is_judged_alike_whatever_was_linted_before_it(tmp_path: Path, monkeypatch):
    # Two files with one function, which finds its length in one of them.
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "b.py").write_text("from a import length\n\n\ndef ramp(epoch):\n    return epoch / length\n")
    user = BAD.replace("lambda epoch: min(1.0, epoch / warmup_epochs)", "ramp")
    (tmp_path / "a.py").write_text(user.replace("warmup_epochs", "from b import ramp\nlength"))
    (tmp_path / "c.py").write_text(user.replace("warmup_epochs = 3", "from b import ramp"))
    candidates = [Candidate(name, (tmp_path / name).read_bytes(), name) for name in ("a.py", "c.py")]

    def said(*some: Candidate) -> dict[str, Linted]:
        with Linting(1) as linting:
            for each in some:
                linting.submit(each, Settings(), Target(NEWEST))
            return {linted.report.path: linted for linted in linting.results()}

    alone = {name: linted for each in candidates for name, linted in said(each).items()}
    assert said(*candidates) == said(*reversed(candidates)) == alone
    assert alone["c.py"].report.findings


@pytest.mark.parametrize("jobs", ["0", "-1", "two", "1.5", "1000", "9" * 5_000])
def test_jobs_are_a_whole_number(tmp_path: Path, jobs: str):
    run = warmlint(f"--jobs={jobs}", cwd=tmp_path)
    assert run.returncode == 2
    assert "`--jobs` must be a whole number from 1 to 256, not `" in run.stderr


def test_progress_hears_of_every_file():
    heard: list[str] = []
    candidates = [Candidate(f"{number}.py", BAD.encode(), None) for number in range(5)]
    with Linting(2, heard.append) as linting:
        for each in candidates:
            linting.submit(each, Settings(), Target(NEWEST))
        linting.results()
    assert sorted(heard) == [f"{number}.py" for number in range(5)]


def test_curves_are_drawn_in_a_child():
    drawn = draw(Candidate("a.py", BAD.encode(), None), None)
    assert [view.construct for view in drawn.views] == ["LambdaLR"]
    assert drawn.rows == ("line 7",)
    assert draw(Candidate("a.py", b"LambdaLR(", None), None).problem is not None


# --- children that fail ----------------------------------------------------------------------------------

MARK = "# struck"
STRIKES = {
    "crash": ("import ctypes; ctypes.string_at(0)", "the parser crashed (SIGSEGV)", True),
    "exit": ("os._exit(7)", "the parser crashed (exit code 7)", True),
    "hang": ("for _ in iter(int, 1): pass", "it took longer than 1 seconds", False),
    "sleep": ("import time; time.sleep(1000)", "it took longer than 1 seconds", False),
    "swell": ("bytearray(2 << 30)", "it took more than 1 GiB of memory", False),
    "nonsense": ("os.write(output.fileno(), b'nonsense\\n')", "the parser talks nonsense", True),
    "another shape": ("os.write(output.fileno(), b'[]\\n')", "the parser talks nonsense", True),
    "silence": ("os.close(output.fileno()); os.kill(os.getpid(), 0)", "the parser crashed", True),
}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="signals and memory are Linux's")
@pytest.mark.parametrize("strike", STRIKES)
def test_what_befalls_a_child_costs_one_file(strike: str, tmp_path: Path, tmp_path_factory):
    deed, sentence, internal = STRIKES[strike]
    build = Build(tmp_path_factory.mktemp("build"))
    build.edit("limits.py", "MAX_SECONDS: Final = 20", "MAX_SECONDS: Final = 1")
    build.edit("limits.py", "MAX_WAIT: Final = 60.0", "MAX_WAIT: Final = 3.0")
    answers = "            answer = to_line(_answer(task, data, unsaved))\n"
    struck = f"            if {MARK.encode()!r} in data:\n                {deed}\n"
    build.edit("workers/child.py", answers, struck + answers)
    for number in range(4):
        (tmp_path / f"bad{number}.py").write_text(BAD)
    (tmp_path / "bad1b.py").write_text(BAD + MARK)
    run = build.run("--isolated", "--torch", "off", "--output-format", "json", "--jobs", "1", cwd=tmp_path)
    assert [each["filename"] for each in json.loads(run.stdout)] == [f"bad{number}.py" for number in range(4)]
    assert run.stderr.startswith(f"error: bad1b.py: could not be judged: {sentence}")
    assert len(run.stderr.splitlines()) == 1
    assert run.returncode == (2 if internal else 1)


def test_a_child_that_cannot_start_is_told(tmp_path: Path, tmp_path_factory):
    build = Build(tmp_path_factory.mktemp("build"))
    build.edit("candidate.py", "from warmlint.judge import judge", "from warmlint.nowhere import judge")
    (tmp_path / "bad.py").write_text(BAD)
    run = build.run("--isolated", "--torch", "off", cwd=tmp_path)
    assert run.returncode == 2
    assert "bad.py: internal error: the process that lints does not start: ModuleNotFoundError" in run.stderr
    assert "Traceback" not in run.stderr


def test_the_working_folder_stands_in_for_no_library(tmp_path: Path):
    (tmp_path / "bad.py").write_text(BAD)
    for name in ("libcst", "rich", "argparse", "subprocess", "threading", "json", "sitecustomize", "torch"):
        (tmp_path / f"{name}.py").write_text("open('canary', 'w')")
    run = warmlint("bad.py", "--torch", "off", cwd=tmp_path)
    assert run.returncode == 1, run.stderr
    assert not (tmp_path / "canary").exists()


def test_a_named_file_that_python_s_parser_chokes_on_is_refused(tmp_path: Path):
    (tmp_path / "bomb.py").write_text("import " + "a." * 60_000 + "b\n")
    (tmp_path / "plain.py").write_text("x = 1\n" * 20_000)
    run = warmlint("bomb.py", "plain.py", cwd=tmp_path)
    assert run.returncode == 2
    assert run.stderr == "error: bomb.py: imports a name of more than 1,000 parts\n"
