/* page.c - the style sheet that every page of this project has, and what frames it.
 *
 * Which figures and tables there are, and in which colours series are drawn, is up to
 * whoever writes the page; lines and axes are in chart.c. */
#include "daemon/page/page.h"

#include "daemon/page/chart.h"

/* Two sets of colours, light and dark, each with 4.5:1 for text and 3:1 for lines that
 * mean something. Paper is always light. */
static const char style_colours[] =
    ":root{color-scheme:light dark;--ink:#1b1f24;--soft:#57606a;--line:#d8dee4;--page:#fff;"
    "--card:#f6f8fa}\n"
    "@media screen and (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9aa4af;"
    "--line:#30363d;--page:#0d1117;--card:#161b22}}\n"
    "@media print{:root{color-scheme:light}}\n";

/* Charts stand two abreast where there is room for about 480 units each; one alone keeps
 * that width, lest its type swell. */
/* Long names of models and files break anywhere rather than widen the page. */
static const char style_page[] =
    "*{box-sizing:border-box}body{margin:0 auto;max-width:1120px;padding:24px;"
    "background:var(--page);color:var(--ink);font:15px/1.5 system-ui,sans-serif;"
    "overflow-wrap:anywhere}\n"
    "h1{font-size:24px;margin:0 0 4px}h2{font-size:18px;margin:36px 0 8px}h3{font-size:15px;"
    "margin:0 0 8px}p{margin:4px 0;color:var(--soft)}\n"
    ".charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(440px,100%),1fr));"
    "gap:16px;align-items:start}\n"
    "figure{margin:0;padding:16px;background:var(--card);border:1px solid var(--line);"
    "border-radius:8px;break-inside:avoid}\n"
    "@media(max-width:600px){body{padding:12px}figure{padding:12px 8px}}\n";

/* What the drawings of chart.h are made of. */
static const char style_charts[] =
    "svg{width:100%;height:auto;display:block}svg text{font:14px system-ui,sans-serif;"
    "fill:var(--soft)}svg text.axis,svg text.label,svg text.share,svg text.number{"
    "fill:var(--ink)}svg text.number{font-weight:600}\n"
    ".grid{stroke:var(--line)}.series,.hull{fill:none;stroke-width:2}"
    "circle.badge{fill:var(--card);stroke:var(--ink);stroke-width:1.5}"
    ".bin{fill:var(--card);stroke-width:2}"
    ".whisker{stroke:var(--ink);stroke-width:1.5;fill:none}\n"
    ".legend{display:flex;flex-wrap:wrap;gap:2px 18px;list-style:none;margin:8px 0 0;padding:0;"
    "font-size:13px;color:var(--soft)}.legend li{display:flex;align-items:center;gap:6px}"
    ".legend .key{width:28px;height:10px;flex:none}.legend .badge{flex:none;width:18px;"
    "height:18px;margin:1px 5px;border:1.5px solid var(--ink);border-radius:50%;"
    "color:var(--ink);font-size:12px;font-weight:600;line-height:15px;text-align:center}\n";

/* Tables are wider than a telephone: there they scroll, each in its own box, so that the
 * page does not. Paper cannot scroll, so names wrap. */
static const char style_tables[] =
    ".wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:13px;"
    "font-variant-numeric:tabular-nums}th,td{padding:5px 10px;border-bottom:1px solid var(--line);"
    "text-align:right;white-space:nowrap;overflow-wrap:normal}th:first-child,.text{text-align:left}"
    "tbody th:first-child{white-space:normal;min-width:7em;overflow-wrap:break-word}"
    "td small{display:block;color:var(--soft);font-weight:400;font-size:11px}"
    "thead th{color:var(--soft);font-weight:600;vertical-align:bottom}"
    "tr.front{font-weight:600}td.text{white-space:normal;min-width:16em}\n"
    "@page{size:A4;margin:10mm}\n"
    "@media print{body{max-width:none;padding:0;font-size:11px}h2{margin:20px 0 6px;"
    "break-after:avoid}.charts{grid-template-columns:1fr 1fr;gap:10px}figure{padding:8px}"
    ".legend{font-size:10px}table{font-size:9.5px}td small{font-size:8.5px}th,td{padding:3px 4px}"
    "tbody th:first-child{min-width:5em;overflow-wrap:anywhere}thead th{white-space:normal}"
    "td.text{min-width:0}.wide{overflow:visible}tr{break-inside:avoid}}\n";

void page_open(FILE *out, const char *title, const char *colours, const char *classes) {
  (void)fprintf(out,
                "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
                "<title>%s</title><style>\n%s%s%s%s%s%s</style></head><body>\n<h1>%s</h1>\n",
                title, style_colours, colours, style_page, style_charts, classes, style_tables,
                title);
}

void page_close(FILE *out) {
  (void)fputs("</body></html>\n", out);
}

/* The heading names the figure for the eye, the drawing's label for the ear. */
void page_open_figure(FILE *out, const char *title) {
  (void)fprintf(out, "<figure><h3>%s</h3>\n", title);
}

void page_open_svg(FILE *out, int height, const char *name, const char *description) {
  (void)fprintf(out, "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\"><desc>%s</desc>\n",
                CHART_WIDTH, height, name, description);
}

/* A short stretch of the line itself: dashes and widths tell lines apart where colours
 * do not. It is hidden from screen readers, which get the text. */
void page_legend_item(FILE *out, const char *class_names, const char *text) {
  (void)fprintf(out,
                "<li><svg class=\"key\" viewBox=\"0 0 28 10\" aria-hidden=\"true\">"
                "<line class=\"%s\" x1=\"1\" y1=\"5\" x2=\"27\" y2=\"5\"/></svg>",
                class_names);
  chart_text(out, text);
  (void)fputs("</li>\n", out);
}

/* Heads, so that a screen reader says the name with each figure. */
void page_row_head(FILE *out, const char *text) {
  (void)fputs("<th scope=\"row\">", out);
  chart_text(out, text);
  (void)fputs("</th>", out);
}

void page_text_cell(FILE *out, const char *text) {
  (void)fputs("<td class=\"text\">", out);
  chart_text(out, text);
  (void)fputs("</td>", out);
}
