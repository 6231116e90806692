/* test_decision_log.c - the log's file and its writer: modes, repair, rotation, a full
 * disk; and the key and hash beside it. */
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/ops/decision_log.h"
#include "daemon/ops/install_key.h"
#include "daemon/ops/log_file.h"
#include "daemon/ops/log_repair.h"

#define LINE "{\"time\":1}"

struct place {
  char directory[64];
  char path[80];
  char why[512];
};

static int make_place(void **state) {
  struct place *place = calloc(1, sizeof *place);
  strcpy(place->directory, "/tmp/tierd-log-XXXXXX");
  if (!mkdtemp(place->directory))
    return -1;
  snprintf(place->path, sizeof place->path, "%s/log", place->directory);
  *state = place;
  return 0;
}

static int remove_place(void **state) {
  struct place *place = *state;
  char command[96];
  snprintf(command, sizeof command, "rm -rf '%s'", place->directory);
  int status = system(command);
  free(place);
  return status;
}

static void write_file(const char *path, const char *text, mode_t mode) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, text, strlen(text)), strlen(text));
  assert_int_equal(fchmod(fd, mode), 0);
  close(fd);
}

static char *read_file(const char *path) {
  static char text[1 << 20];
  FILE *file = fopen(path, "rb");
  if (!file)
    return strcpy(text, "(none)");
  text[fread(text, 1, sizeof text - 1, file)] = '\0';
  fclose(file);
  return text;
}

static char *numbered(const struct place *place, unsigned number) {
  static char path[PATH_MAX];
  snprintf(path, sizeof path, "%s.%u", place->path, number);
  return path;
}

static struct decision_log *open_log(struct place *place, uint64_t rotate_bytes, size_t queues) {
  struct decision_log *log;
  const struct decision_log_options options = {.path = place->path,
                                               .queues = queues,
                                               .queue_bytes = 4096,
                                               .rotate_bytes = rotate_bytes,
                                               .rotate_keep = 2};
  if (!decision_log_open(&log, &options, place->why, sizeof place->why))
    fail_msg("not opened: %s", place->why);
  return log;
}

static void lines_are_written_at_close(void **state) {
  struct place *place = *state;
  struct decision_log *log = open_log(place, 0, 2);
  struct log_queue *one = decision_log_queue(log), *two = decision_log_queue(log);
  struct stat info;
  assert_non_null(one);
  assert_non_null(two);
  assert_null(decision_log_queue(log));
  for (int i = 0; i < 20; i++) {
    assert_true(decision_log_push(log, one, span_of(LINE)));
    assert_true(decision_log_push(log, two, span_of(LINE)));
  }
  decision_log_close(log);
  decision_log_close(NULL);
  assert_int_equal(strlen(read_file(place->path)), 40 * (sizeof LINE));
  assert_int_equal(stat(place->path, &info), 0);
  assert_int_equal(info.st_mode & 07777, 0600);
}

static void appends_to_what_is_there(void **state) {
  struct place *place = *state;
  for (int i = 0; i < 2; i++) {
    struct decision_log *log = open_log(place, 0, 1);
    assert_true(decision_log_push(log, decision_log_queue(log), span_of(LINE)));
    decision_log_close(log);
  }
  assert_string_equal(read_file(place->path), LINE "\n" LINE "\n");
}

static void assert_refused(struct place *place, const char *mention) {
  struct log_file file;
  assert_false(log_file_open(&file, place->path, place->why, sizeof place->why));
  assert_int_equal(file.fd, -1);
  if (!strstr(place->why, mention))
    fail_msg("'%s' does not mention '%s'", place->why, mention);
}

static void wide_modes_and_odd_files_are_refused(void **state) {
  struct place *place = *state;
  static const mode_t modes[] = {0640, 0604, 0660, 0644, 0601};
  for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
    write_file(place->path, "", modes[i]);
    assert_refused(place, "chmod 600");
  }
  assert_int_equal(unlink(place->path), 0);
  assert_int_equal(mkfifo(place->path, 0600), 0);
  assert_refused(place, "not a regular file");
  assert_int_equal(unlink(place->path), 0);
  assert_int_equal(mkdir(place->path, 0700), 0);
  assert_refused(place, "cannot open");
  assert_int_equal(rmdir(place->path), 0);
}

static void one_writer_a_file(void **state) {
  struct place *place = *state;
  struct decision_log *log = open_log(place, 0, 1);
  assert_refused(place, "another tierd");
  decision_log_close(log);
}

static void half_lines_are_cut(void **state) {
  struct place *place = *state;
  static const struct {
    const char *before, *after;
  } cases[] = {
      {"", ""},
      {LINE "\n", LINE "\n"},
      {LINE "\n{", LINE "\n"},
      {LINE "\n" LINE "\n{\"time\":\"2026", LINE "\n" LINE "\n"},
      {LINE, ""},
      {"\n\n{\"ti", "\n\n"},
      {"any text\n", "any text\n"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct log_file file;
    write_file(place->path, cases[i].before, 0600);
    assert_true(log_file_open(&file, place->path, place->why, sizeof place->why));
    assert_int_equal(file.size, strlen(cases[i].after));
    assert_int_equal(file.cut, strlen(cases[i].before) - strlen(cases[i].after));
    log_file_close(&file);
    assert_string_equal(read_file(place->path), cases[i].after);
  }
}

/* The last line feed lies several blocks before the end. */
static void long_half_lines_are_cut(void **state) {
  struct place *place = *state;
  for (size_t len = 16 * 1024 - 12; len < 16 * 1024 + 12; len++) {
    char *text = malloc(3 * len);
    const int start = sprintf(text, LINE "\n{\"time\":");
    memset(text + start, 'x', 2 * len);
    text[(size_t)start + 2 * len] = '\0';
    write_file(place->path, text, 0600);
    free(text);
    struct log_file file;
    assert_true(log_file_open(&file, place->path, place->why, sizeof place->why));
    log_file_close(&file);
    assert_string_equal(read_file(place->path), LINE "\n");
  }
}

static void foreign_files_are_not_cut(void **state) {
  struct place *place = *state;
  static const char *const texts[] = {"my only copy", "a\nb", LINE "\n{\"id\":"};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    write_file(place->path, texts[i], 0600);
    assert_refused(place, "is it the right file?");
    assert_string_equal(read_file(place->path), texts[i]);
  }
}

/* Zeros after a power failure. */
static void zeros_are_cut(void **state) {
  struct place *place = *state;
  struct log_file file;
  write_file(place->path, LINE "\n", 0600);
  assert_int_equal(truncate(place->path, 5000), 0);
  assert_true(log_file_open(&file, place->path, place->why, sizeof place->why));
  log_file_close(&file);
  assert_string_equal(read_file(place->path), LINE "\n");
}

static void rotation_keeps_whole_lines(void **state) {
  struct place *place = *state;
  /* Three lines of 11 bytes fit into 35. */
  struct decision_log *log = open_log(place, 35, 1);
  struct log_queue *queue = decision_log_queue(log);
  struct decision_log_counts counts;
  for (int i = 0; i < 10; i++)
    assert_true(decision_log_push(log, queue, span_of(LINE)));
  decision_log_close(log);
  assert_string_equal(read_file(place->path), LINE "\n");
  assert_string_equal(read_file(numbered(place, 1)), LINE "\n" LINE "\n" LINE "\n");
  assert_string_equal(read_file(numbered(place, 2)), LINE "\n" LINE "\n" LINE "\n");
  assert_string_equal(read_file(numbered(place, 3)), "(none)");
  /* A line that is longer than the limit has a file to itself. */
  log = open_log(place, 5, 1);
  queue = decision_log_queue(log);
  assert_true(decision_log_push(log, queue, span_of(LINE)));
  decision_log_counts(log, &counts);
  assert_int_equal(counts.lines_dropped, 0);
  decision_log_close(log);
  assert_string_equal(read_file(numbered(place, 1)), LINE "\n");
}

static void reopening_follows_the_name(void **state) {
  struct place *place = *state;
  struct log_file file;
  assert_true(log_file_open(&file, place->path, place->why, sizeof place->why));
  assert_int_equal(log_file_write(&file, span_of("a\n")), 2);
  /* Nobody has moved it: nothing happens. */
  assert_true(log_file_reopen(&file, place->why, sizeof place->why));
  assert_int_equal(log_file_write(&file, span_of("b\n")), 2);
  assert_int_equal(rename(place->path, numbered(place, 1)), 0);
  assert_true(log_file_reopen(&file, place->why, sizeof place->why));
  assert_int_equal(log_file_write(&file, span_of("c\n")), 2);
  /* A file in its place that will not do: the open one stays. */
  assert_int_equal(rename(place->path, numbered(place, 2)), 0);
  write_file(place->path, "", 0644);
  assert_false(log_file_reopen(&file, place->why, sizeof place->why));
  assert_non_null(strstr(place->why, "chmod"));
  assert_int_equal(log_file_write(&file, span_of("d\n")), 2);
  log_file_close(&file);
  assert_string_equal(read_file(numbered(place, 1)), "a\nb\n");
  assert_string_equal(read_file(numbered(place, 2)), "c\nd\n");
  assert_string_equal(read_file(place->path), "");
}

/* /dev/full takes nothing: lines are dropped, counted, and closing does not hang. */
static void a_full_disk_drops_and_counts(void **state) {
  struct place *place = *state;
  strcpy(place->path, "/dev/full");
  struct decision_log *log = open_log(place, 0, 1);
  struct log_queue *queue = decision_log_queue(log);
  struct decision_log_counts counts;
  int taken = 0;
  while (decision_log_push(log, queue, span_of(LINE)))
    taken++;
  assert_true(taken > 100 && taken < 400);
  decision_log_counts(log, &counts);
  assert_int_equal(counts.lines_dropped, 1);
  assert_int_equal(counts.lines_written, 0);
  assert_true(counts.queue_bytes > 0);
  decision_log_close(log);
}

/* A limit on the file's size lets the first line in and half of the second: a log with that
 * many lines pushed, once it has noticed. before is the limit to go back to. */
static struct decision_log *open_stuck_log(struct place *place, int lines, struct rlimit *before) {
  struct decision_log_counts counts;
  signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(getrlimit(RLIMIT_FSIZE, before), 0);
  struct rlimit tight = *before;
  tight.rlim_cur = sizeof LINE + 4;
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
  struct decision_log *log = open_log(place, 0, 1);
  struct log_queue *queue = decision_log_queue(log);
  for (int i = 0; i < lines; i++)
    assert_true(decision_log_push(log, queue, span_of(LINE)));
  do
    decision_log_counts(log, &counts);
  while (counts.write_errors == 0);
  return log;
}

/* The rest of a line goes to the same place when the limit is lifted. */
static void half_written_lines_are_finished(void **state) {
  struct place *place = *state;
  struct rlimit before;
  struct decision_log *log = open_stuck_log(place, 3, &before);
  assert_string_equal(read_file(place->path), LINE "\n{\"ti");
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
  decision_log_close(log);
  assert_string_equal(read_file(place->path), LINE "\n" LINE "\n" LINE "\n");
}

/* The same, but given up: no half line stays behind. */
static void half_written_lines_are_taken_back(void **state) {
  struct place *place = *state;
  struct rlimit before;
  struct decision_log *log = open_stuck_log(place, 2, &before);
  decision_log_close(log);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
  assert_string_equal(read_file(place->path), LINE "\n");
}

static void the_key_stays_and_is_private(void **state) {
  struct place *place = *state;
  struct hash_key one, two;
  char directory[96], path[128];
  struct stat info;
  snprintf(directory, sizeof directory, "%s/state", place->directory);
  snprintf(path, sizeof path, "%s/" INSTALL_KEY_FILE, directory);
  assert_true(install_key_load(directory, &one, place->why, sizeof place->why));
  assert_true(install_key_load(directory, &two, place->why, sizeof place->why));
  assert_memory_equal(&one, &two, sizeof one);
  assert_int_equal(stat(path, &info), 0);
  assert_int_equal(info.st_mode & 07777, 0600);
  assert_int_equal(chmod(path, 0640), 0);
  assert_false(install_key_load(directory, &two, place->why, sizeof place->why));
  assert_non_null(strstr(place->why, "chmod 600"));
  write_file(path, "short", 0600);
  assert_false(install_key_load(directory, &two, place->why, sizeof place->why));
  assert_non_null(strstr(place->why, "expected 16 bytes"));
  assert_int_equal(unlink(path), 0);
  assert_true(install_key_load(directory, &two, place->why, sizeof place->why));
  assert_memory_not_equal(&one, &two, sizeof one);
  assert_false(install_key_load("/nowhere/at/all", &two, place->why, sizeof place->why));
  assert_non_null(strstr(place->why, "--state-dir"));
}

/* The vectors of the paper's appendix and of its reference code: key 00 to 0f, the
 * bytes 00, 01 and so on. */
static void hashes_are_siphash(void **state) {
  (void)state;
  struct hash_key key;
  char bytes[16], text[HASH_TEXT_MAX];
  for (int i = 0; i < 16; i++) {
    key.bytes[i] = (unsigned char)i;
    bytes[i] = (char)i;
  }
  assert_true(keyed_hash(&key, span_make(bytes, 15)) == UINT64_C(0xa129ca6149be45e5));
  assert_true(keyed_hash(&key, span_make(NULL, 0)) == UINT64_C(0x726fdb47dd0e0e31));
  assert_true(keyed_hash(&key, span_make(bytes, 8)) == UINT64_C(0x93f5f5799a932462));
  keyed_hash_print(0xab, text);
  assert_string_equal(text, "00000000000000ab");
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int main(void) {
  const struct CMUnitTest tests[] = {
      IN_PLACE(lines_are_written_at_close),
      IN_PLACE(appends_to_what_is_there),
      IN_PLACE(wide_modes_and_odd_files_are_refused),
      IN_PLACE(one_writer_a_file),
      IN_PLACE(half_lines_are_cut),
      IN_PLACE(long_half_lines_are_cut),
      IN_PLACE(foreign_files_are_not_cut),
      IN_PLACE(zeros_are_cut),
      IN_PLACE(rotation_keeps_whole_lines),
      IN_PLACE(reopening_follows_the_name),
      IN_PLACE(a_full_disk_drops_and_counts),
      IN_PLACE(half_written_lines_are_finished),
      IN_PLACE(half_written_lines_are_taken_back),
      IN_PLACE(the_key_stays_and_is_private),
      cmocka_unit_test(hashes_are_siphash),
  };
  return cmocka_run_group_tests_name("decision_log", tests, NULL, NULL);
}
