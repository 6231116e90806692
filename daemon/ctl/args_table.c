/* args_table.c - every option of tierctl but those of its catalog command.
 *
 * Names, what it takes, where that is stored, whose option it is, and its lines of help:
 * an option is added here, and parsing, checking and --help know it. */
#include "daemon/ctl/args_internal.h"

#define FIELD(member) offsetof(struct ctl_args, member)

const struct args_option args_options[ARGS_OPTIONS_COUNT] = {
    /* What a route is of, then how it should be decided: these go into the body's
     * "routing". */
    {"file", 'f', OPTION_TEXT, FIELD(file), ARGS_ROUTE, "FILE",
     "route this file: a JSON body or a prompt; - is stdin"},
    {"batch", 'b', OPTION_TEXT, FIELD(batch), ARGS_ROUTE, "FILE",
     "route each line of this NDJSON file; - is stdin"},
    {"quality", 0, OPTION_SHARE, FIELD(routing.quality), ARGS_ROUTE, "Q",
     "keep this share of the top tier's quality, 0 to 1"},
    {"profile", 0, OPTION_TEXT, FIELD(routing.profile), ARGS_ROUTE, "P",
     "eco, balanced or premium, instead of --quality"},
    {"max-risk", 0, OPTION_SHARE, FIELD(routing.max_risk), ARGS_ROUTE, "R",
     "bound the chance that the tier is too weak, 0 to 1"},
    {"min-tier", 0, OPTION_TEXT, FIELD(routing.min_tier), ARGS_ROUTE, "T",
     "choose no cheaper tier than this"},
    {"max-tier", 0, OPTION_TEXT, FIELD(routing.max_tier), ARGS_ROUTE, "T",
     "choose no dearer tier than this"},
    {"session", 0, OPTION_TEXT, FIELD(routing.session), ARGS_ROUTE, "S",
     "keep this conversation on one model while that pays"},
    {"explain", 0, OPTION_FLAG, FIELD(routing.explain), ARGS_ROUTE, NULL,
     "ask for the reasons in full"},
    /* The report's figures are text here: report/options.c reads them, and knows their
     * ranges. */
    {"catalog", 0, OPTION_TEXT, FIELD(report.catalog), ARGS_REPORT, "FILE",
     "price reported usage, and what caching would save, by\n"
     "this catalogue"},
    {"since", 0, OPTION_TEXT, FIELD(report.since), ARGS_REPORT, "TIME",
     "leave out what was decided before; 2026-03-01 or\n"
     "2026-03-01T12:30Z"},
    {"until", 0, OPTION_TEXT, FIELD(report.until), ARGS_REPORT, "TIME",
     "leave out what was decided then and later"},
    {"label", 0, OPTION_TEXT, FIELD(report.label), ARGS_REPORT, "KEY",
     "sum up by this label alone instead of by all"},
    {"time-label", 0, OPTION_TEXT, FIELD(report.time_label), ARGS_REPORT, "KEY",
     "take the time from this label, not from the log's clock"},
    {"top", 0, OPTION_TEXT, FIELD(report.top), ARGS_REPORT, "N",
     "show N rows of a table; default 10"},
    {"users", 0, OPTION_TEXT, FIELD(report.users), ARGS_REPORT, "N",
     "project the full bill for N daily users"},
    {"split", 0, OPTION_TEXT, FIELD(report.split), ARGS_REPORT, "PARTS",
     "shares of the full bill in per cent; default tokens=35,\n"
     "infrastructure=22.5,evaluation=17.5,guardrails=12.5"},
    {"month-days", 0, OPTION_TEXT, FIELD(report.month_days), ARGS_REPORT, "N",
     "days of a month; default 30"},
    /* Of two commands each: ARGS_LOGS and ARGS_RUNS are groups (args_internal.h). */
    {"out", 'o', OPTION_TEXT, FIELD(out), ARGS_LOGS, "FILE",
     "log join: write the rows to FILE instead of stdout;\n"
     "report: write the page to FILE"},
    {"wait", 0, OPTION_FLAG, FIELD(wait), ARGS_RUNS, NULL,
     "wait until the candidate is promoted or not; exit\n"
     "status 1 if not"},
    {"cancel", 0, OPTION_FLAG, FIELD(cancel), ARGS_PROMOTE, NULL,
     "take the candidate out of shadow"},
    /* Of every command, so --help has them on its own page. */
    {"socket", 0, OPTION_TEXT, FIELD(socket_path), ARGS_NONE, "PATH",
     "the daemon's Unix socket; default $TIERD_SOCKET,\n"
     "then " ARGS_SOCKET_DEFAULT},
    {"url", 0, OPTION_TEXT, FIELD(url), ARGS_NONE, "URL",
     "reach the daemon over TCP instead, as http://HOST:PORT"},
    {"json", 0, OPTION_FLAG, FIELD(json), ARGS_NONE, NULL, "print the daemon's JSON as it is"},
    {"quiet", 'q', OPTION_FLAG, FIELD(quiet), ARGS_NONE, NULL,
     "print model names alone; status: the exit code alone"},
    {"timeout-ms", 0, OPTION_MS, FIELD(timeout_ms), ARGS_NONE, "MS",
     "give up after so long without an answer; default 30000"},
    /* These two end the parsing and store nothing. */
    {"help", 'h', OPTION_HELP, 0, ARGS_NONE, NULL, "print this help and exit"},
    {"version", 'V', OPTION_VERSION, 0, ARGS_NONE, NULL, "print the version and exit"},
};
