// audit.js - finds what a person would see at once: text upon text, text cut off,
// text too faint or too small to read, a page that scrolls sideways.
//
// Runs inside any page. Each check returns a list of sentences, one a defect, so an
// empty list is a pass. page.py puts this before the call of one check; it leaves
// nothing behind in the page.
const audit = (() => {
  // What is clipped away altogether is for screen readers.
  const visible = (node) => {
    const style = getComputedStyle(node);
    return style.clipPath !== "inset(50%)" && style.display !== "none" && style.visibility !== "hidden" && Number(style.opacity) > 0;
  };

  // All runs of text with the boxes that they are drawn in, in CSS pixels of the page.
  // <desc> and <title> of a drawing are spoken, not drawn.
  const texts = () => {
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const parent = node.parentElement;
      if (!node.data.trim() || parent.closest("desc,title,script,style") || !visible(parent))
        continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      // An SVG text's range ignores rotation on some versions; its element does not.
      const svg = parent.closest("svg");
      const boxes = svg ? [parent.getBoundingClientRect()] : [...range.getClientRects()];
      for (const box of boxes)
        if (box.width > 0 && box.height > 0)
          found.push({ node, parent, svg, box, text: node.data.trim().slice(0, 50) });
    }
    return found;
  };

  const describe = (t) =>
    `"${t.text}" at ${Math.round(t.box.left)},${Math.round(t.box.top)}`;

  // A pixel of overlap is the font's own air.
  const meet = (a, b) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 &&
    Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;

  const overlaps = () => {
    const all = texts(), bad = [];
    for (let i = 0; i < all.length; i++)
      for (let k = i + 1; k < all.length; k++)
        if (all[i].node !== all[k].node && meet(all[i].box, all[k].box))
          bad.push(`${describe(all[i])} lies upon ${describe(all[k])}`);
    return bad;
  };

  const outside = (box, frame) =>
    box.left < frame.left - 1 || box.top < frame.top - 1 ||
    box.right > frame.right + 1 || box.bottom > frame.bottom + 1;

  // What holds and clips this element: the drawing, or a box that does not let its
  // contents out. Boxes that scroll may hold more than they show, but not on paper.
  const clipper = (element, paper) => {
    const clips = paper ? /hidden|clip|auto|scroll/ : /hidden|clip/;
    for (let e = element; e && e !== document.body; e = e.parentElement)
      if (e.localName === "svg" || clips.test(getComputedStyle(e).overflowX))
        return e;
    return null;
  };

  const scrolls = (element) =>
    element.closest("svg") === null &&
    (() => {
      for (let e = element; e && e !== document.body; e = e.parentElement)
        if (/auto|scroll/.test(getComputedStyle(e).overflowX))
          return true;
      return false;
    })();

  const cut = (paper) => {
    const bad = [], width = document.documentElement.clientWidth;
    for (const t of texts()) {
      const frame = clipper(t.parent, paper);
      if (frame && outside(t.box, frame.getBoundingClientRect()))
        bad.push(`${describe(t)} leaves its <${frame.localName}>`);
      if ((paper || !scrolls(t.parent)) && (t.box.left < -1 || t.box.right > width + 1))
        bad.push(`${describe(t)} leaves the page, which is ${width} wide`);
    }
    return bad;
  };

  const sideways = () => {
    const root = document.documentElement;
    return root.scrollWidth > root.clientWidth
      ? [`the page is ${root.scrollWidth} wide in a window of ${root.clientWidth}`] : [];
  };

  // Size as drawn: a drawing that is scaled down takes its text with it.
  const small = (least) => {
    const bad = [];
    for (const t of texts()) {
      const scale = t.svg ? t.svg.getScreenCTM().a : 1;
      const size = parseFloat(getComputedStyle(t.parent).fontSize) * scale;
      if (size < least - 0.01)
        bad.push(`${describe(t)} is ${size.toFixed(1)} px, less than ${least}`);
    }
    return bad;
  };

  // ---- contrast, by the formula of WCAG 2.1

  // Computed colours are rgb(), rgba() or, from color-mix, color(srgb ...).
  const parse = (text) => {
    const n = (text.match(/-?[\d.]+(e-?\d+)?/g) || []).map(Number);
    if (text.startsWith("color(srgb"))
      return { r: n[0] * 255, g: n[1] * 255, b: n[2] * 255, a: n[3] ?? 1 };
    if (text.startsWith("rgb"))
      return { r: n[0], g: n[1], b: n[2], a: n[3] ?? 1 };
    return { r: 0, g: 0, b: 0, a: 0 };
  };

  const over = (top, below) => ({
    r: top.r * top.a + below.r * (1 - top.a),
    g: top.g * top.a + below.g * (1 - top.a),
    b: top.b * top.a + below.b * (1 - top.a),
    a: 1,
  });

  const luminance = (c) => {
    const part = (v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(c.r) + 0.7152 * part(c.g) + 0.0722 * part(c.b);
  };

  const ratio = (a, b) => {
    const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (high + 0.05) / (low + 0.05);
  };

  // The colour behind an element: the backgrounds of its ancestors, outermost first.
  const ground = (element) => {
    const dark = getComputedStyle(document.documentElement).colorScheme.includes("dark") &&
      matchMedia("(prefers-color-scheme: dark)").matches;
    let colour = dark ? { r: 18, g: 18, b: 18, a: 1 } : { r: 255, g: 255, b: 255, a: 1 };
    const path = [];
    for (let e = element; e; e = e.parentElement)
      path.unshift(e);
    for (const e of path)
      colour = over(parse(getComputedStyle(e).backgroundColor), colour);
    return colour;
  };

  const paint = (element, property) => {
    const style = getComputedStyle(element);
    const colour = parse(style[property]);
    colour.a *= Number(style.opacity) * Number(style[`${property}Opacity`] ?? 1);
    return colour;
  };

  // In a drawing, shapes that come before the text and lie under its middle count too.
  const behind = (t) => {
    let colour = ground(t.svg || t.parent);
    if (!t.svg)
      return colour;
    const x = (t.box.left + t.box.right) / 2, y = (t.box.top + t.box.bottom) / 2;
    for (const shape of t.svg.querySelectorAll("rect,circle")) {
      const b = shape.getBoundingClientRect();
      const before = shape.compareDocumentPosition(t.parent) & Node.DOCUMENT_POSITION_FOLLOWING;
      if (before && b.left <= x && x <= b.right && b.top <= y && y <= b.bottom)
        colour = over(paint(shape, "fill"), colour);
    }
    return colour;
  };

  const faint = (least) => {
    const bad = [];
    for (const t of texts()) {
      const below = behind(t);
      const own = t.svg ? paint(t.parent, "fill") : parse(getComputedStyle(t.parent).color);
      const found = ratio(over(own, below), below);
      if (found < least)
        bad.push(`${describe(t)} has a contrast of ${found.toFixed(2)}, less than ${least}`);
    }
    return bad;
  };

  // Lines that carry meaning; grids and backdrops do not.
  const faintLines = (selector, least) => {
    const bad = [];
    for (const line of document.querySelectorAll(selector)) {
      const below = ground(line.closest("svg"));
      const property = getComputedStyle(line).stroke === "none" ? "fill" : "stroke";
      const found = ratio(over(paint(line, property), below), below);
      if (found < least)
        bad.push(`.${line.getAttribute("class")} has a contrast of ${found.toFixed(2)}, less than ${least}`);
    }
    return bad;
  };

  return { overlaps, cut, sideways, small, faint, faintLines };
})();
