"""The checks of audit.js and page.py find the defects that they are for.

Each page here has one defect, next to the same thing done right: a check that finds
nothing, or too much, would let every other test of this folder pass for nothing.
"""

import harness
from page import PageCase

HEAD = "<!DOCTYPE html><html lang=en><meta charset=utf-8><body style='margin:8px;background:#fff'>"


class Audit(PageCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.directory = harness.Directory()
        cls.addClassCleanup(cls.directory.remove)

    def show(self, body):
        path = self.directory.write("page.html", HEAD + body)
        self.browser.emulate(400)
        self.browser.open("file://" + path)
        return "file://" + path

    def assert_finds(self, what, defects):
        self.assertEqual(len(defects), 1, defects)
        self.assertIn(what, defects[0])

    def test_text_upon_text(self):
        self.show("<p>one</p><p>two</p><p style='margin-top:-2.6em'>three</p>")
        self.assert_finds('"two"', self.audit("overlaps"))

    def test_text_upon_text_in_a_drawing(self):
        self.show("<svg viewBox='0 0 100 50'><text x=5 y=20>one</text><text x=10 y=22>two</text>"
                  "<text x=60 y=20>three</text></svg>")
        self.assert_finds('"two"', self.audit("overlaps"))

    def test_rotated_text_has_its_own_box(self):
        self.show("<svg viewBox='0 0 300 300'><text x=40 y=150>beside</text>"
                  "<text transform='translate(20 250) rotate(-90)'>a long title</text></svg>")
        self.assertEqual(self.audit("overlaps"), [])
        self.assertEqual(self.audit("cut", False), [])

    def test_text_beyond_its_drawing(self):
        self.show("<svg viewBox='0 0 300 50' style='width:300px'><text x=5 y=20>inside</text>"
                  "<text x=280 y=20>beyond</text></svg>")
        self.assert_finds('"beyond"', self.audit("cut", False))

    def test_text_cut_by_its_box(self):
        self.show("<div style='width:60px;overflow:hidden;white-space:nowrap'>far too long for it</div>")
        self.assert_finds("leaves its <div>", self.audit("cut", False))

    def test_what_scrolls_is_cut_on_paper_alone(self):
        self.show("<div style='width:60px;overflow-x:auto;white-space:nowrap'>far too long for it</div>")
        self.assertEqual(self.audit("cut", False), [])
        self.assert_finds("leaves its <div>", self.audit("cut", True))

    def test_a_page_that_is_too_wide(self):
        self.show("<p style='width:500px'>wide</p>")
        self.assert_finds("508 wide in a window of 400", self.audit("sideways"))

    def test_small_text_counts_as_drawn(self):
        self.show("<svg viewBox='0 0 1000 100' style='width:300px'><text x=5 y=50 font-size=20>tiny</text>"
                  "<text x=5 y=90 font-size=40>legible</text></svg>")
        self.assert_finds('"tiny"', self.audit("small", 9.5))

    def test_faint_text(self):
        self.show("<p style='color:#777'>nearly</p><p style='color:#767676'>just</p>")
        self.assert_finds('"nearly"', self.audit("faint", 4.5))

    def test_faint_text_upon_a_shape(self):
        self.show("<svg viewBox='0 0 300 60'><rect width=150 height=60 fill=#444 fill-opacity=.9 />"
                  "<text x=20 y=30>upon</text><text x=200 y=30>beside</text></svg>")
        self.assert_finds('"upon"', self.audit("faint", 4.5))

    def test_mixed_colours(self):
        dark = "background:color-mix(in srgb,#000 80%,transparent)"
        self.show(f"<p style='{dark};color:#fff'>white</p><p style='{dark};color:#555'>grey</p>")
        self.assert_finds('"grey"', self.audit("faint", 4.5))

    def test_faint_lines(self):
        self.show("<svg viewBox='0 0 300 60'><path class=pale d='M0 0H300' stroke=#bbb />"
                  "<path class=dark d='M0 9H300' stroke=#555 /></svg>")
        self.assert_finds(".pale", self.audit("faintLines", "path", 3))

    def test_the_console_is_heard(self):
        own = self.show("<script>console.warn('beware')</script>")
        with self.assertRaisesRegex(AssertionError, "beware"):
            self.assert_quiet(own)

    def test_requests_are_seen(self):
        """The browser refuses port 9, but asking is what counts. The refusal may be a
        complaint on the console too, so that one is read first."""
        own = self.show("<img alt='' src='http://127.0.0.1:9/pixel.png'>")
        self.browser.log("browser")
        with self.assertRaisesRegex(AssertionError, "127.0.0.1:9/pixel.png"):
            self.assert_quiet(own)
