"""What holds for every page of this project, as one test case to inherit from.

    class Dashboard(PageCase):
        def test_is_tidy(self):
            self.browser.open(address)
            self.assert_tidy("dashboard")

The checks themselves are in audit.js. A tidy page is one without overlapping, cut
off, faint or tiny text, in a narrow and a wide window, light and dark, and on
paper. Screenshots of all of these go to BUILD/browser, for people to look at.
"""

import os
import re
import unittest

import harness  # of tests/api: the build and its programs
from driver import Browser

HERE = os.path.dirname(os.path.abspath(__file__))
NARROW, WIDE = 390, 1280  # a telephone, a laptop
PAPER = 718  # A4 in CSS pixels, less margins of 10 mm
TEXT_CONTRAST, LINE_CONTRAST = 4.5, 3.0  # WCAG 2.1, AA
TEXT_PX_MIN = 9.5

with open(os.path.join(HERE, "audit.js"), encoding="utf-8") as _file:
    AUDIT = _file.read()


# The rows of the first table under a heading, each a list of its cells' texts.
TABLE = """
const heading = [...document.querySelectorAll("h2")].find(h => h.textContent === arguments[0]);
if (!heading) return null;
let next = heading.nextElementSibling;
while (next && next.localName !== "h2" && !next.querySelector("table")) next = next.nextElementSibling;
return [...next.querySelectorAll("tbody tr")].map(row => [...row.cells].map(cell => cell.innerText));
"""

# One figure's shapes in the units of its drawing.
FIGURE = """
const figure = [...document.querySelectorAll("figure")].find(f => f.querySelector("h3").textContent === arguments[0]);
if (!figure) return null;
const svg = figure.querySelector("svg[role=img]");
const numbers = (shape, names) => names.map(name => Number(shape.getAttribute(name)));
return {
  name: svg.getAttribute("aria-label"),
  box: svg.viewBox.baseVal.width + "x" + svg.viewBox.baseVal.height,
  width: svg.viewBox.baseVal.width, height: svg.viewBox.baseVal.height,
  lines: [...svg.querySelectorAll("polyline")].map(l => ({class: l.getAttribute("class"),
    points: [...l.points].map(p => [p.x, p.y])})),
  circles: [...svg.querySelectorAll("circle")].map(c => ({class: c.getAttribute("class"),
    name: c.querySelector("title")?.textContent, at: numbers(c, ["cx", "cy"])})),
  rects: [...svg.querySelectorAll("rect")].map(r => ({class: r.getAttribute("class"),
    at: numbers(r, ["x", "y", "width", "height"])})),
  axes: [...svg.querySelectorAll("text.axis")].map(t => t.textContent),
  texts: [...svg.querySelectorAll("text")].map(t => t.lastChild.data),
  legend: [...figure.querySelectorAll(".legend li")].map(l => l.innerText.replace(/\\s+/g, " ").trim()),
};
"""


def shots_directory():
    path = os.path.join(harness.build, "browser")
    os.makedirs(path, exist_ok=True)
    return path


def pdf_pages(pdf):
    """The number of pages; Chromium leaves the page tree uncompressed."""
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


class PageCase(unittest.TestCase):
    """Shares one browser among the tests of a class."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)

    def table(self, heading):
        rows = self.browser.run(TABLE, heading)
        self.assertIsNotNone(rows, f"no table under {heading!r}")
        return rows

    def figure(self, title):
        figure = self.browser.run(FIGURE, title)
        self.assertIsNotNone(figure, f"no figure {title!r}")
        return figure

    def audit(self, check, *arguments):
        return self.browser.run(f"{AUDIT}\nreturn audit.{check}(...arguments)", *arguments)

    def assert_none(self, where, what, defects):
        shown = "".join(f"\n  {defect}" for defect in defects[:20])
        if defects:
            self.fail(f"{where}: {len(defects)} of {what}{shown}")

    def assert_quiet(self, own):
        """Nothing on the console, and no request but for addresses that begin with own."""
        self.assertEqual([], [entry["message"] for entry in self.browser.log("browser")])
        strangers = [url for url in self.browser.requests()
                     if not url.startswith((own, "about:", "data:"))]
        self.assertEqual([], strangers, "the page asks elsewhere")
        loaded = self.browser.run("return performance.getEntriesByType('resource').map(e => e.name)")
        self.assertEqual([], [url for url in loaded if not url.startswith((own, "data:"))])

    def _assert_legible(self, where, paper):
        self.assert_none(where, "texts that overlap", self.audit("overlaps"))
        self.assert_none(where, "texts that are cut off", self.audit("cut", paper))
        self.assert_none(where, "widths too great", self.audit("sideways"))
        self.assert_none(where, "texts too faint", self.audit("faint", TEXT_CONTRAST))

    def assert_tidy(self, name, lines="none"):
        """lines: a selector of the shapes that have to stand out from the background."""
        for width in (NARROW, WIDE):
            for scheme in ("light", "dark"):
                with self.subTest(width=width, scheme=scheme):
                    self.browser.emulate(width, scheme=scheme)
                    self.browser.screenshot(f"{shots_directory()}/{name}-{width}-{scheme}.png")
                    where = f"{name} at {width} px, {scheme}"
                    self._assert_legible(where, paper=False)
                    self.assert_none(where, "texts too small", self.audit("small", TEXT_PX_MIN))
                    self.assert_none(where, "lines too faint",
                                     self.audit("faintLines", lines, LINE_CONTRAST))

    def assert_prints(self, name, pages_max):
        """Paper is white whatever the screen is, and cannot be scrolled."""
        for scheme in ("light", "dark"):
            with self.subTest(scheme=scheme):
                self.browser.emulate(PAPER, scheme=scheme, media="print")
                self.browser.screenshot(f"{shots_directory()}/{name}-print-{scheme}.png")
                self._assert_legible(f"{name} in print, {scheme}", paper=True)
        pdf = self.browser.print_pdf()
        with open(f"{shots_directory()}/{name}.pdf", "wb") as file:
            file.write(pdf)
        self.assertEqual(b"%PDF", pdf[:4])
        self.assertGreaterEqual(pdf_pages(pdf), 1)
        self.assertLessEqual(pdf_pages(pdf), pages_max)
