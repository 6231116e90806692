/* test_config.c - settings: defaults, flags over file over default, every refusal,
 * and that --dump-config can be read back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/config/config.h"
#include "daemon/config/config_file.h"
#include "daemon/config/listen_address.h"
#include "daemon/config/nearest.h"
#include "daemon/config/options.h"
#include "daemon/config/quote.h"

enum { ARGS_MAX = 16 };

/* config_parse_args() on arguments separated by single spaces. */
static enum config_result parse(struct config *config, const char *args, struct config_error *err) {
  char *copy = strdup(args);
  assert_non_null(copy);
  char *argv[ARGS_MAX + 1] = {(char[]){"tierd"}};
  int argc = 1;
  for (char *arg = strtok(copy, " "); arg != NULL; arg = strtok(NULL, " ")) {
    assert_true(argc < ARGS_MAX);
    argv[argc++] = arg;
  }
  err->text[0] = '\0';
  const enum config_result result = config_parse_args(config, argc, argv, err);
  free(copy);
  return result;
}

/* Parses into fresh settings that must be good; the caller deinits. */
static void parse_good(struct config *config, const char *args) {
  struct config_error err;
  config_init(config);
  if (parse(config, args, &err) != CONFIG_RUN)
    fail_msg("%s: %s", args, err.text);
}

static void expect_error(const char *args, const char *expected) {
  struct config config;
  struct config_error err;
  config_init(&config);
  if (parse(&config, args, &err) != CONFIG_ERROR)
    fail_msg("accepted: %s", args);
  if (strstr(err.text, expected) == NULL)
    fail_msg("for %s expected \"%s\", got \"%s\"", args, expected, err.text);
  config_deinit(&config);
}

/* A new file of that content; its name, to be unlinked, in path. */
static void write_file(char *path, const char *text, size_t len) {
  strcpy(path, "/tmp/test_config_XXXXXX");
  const int fd = mkstemp(path);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, text, len), (ssize_t)len);
  close(fd);
}

static void defaults_are_as_documented(void **state) {
  (void)state;
  struct config c;
  config_init(&c);
  assert_string_equal(c.socket, "/run/tierd/tierd.sock");
  assert_int_equal(c.socket_mode, 0660);
  assert_string_equal(c.listen, "");
  assert_false(c.allow_remote);
  assert_non_null(strstr(c.model, "/default.tier"));
  assert_non_null(strstr(c.catalog, "/catalog.json"));
  assert_int_equal(c.threads, 0);
  assert_true(c.quality > 0.9499 && c.quality < 0.9501);
  assert_true(c.max_risk > 0.9999 && c.max_risk < 1.0001);
  assert_int_equal(c.stale_days, 45);
  assert_int_equal(c.url_bytes_max, 8192);
  assert_int_equal(c.header_bytes_max, 16384);
  assert_int_equal(c.headers_max, 100);
  assert_int_equal(c.body_bytes_max, 4 * 1024 * 1024);
  assert_int_equal(c.batch_lines_max, 1000000);
  assert_int_equal(c.json_depth_max, 64);
  assert_int_equal(c.json_nodes_max, 200000);
  assert_int_equal(c.connections_max, 1024);
  assert_int_equal(c.requests_in_flight_max, 512);
  assert_int_equal(c.header_timeout_ms, 10000);
  assert_int_equal(c.body_timeout_ms, 30000);
  assert_int_equal(c.idle_timeout_ms, 60000);
  assert_int_equal(c.write_timeout_ms, 30000);
  assert_int_equal(c.drain_delay_ms, 0);
  assert_int_equal(c.drain_timeout_ms, 10000);
  config_deinit(&c);
  assert_null(c.socket);
  config_deinit(&c); /* twice does no harm */
}

/* A value of each type through its flag, in both spellings. */
static void flags_set_fields(void **state) {
  (void)state;
  struct config c;
  parse_good(&c, "--socket=/a=b.sock --listen 127.0.0.1:80 --threads 3 --quality=0.5 "
                 "--socket-mode 600 --body-bytes-max=2M --header-timeout 1500ms");
  assert_string_equal(c.socket, "/a=b.sock");
  assert_string_equal(c.listen, "127.0.0.1:80");
  assert_int_equal(c.threads, 3);
  assert_true(c.quality > 0.4999 && c.quality < 0.5001);
  assert_int_equal(c.socket_mode, 0600);
  assert_int_equal(c.body_bytes_max, 2 * 1024 * 1024);
  assert_int_equal(c.header_timeout_ms, 1500);
  config_deinit(&c);

  parse_good(&c, "--threads 1 --threads 2 --allow-remote --listen=0.0.0.0:0");
  assert_int_equal(c.threads, 2); /* the last wins */
  assert_true(c.allow_remote);
  config_deinit(&c);
  parse_good(&c, "--allow-remote --allow-remote=no --socket= --listen=[::1]:9");
  assert_false(c.allow_remote);
  assert_string_equal(c.socket, "");
  config_deinit(&c);
}

static void units_are_understood(void **state) {
  (void)state;
  static const struct {
    const char *text;
    uint32_t value;
  } sizes[] = {{"4096", 4096}, {"4K", 4096}, {"4k", 4096}, {"1M", 1048576}, {"1G", 1073741824}},
    times[] = {{"7", 7}, {"7ms", 7}, {"7s", 7000}, {"7m", 420000}, {"7M", 420000}};
  char args[64];
  struct config c;
  for (size_t i = 0; i < 5; i++) {
    snprintf(args, sizeof args, "--body-bytes-max=%s", sizes[i].text);
    parse_good(&c, args);
    assert_int_equal(c.body_bytes_max, sizes[i].value);
    config_deinit(&c);
    snprintf(args, sizeof args, "--idle-timeout=%s", times[i].text);
    parse_good(&c, args);
    assert_int_equal(c.idle_timeout_ms, times[i].value);
    config_deinit(&c);
  }
}

static void commands_decide_the_run(void **state) {
  (void)state;
  static const struct {
    const char *args;
    enum config_result result;
  } cases[] = {
      {"", CONFIG_RUN},
      {"--check", CONFIG_CHECK},
      {"--dump-config", CONFIG_DUMP},
      {"--help", CONFIG_HELP},
      {"--help-all", CONFIG_HELP_ALL},
      {"-h", CONFIG_HELP},
      {"--version", CONFIG_VERSION},
      {"-V", CONFIG_VERSION},
      {"--check --threads 2", CONFIG_CHECK},
      {"--threads bad --help", CONFIG_HELP}, /* help even with bad values */
      {"--config /nonexistent -V", CONFIG_VERSION},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct config c;
    struct config_error err;
    config_init(&c);
    const enum config_result result = parse(&c, cases[i].args, &err);
    if (result != cases[i].result)
      fail_msg("%s gave %d: %s", cases[i].args, result, err.text);
    config_deinit(&c);
  }
}

/* Arguments, and a part of what must be said about them. */
static const struct {
  const char *args;
  const char *expected;
} bad_arguments[] = {
    {"--modle x", "--modle: unknown flag; did you mean --model?"},
    {"--body_bytes_max=1", "--body_bytes_max: unknown flag; did you mean --body-bytes-max?"},
    {"--hlep", "did you mean --help?"},
    {"-model x", "-model: unknown flag; did you mean --model?"},
    {"--frobnicate", "--frobnicate: unknown flag; see --help"},
    {"-x", "-x: unknown flag"},
    {"--", "--: unknown flag"},
    {"serve", "\"serve\": unexpected argument"},
    {"=1", "unexpected argument"},
    {"--model", "--model: needs a value; write --model=FILE"},
    {"--model --check", "--model: needs a value"},
    {"--check=1", "--check: takes no value"},
    {"--help=x", "--help: takes no value"},
    {"--allow-remote=maybe", "--allow-remote: \"maybe\" is not understood; expected true or false"},
    {"--threads=", "--threads: \"\" is not understood; expected a whole number, from 0 to 256"},
    {"--threads=-1", "\"-1\" is not understood"},
    {"--threads=257", "--threads: 257 is out of range; expected 0 to 256"},
    {"--threads=99999999999999999999999", "is out of range"},
    {"--threads=2x", "is not understood"},
    {"--body-bytes-max=1.5M", "expected a size such as 512, 64K or 4M, from 16 to 1G"},
    {"--body-bytes-max=15", "15 is out of range; expected 16 to 1G"},
    {"--body-bytes-max=99999999999999999G", "out of range"},
    {"--body-bytes-max=4T", "is not understood"},
    {"--header-timeout=0", "--header-timeout: 0 is out of range; expected 1ms to 60m"},
    {"--header-timeout=1h", "expected a time such as 500ms, 10s or 2m"},
    {"--json-depth-max=257", "out of range; expected 4 to 256"},
    {"--socket-mode=0680", "expected an octal mode such as 0660, from 0000 to 0777"},
    {"--socket-mode=1777", "out of range; expected 0000 to 0777"},
    {"--quality=1.01", "1.01 is out of range; expected 0 to 1"},
    {"--quality=nan", "expected a number such as 0.95, from 0 to 1"},
    {"--quality=0x1", "is not understood"},
    {"--quality=", "is not understood"},
    {"--quality=-0.1", "out of range"},
    {"--quality=1e", "is not understood"},
    {"--max-risk=00000000000000000000000000000000000000000000000000", "is not understood"},
    {"--config /nonexistent/a.conf", "/nonexistent/a.conf: cannot open: No such file"},
    {"--config a --config b", "--config: given twice"},
    {"--socket=", "--socket and --listen are both empty"},
    {"--model=", "--model: empty"},
    {"--catalog=", "--catalog: empty"},
    {"--listen 8080", "--listen: \"8080\" has no port"},
    {"--listen :8080", "has no host"},
    {"--listen []:8080", "has no host"},
    {"--listen ::1:8080", "write an IPv6 address as [ADDRESS]:PORT"},
    {"--listen [::1]", "write an IPv6 address as"},
    {"--listen [127.0.0.1]:80", "something other than an IPv6 address in its brackets"},
    {"--listen localhost:", "no port from 0 to 65535"},
    {"--listen localhost:65536", "no port from 0 to 65535"},
    {"--listen localhost:http", "no port from 0 to 65535"},
    {"--listen http://localhost:80", "write an IPv6 address"},
    {"--listen a@b:80", "a character that no host name has"},
    {"--listen 0.0.0.0:8080", "add --allow-remote"},
    {"--listen [::]:8080", "--listen: [::]:8080 can be reached from other machines"},
    {"--listen 128.0.0.1:8080", "--allow-remote"},
    {"--listen 127.0.0.1.example.org:8080", "--allow-remote"},
    {"--listen 127.1:8080", "--allow-remote"},
    {"--listen [::ffff:127.0.0.1]:8080", "--allow-remote"},
};

static void bad_arguments_say_why(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof bad_arguments / sizeof bad_arguments[0]; i++)
    expect_error(bad_arguments[i].args, bad_arguments[i].expected);
}

static void long_values_are_refused(void **state) {
  (void)state;
  char args[6000];
  /* 107 bytes fit into a socket's address, 108 do not. */
  struct config c;
  snprintf(args, sizeof args, "--socket=%0107d", 0);
  parse_good(&c, args);
  config_deinit(&c);
  snprintf(args, sizeof args, "--socket=%0108d", 0);
  expect_error(args, "--socket: the path has 108 bytes; a Unix socket's has 107 at the most");
  snprintf(args, sizeof args, "--model=%04097d", 0);
  expect_error(args, "--model: longer than 4096 bytes");
  snprintf(args, sizeof args, "--listen=%0300d:80", 0);
  expect_error(args, "has too long a host name");
  snprintf(args, sizeof args, "--threads=%05000d", 7);
  parse_good(&c, args); /* leading zeros are no harm */
  assert_int_equal(c.threads, 7);
  config_deinit(&c);
}

static void flags_override_the_file(void **state) {
  (void)state;
  static const char text[] = "threads = 5\nstale-days=9\n";
  char path[64], args[256];
  write_file(path, text, strlen(text));
  struct config c;
  snprintf(args, sizeof args, "--threads 7 --config %s", path);
  parse_good(&c, args);
  assert_int_equal(c.threads, 7);
  assert_int_equal(c.stale_days, 9);
  assert_int_equal(c.headers_max, 100);
  config_deinit(&c);
  /* What spans settings is checked once all are known: the file allows it. */
  static const char remote[] = "allow-remote = true\n";
  unlink(path);
  write_file(path, remote, strlen(remote));
  snprintf(args, sizeof args, "--listen=0.0.0.0:80 --config=%s", path);
  parse_good(&c, args);
  config_deinit(&c);
  unlink(path);
}

static void file_syntax_is_taken(void **state) {
  (void)state;
  static const char text[] = "# a comment\r\n"
                             "\n"
                             "  socket = /tmp/a#b c.sock   # the '#' in the path stays\n"
                             "model=\"with \\\"quotes\\\" \\\\ # \\x41\\n\\t\"# comment\n"
                             "\tcatalog\t=\tx\t\r\n"
                             "listen =\n"
                             "allow-remote = yes\n"
                             "body-bytes-max = 64K # comment\n"
                             "socket-mode = 0600\n"
                             "threads = \"2\"";
  struct config c;
  struct config_error err;
  config_init(&c);
  if (!config_file_parse(&c, "a.conf", text, strlen(text), &err))
    fail_msg("%s", err.text);
  assert_string_equal(c.socket, "/tmp/a#b c.sock");
  assert_string_equal(c.model, "with \"quotes\" \\ # A\n\t");
  assert_string_equal(c.catalog, "x");
  assert_string_equal(c.listen, "");
  assert_true(c.allow_remote);
  assert_int_equal(c.body_bytes_max, 65536);
  assert_int_equal(c.socket_mode, 0600);
  assert_int_equal(c.threads, 2);
  config_deinit(&c);
}

static void bad_files_say_where(void **state) {
  (void)state;
#define TEXT(literal) literal, sizeof literal - 1
  static const struct {
    const char *text;
    size_t len;
    const char *expected;
  } cases[] = {
      {TEXT("\n\nthread = 2\n"), "a.conf:3: thread: unknown key; did you mean \"threads\"?"},
      {TEXT("body_bytes_max = 2\n"), "did you mean \"body-bytes-max\"?"},
      {TEXT("xyzzy = 2\n"), "a.conf:1: xyzzy: unknown key; --dump-config lists them all"},
      {TEXT("= 2\n"), "a.conf:1: : unknown key"},
      {TEXT("threads\n"), "a.conf:1: expected \"key = value\""},
      {TEXT("[limits]\n"), "a.conf:1: sections are not known"},
      {TEXT("check = true\n"), "a.conf:1: check is a flag of the command line"},
      {TEXT("config = other\n"), "config is a flag of the command line"},
      {TEXT("threads = 1\n# x\nthreads = 2\n"), "a.conf:3: threads: already set on line 1"},
      {TEXT("threads = many\n"), "a.conf:1: threads: \"many\" is not understood"},
      {TEXT("threads = 1 2\n"), "a.conf:1: threads: \"1 2\" is not understood"},
      {TEXT("threads = # none\n"), "threads: \"\" is not understood"},
      {TEXT("model = \"open\n"), "a.conf:1: a quoted value has no closing quote"},
      {TEXT("model = \"open\\"), "unknown escape"},
      {TEXT("model = \"a\" b\n"), "more after the closing quote"},
      {TEXT("model = \"\\q\"\n"), "unknown escape"},
      {TEXT("model = \"\\x0g\"\n"), "unknown escape"},
      {TEXT("model = \"\\x4"), "unknown escape"},
      {TEXT("model = \"\\x00\"\n"), "unknown escape"},
      {TEXT("model = a\0b\n"), "a.conf:1: a NUL byte"},
      {TEXT("\033[2J = 1\n"), "a.conf:1: ?[2J: unknown key"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct config c;
    struct config_error err = {""};
    config_init(&c);
    /* On the heap and of exactly that size, for the sanitizer. */
    char *text = malloc(cases[i].len);
    assert_non_null(text);
    memcpy(text, cases[i].text, cases[i].len);
    if (config_file_parse(&c, "a.conf", text, cases[i].len, &err))
      fail_msg("accepted: %s", cases[i].text);
    if (strstr(err.text, cases[i].expected) == NULL)
      fail_msg("expected \"%s\", got \"%s\"", cases[i].expected, err.text);
    free(text);
    config_deinit(&c);
  }
}

static void large_files_and_values_are_refused(void **state) {
  (void)state;
  struct config c;
  struct config_error err;
  config_init(&c);
  char *text = malloc(CONFIG_FILE_BYTES_MAX + 1);
  assert_non_null(text);
  memset(text, '\n', CONFIG_FILE_BYTES_MAX + 1);
  char path[64];
  write_file(path, text, CONFIG_FILE_BYTES_MAX);
  assert_true(config_file_read(&c, path, &err));
  unlink(path);
  write_file(path, text, CONFIG_FILE_BYTES_MAX + 1);
  assert_false(config_file_read(&c, path, &err));
  assert_non_null(strstr(err.text, "larger than 1048576 bytes"));
  unlink(path);
  assert_false(config_file_read(&c, "/", &err));
  assert_non_null(strstr(err.text, "/: cannot read"));

  memset(text, 'x', 6000);
  memcpy(text, "model = \"", 9);
  assert_false(config_file_parse(&c, "a.conf", text, 6000, &err));
  assert_non_null(strstr(err.text, "a.conf:1: the value is too long"));
  text[8] = 'x'; /* the same, bare */
  assert_false(config_file_parse(&c, "a.conf", text, 6000, &err));
  assert_non_null(strstr(err.text, "a.conf:1: model: longer than 4096 bytes"));
  free(text);
  config_deinit(&c);
}

static char *dump(const struct config *config) {
  char *text = NULL;
  size_t len = 0;
  FILE *out = open_memstream(&text, &len);
  assert_non_null(out);
  config_dump(config, out);
  fclose(out);
  return text;
}

/* Reads a dump into fresh settings and dumps those. */
static char *dump_again(const char *text) {
  struct config c;
  struct config_error err;
  config_init(&c);
  if (!config_file_parse(&c, "dump", text, strlen(text), &err))
    fail_msg("%s\n%s", err.text, text);
  char *again = dump(&c);
  config_deinit(&c);
  return again;
}

static void dump_reads_back(void **state) {
  (void)state;
  struct config c;
  config_init(&c);
  char *text = dump(&c);
  char *again = dump_again(text);
  assert_string_equal(text, again);
  assert_non_null(strstr(text, "\nbody-bytes-max = 4M\n"));
  assert_non_null(strstr(text, "\nsocket-mode = 0660\n"));
  assert_non_null(strstr(text, "\nheader-timeout = 10s\n"));
  assert_non_null(strstr(text, "\nquality = 0.95\n"));
  free(text);
  free(again);

  /* Every setting has its line, and none is at its default any more. */
  free(c.model);
  c.model = strdup("odd \"name\" \\ # with\nnew line \x01 \xC3\xA9 ");
  free(c.listen);
  c.listen = strdup("[::1]:9");
  c.socket_mode = 07;
  c.quality = 1.0 / 3;
  c.max_risk = 1e-7;
  c.allow_remote = true;
  c.body_bytes_max = 1000001;
  c.url_bytes_max = 4097;
  c.header_timeout_ms = 61001;
  c.drain_delay_ms = 5000;
  c.drain_timeout_ms = 0;
  c.idle_timeout_ms = 120000;
  text = dump(&c);
  again = dump_again(text);
  assert_string_equal(text, again);
  assert_non_null(strstr(text, "quality = 0.3333333333333333\n"));
  assert_non_null(strstr(text, "drain-delay = 5s\n"));
  assert_non_null(strstr(text, "drain-timeout = 0ms\n"));
  assert_non_null(strstr(text, "idle-timeout = 2m\n"));
  struct config_error err;
  struct config read;
  config_init(&read);
  assert_true(config_file_parse(&read, "dump", text, strlen(text), &err));
  assert_string_equal(read.model, c.model);
  assert_memory_equal(&read.quality, &c.quality, sizeof c.quality);
  assert_int_equal(read.header_timeout_ms, 61001);
  config_deinit(&read);
  size_t count;
  const struct option *table = options_table(&count);
  for (size_t i = 0; i < count; i++) {
    char line[80];
    snprintf(line, sizeof line, "\n%s = ", table[i].key);
    assert_int_equal(strstr(text, line) != NULL, option_is_setting(&table[i]));
  }
  free(text);
  free(again);
  config_deinit(&c);
}

/* Every option has a flag in the help, no line is wider than a terminal, and no
 * group is longer than a screen. */
static void help_fits_and_is_complete(void **state) {
  (void)state;
  char *text = NULL;
  size_t len = 0;
  FILE *out = open_memstream(&text, &len);
  assert_non_null(out);
  config_print_help_all(out);
  fclose(out);
  size_t count;
  const struct option *table = options_table(&count);
  for (size_t i = 0; i < count; i++) {
    char flag[80];
    snprintf(flag, sizeof flag, table[i].type == OPTION_GROUP ? "\n%s:\n" : "--%s", table[i].key);
    if (strstr(text, flag) == NULL)
      fail_msg("no %s in the help", flag);
  }
  assert_non_null(strstr(text, "  -h, --help"));
  assert_non_null(strstr(text, "--body-bytes-max=SIZE"));
  assert_non_null(strstr(text, "[4M]"));
  size_t group_lines = 0;
  for (const char *line = text; *line != '\0';) {
    const size_t width = strcspn(line, "\n");
    assert_true(width < 80);
    assert_true(width == 0 || line[width - 1] != ' ');
    group_lines = width == 0 ? 0 : group_lines + 1;
    assert_true(group_lines <= 24);
    line += width + 1;
  }
  free(text);
}

/* The short help is one screen of 80 by 24, with room for the prompt below. */
static void short_help_fits_a_screen(void **state) {
  (void)state;
  char *text = NULL;
  size_t len = 0, lines = 0;
  FILE *out = open_memstream(&text, &len);
  assert_non_null(out);
  config_print_help(out);
  fclose(out);
  for (const char *line = text; *line != '\0'; lines++) {
    const size_t width = strcspn(line, "\n");
    assert_true(width < 80);
    assert_true(width == 0 || line[width - 1] != ' ');
    line += width + 1;
  }
  assert_in_range(lines, 10, 23);
  assert_non_null(strstr(text, "--help-all"));
  assert_non_null(strstr(text, "--socket=PATH"));
  assert_null(strstr(text, "--json-nodes-max"));
  free(text);
}

static void listen_addresses_come_apart(void **state) {
  (void)state;
  static const struct {
    const char *text;
    const char *host;
    uint16_t port;
    bool loopback;
  } cases[] = {
      {"127.0.0.1:8080", "127.0.0.1", 8080, true},
      {"127.9.9.9:0", "127.9.9.9", 0, true},
      {"localhost:65535", "localhost", 65535, true},
      {"LocalHost:1", "LocalHost", 1, true},
      {"[::1]:80", "::1", 80, true},
      {"[0:0:0:0:0:0:0:1]:80", "0:0:0:0:0:0:0:1", 80, true},
      {"[::2]:80", "::2", 80, false},
      {"10.0.0.1:80", "10.0.0.1", 80, false},
      {"localhost.:80", "localhost.", 80, false},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct listen_address address;
    char why[128] = "";
    if (!listen_address_parse(cases[i].text, &address, why, sizeof why))
      fail_msg("%s: %s", cases[i].text, why);
    assert_string_equal(address.host, cases[i].host);
    assert_int_equal(address.port, cases[i].port);
    assert_int_equal(address.loopback, cases[i].loopback);
  }
}

static const char *nearest_of(const char *word) {
  static const char *const names[] = {"input", "output", "cache_read", "tier"};
  struct nearest nearest;
  nearest_init(&nearest, span_of(word));
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    nearest_offer(&nearest, names[i]);
  return nearest_name(&nearest);
}

static void nearest_finds_slips_only(void **state) {
  (void)state;
  assert_string_equal(nearest_of("inptu"), "input"); /* swapped */
  assert_string_equal(nearest_of("imput"), "input");
  assert_string_equal(nearest_of("ouput"), "output");
  assert_string_equal(nearest_of("cacheRead"), "cache_read");
  assert_string_equal(nearest_of("tiers"), "tier");
  assert_null(nearest_of("xyzzy"));
  assert_null(nearest_of("x"));
  assert_null(nearest_of(""));
  assert_null(nearest_of("inputinputinputinputinputinputinputinputinputinputinputinputinput"));
}

static void quotes_are_clean_and_short(void **state) {
  (void)state;
  struct quoted q;
  assert_string_equal(quote(&q, span_of("plain \xC3\xA9")), "plain \xC3\xA9");
  assert_string_equal(quote(&q, span_make("a\0\n\x7F\x1b", 5)), "a????");
  assert_string_equal(quote(&q, span_make(NULL, 0)), "");
  char text[100];
  memset(text, 'x', sizeof text);
  assert_int_equal(strlen(quote(&q, span_make(text, QUOTE_BYTES_MAX))), QUOTE_BYTES_MAX);
  assert_int_equal(strlen(quote(&q, span_make(text, sizeof text))), QUOTE_BYTES_MAX + 3);
  /* A character across the cut goes as a whole. */
  memcpy(text + QUOTE_BYTES_MAX - 1, "\xC3\xA9", 2);
  assert_int_equal(strlen(quote(&q, span_make(text, sizeof text))), QUOTE_BYTES_MAX - 1 + 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(defaults_are_as_documented),
      cmocka_unit_test(flags_set_fields),
      cmocka_unit_test(units_are_understood),
      cmocka_unit_test(commands_decide_the_run),
      cmocka_unit_test(bad_arguments_say_why),
      cmocka_unit_test(long_values_are_refused),
      cmocka_unit_test(flags_override_the_file),
      cmocka_unit_test(file_syntax_is_taken),
      cmocka_unit_test(bad_files_say_where),
      cmocka_unit_test(large_files_and_values_are_refused),
      cmocka_unit_test(dump_reads_back),
      cmocka_unit_test(help_fits_and_is_complete),
      cmocka_unit_test(short_help_fits_a_screen),
      cmocka_unit_test(listen_addresses_come_apart),
      cmocka_unit_test(nearest_finds_slips_only),
      cmocka_unit_test(quotes_are_clean_and_short),
  };
  return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
