"""The site of the docs: built as users and CI build it, and read as a browser reads it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from math import isfinite
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlsplit
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from docs.web import axes
from docs.web.build import GUIDES, ORDER
from docs.web.chart import Chart, Line, draw
from docs.web.prose import Prose
from tests.test_rule_docs import each_rule, page_of
from warmlint.analysis import lint
from warmlint.finding import Curve, Finding
from warmlint.judge import judge
from warmlint.rule import Rule, all_rules
from warmlint.source import Source

TOP = Path(__file__).resolve().parent.parent
UNDRAWN = {"LR405", "LR901"}
"""Rules whose examples hold nothing that warmlint computes an LR of."""

Page = dict[str, Element]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("docs") / "site"
    command = [sys.executable, str(TOP / "docs" / "site.py"), str(out)]
    environment = {**os.environ, "PYTHONPATH": str(TOP)}
    subprocess.run(command, check=True, capture_output=True, env=environment)
    return out


@pytest.fixture(scope="module")
def pages(site: Path) -> Page:
    """Every page by its path, parsed as XML: what is not well-formed fails here."""
    found = sorted(site.rglob("*.html"))
    return {path.relative_to(site).as_posix(): ElementTree.parse(path).getroot() for path in found}


def text_of(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


# --- every page --------------------------------------------------------------------------------------


def test_there_is_a_page_for_each_rule_and_each_guide(pages: Page):
    rules = {f"rules/{rule.code}.html" for rule in all_rules()}
    guides = {f"{path.stem}.html" for path in GUIDES.glob("*.md")}
    assert set(pages) == {"index.html"} | rules | guides
    assert sorted(ORDER) == sorted(path.stem for path in GUIDES.glob("*.md"))


def test_every_page_says_what_it_is(pages: Page):
    titles = set()
    for root in pages.values():
        assert root.get("lang") == "en"
        (title,) = root.iterfind("head/title")
        (description,) = root.iterfind("head/meta[@name='description']")
        assert title.text
        assert description.get("content")
        titles.add(title.text)
    assert len(titles) == len(pages)


def test_headings_go_down_one_level_at_a_time(pages: Page):
    for path, root in pages.items():
        levels = [int(each.tag[1]) for each in root.iter() if re.fullmatch("h[1-6]", each.tag)]
        assert levels[0] == 1, path
        assert levels.count(1) == 1, path
        assert all(after <= before + 1 for before, after in pairwise(levels)), path


def test_every_link_leads_somewhere(site: Path, pages: Page):
    anchors = {
        path: [each.get("id") for each in root.iter() if each.get("id")] for path, root in pages.items()
    }
    count = 0
    for path, root in pages.items():
        assert len(set(anchors[path])) == len(anchors[path]), path
        for element in root.iter():
            for address in filter(None, (element.get("href"), element.get("src"))):
                if urlsplit(address).scheme:
                    assert address.startswith("https://"), (path, address)
                    continue
                target, anchor = urldefrag(urljoin(path, address))
                assert (site / target).is_file(), (path, address)
                assert not anchor or anchor in anchors[target], (path, address)
                count += 1
    assert count > 1000


def test_nothing_is_fetched_and_nothing_is_run(pages: Page, site: Path):
    for path, root in pages.items():
        assert not list(root.iter("script")), path
        for element in (*root.iter("link"), *root.iter("img")):
            address = element.get("href") or element.get("src") or ""
            assert not urlsplit(address).scheme, path
    assert "url(" not in (site / "style.css").read_text(encoding="utf-8")
    assert "@import" not in (site / "style.css").read_text(encoding="utf-8")


def test_the_guides_link_each_other_on_github_too():
    for guide in GUIDES.glob("*.md"):
        for address in re.findall(r"\]\(([^)]+)\)", guide.read_text(encoding="utf-8")):
            assert urlsplit(address).scheme == "https" or (GUIDES / address).is_file(), (guide.name, address)


# --- the pages of rules ------------------------------------------------------------------------------


@cache
def finding_of(rule: Rule) -> Finding:
    report, _ = lint(
        Source("a.py", page_of(rule).code("Example")), lambda: {each.code for each in all_rules()}
    )
    return report.findings[0]


def drawn(root: Element, side: str) -> list[Curve]:
    """The curves of one side, as the drawing tells them."""
    found = []
    for line in root.iterfind(f".//figure[@class='{side}']//path[@data-at]"):
        at = tuple(map(int, str(line.get("data-at")).split()))
        values = (None if each == "-" else float(each) for each in str(line.get("data-values")).split())
        found.append(Curve(at, tuple(values)))
    return found


def computed(code: str) -> list[Curve]:
    """The curves of a program's schedules, those aside of which nothing is known."""
    curves = [site.trace.curve(site.unit) for site in judge(Source("a.py", code), lambda: ()).sites]
    return [each for each in curves if any(value is not None and isfinite(value) for value in each.values)]


@each_rule
def test_the_curves_are_those_that_warmlint_computes(rule: Rule, pages: Page):
    root = pages[f"rules/{rule.code}.html"]
    bad, good = drawn(root, "bad"), drawn(root, "good")
    evidence = finding_of(rule).evidence
    if rule.code in UNDRAWN:
        assert evidence is None
        assert not bad + good + computed(page_of(rule).code("Use instead"))
        assert "no curve to draw" in text_of(root)
        return
    assert evidence is not None
    assert bad[0] == evidence.curve
    others = computed(page_of(rule).code("Example"))
    assert len(bad) == len(others)
    assert all(each in others for each in bad[1:])
    assert good
    assert all(each in computed(page_of(rule).code("Use instead")) for each in good)


@each_rule
def test_every_chart_is_labelled_and_told(rule: Rule, pages: Page):
    for chart in pages[f"rules/{rule.code}.html"].iter("svg"):
        title, description = chart.findall("title") + chart.findall("desc")
        assert chart.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
        assert title.text
        assert re.search(r"\d at (update|epoch) 0\b|at (update|epoch)", description.text or "")
        axis = [each.text for each in chart.iter("text") if "axis" in str(each.get("class"))]
        assert axis[0] in ("LR", "LR, as a multiple of the base LR")
        assert axis[1] in ("update", "epoch")


@each_rule
def test_a_page_has_all_that_the_docstring_says(rule: Rule, pages: Page):
    root = pages[f"rules/{rule.code}.html"]
    (article,) = root.iter("article")
    told = text_of(article)
    assert (rule.code in told, rule.name in told) == (True, True)
    page = page_of(rule)
    headings = [text_of(each) for each in article.iter("h2")]
    assert [each for each in headings if each in page.sections] == list(page.sections)
    blocks = ["".join(each.itertext()).strip("\n") for each in article.iter("pre")]
    assert blocks[:2] == [page.code(title).strip("\n") for title in ("Example", "Use instead")]
    links = {each.get("href") for each in article.iter("a")}
    assert set(re.findall(r"https://[^\s,]+", page.sections.get("References", ""))) <= links
    assert f"../rules/{rule.code}.html" not in links
    messages = [text_of(each) for each in article.iterfind(".//p[@class='message']")]
    assert messages[0].replace("’", "'") == finding_of(rule).message.replace("`", "")


def test_the_catalogue_is_whole(site: Path):
    told = json.loads((site / "rules.json").read_text(encoding="utf-8"))["rules"]
    assert [each["code"] for each in told] == [rule.code for rule in all_rules()]
    for rule, each in zip(all_rules(), told, strict=True):
        finding = finding_of(rule)
        page = page_of(rule)
        assert (each["name"], each["summary"], each["default"]) == (rule.name, rule.summary, rule.on)
        assert each["severity"] == finding.severity.value
        assert (site / each["url"]).is_file()
        assert {part["title"]: part["markdown"] for part in each["sections"]} == page.sections
        assert each["fix"]["available"] is not page.sections["Fix safety"].startswith("No fix is offered")
        assert each["fix"]["safety"] in (("safe", "unsafe") if each["fix"]["available"] else (None,))
        if finding.fix is not None:
            assert each["fix"] == {"available": True, "safety": finding.fix.applicability.value}


def test_the_catalogue_on_the_front_page_is_whole(pages: Page):
    rows = [text_of(each) for each in pages["index.html"].iterfind(".//table//tbody/tr")]
    assert [row.split()[:2] for row in rows] == [[rule.code, rule.name] for rule in all_rules()]


# --- charts and prose --------------------------------------------------------------------------------


def chart_of(curve: Curve) -> Element:
    up, across = axes.of_values(curve.values), axes.of_updates(curve.at[-1])
    return ElementTree.fromstring(
        draw(Chart((Line(curve, "bad"),), across, up, "update", "LR"), "a", "t", "d")
    )


def spots(chart: Element) -> list[list[tuple[float, float]]]:
    """The stretches of the line, as it is drawn."""
    (line,) = chart.iterfind("path[@data-at]")
    runs = str(line.get("d")).split("M")[1:]
    return [[(float(x), float(y)) for x, y in (each.split(",") for each in run.split("L"))] for run in runs]


def test_a_curve_meets_the_lines_of_its_axes():
    chart = chart_of(Curve((0, 5, 10), (0.0, 0.5, 1.0)))
    ((start, middle, end),) = spots(chart)
    heights = {
        str(text.text): float(str(text.get("y")))
        for text in chart.iter("text")
        if text.get("class") == "tick end"
    }
    columns = {
        str(text.text): float(str(text.get("x")))
        for text in chart.iter("text")
        if text.get("class") == "tick middle"
    }
    low = heights["0"] - start[1]  # how much lower than its line a label is written
    assert [heights[each] - low for each in ("0", "0.5", "1")] == pytest.approx(
        [start[1], middle[1], end[1]], abs=0.02
    )
    assert [columns[each] for each in ("0", "10")] == pytest.approx([start[0], end[0]], abs=0.02)
    assert start[1] > middle[1] > end[1]


def test_a_failure_breaks_the_line_and_is_marked():
    chart = chart_of(Curve((0, 1, 2, 3, 4), (0.1, 0.2, None, float("nan"), 0.3)))
    assert [len(run) for run in spots(chart)] == [2, 1]
    assert [text.text for text in chart.iter("text") if text.get("class") == "fails middle"] == ["×", "×"]


@pytest.mark.parametrize(
    "values", [(0.0,), (3e-5, 1e-4), (0.1, 2.01), (-0.9, 1.0), (-2.0, -1.0), (1e-300,), (7e18,)]
)
def test_an_axis_holds_its_values_and_zero(values: tuple[float, ...]):
    axis = axes.of_values(values)
    assert all(0 <= axis.share(each) <= 1 for each in (*values, 0.0, *axis.ticks))
    assert 0 in axis.ticks
    assert 2 <= len(axis.ticks) <= 8
    assert list(axis.ticks) == sorted(set(axis.ticks))


@pytest.mark.parametrize("last", [0, 1, 4, 99, 200, 10_000])
def test_an_axis_of_updates_has_whole_numbers(last: int):
    axis = axes.of_updates(last)
    assert axis.ticks[0] == 0
    assert all(tick.is_integer() and tick <= max(last, 1) for tick in map(float, axis.ticks))
    assert len(axis.ticks) <= 8


def test_rules_that_are_spoken_of_are_links_and_code_is_left_alone():
    html = str(
        Prose({"LR001", "LR002"}, "../", own="LR002").html("LR001, LR002, `LR001` and [LR001](a.md#b)")
    )
    assert html == (
        '<p><a href="../rules/LR001.html">LR001</a>, LR002, <code class="short">LR001</code>'
        ' and <a href="a.html#b">LR001</a></p>\n'
    )


def test_markup_in_prose_is_text():
    assert "<script>" not in Prose(()).html("<script>alert(1)</script>")


# --- what it looks like ------------------------------------------------------------------------------


def colours(scheme: str) -> dict[str, str]:
    style = (TOP / "docs" / "web" / "style.css").read_text(encoding="utf-8")
    light, dark = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    return dict(re.findall(r"--([\w-]+): (#\w{6});", light if scheme == "light" else dark))


def luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_what_is_behind_it(scheme: str):
    found = colours(scheme)
    names = ("ink", "soft", "link", "bad", "good", "keyword", "string", "number")
    pairs = [(name, ground) for name in names for ground in ("paper", "raised")]
    pairs += [("bad", "bad-wash"), ("good", "good-wash"), ("note", "note-wash")]
    pairs += [
        (name, f"{kind}-wash") for name in ("ink", "keyword", "string", "number") for kind in ("bad", "good")
    ]
    for name, ground in pairs:
        low, high = sorted(map(luminance, (found[name], found[ground])))
        assert (high + 0.05) / (low + 0.05) >= 4.5, (name, ground)


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

MEASURE = """<!DOCTYPE html><body><script>
const widths = {};
for (const path of PATHS) {
  const frame = document.createElement("iframe");
  frame.style = "width: 360px; height: 800px; border: 0";
  frame.onload = () => {
    widths[path] = frame.contentDocument.documentElement.scrollWidth;
    frame.remove();
    if (Object.keys(widths).length === PATHS.length) {
      document.body.textContent = JSON.stringify(widths);
    }
  };
  frame.src = path;
  document.body.append(frame);
}
</script></body>
"""


@pytest.fixture
def served(site: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=site)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
def test_no_page_scrolls_sideways_on_a_phone(site: Path, pages: Page, served: str, tmp_path: Path):
    (site / "measure.htm").write_text(MEASURE.replace("PATHS", json.dumps(list(pages))), encoding="utf-8")
    command = [str(CHROMIUM), "--headless", "--disable-gpu", f"--user-data-dir={tmp_path}"]
    command += ["--no-sandbox"] if os.name == "posix" and os.geteuid() == 0 else []  # root has no other way
    command += ["--virtual-time-budget=60000", "--dump-dom", f"{served}/measure.htm"]
    run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    told = re.search(r"<body>(\{.*?\})</body>", run.stdout)
    assert told is not None, run.stdout[-500:]
    widths = json.loads(told[1])
    assert set(widths) == set(pages)
    assert {path: width for path, width in widths.items() if width > 360} == {}
