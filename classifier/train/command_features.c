/* command_features.c - `tier-train features`: labelled logs to a shard of feature rows.
 *
 * A line is read, its features extracted and its rows written before the next one is
 * looked at, so memory does not grow with the log. What the files hold is described in
 * shard.h; SHARDS.md shows how to run many of these. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "classifier/train/command_data.h"
#include "classifier/train/commands.h"
#include "classifier/train/row_features.h"
#include "classifier/train/shard_write.h"

static const char usage[] =
    "usage: tier-train features --data FILE... --tiers FILE --out PREFIX [option...]\n"
    "Turns labelled logs (JSONL) into a shard of feature rows: PREFIX.svm (libsvm's\n"
    "text form), PREFIX.meta and PREFIX.shard. 'tier-train fit --features PREFIX...'\n"
    "trains on shards as it would on the logs. Run one a part, on any machines.\n"
    "\n"
    "  --data FILE...     labelled logs; may be repeated\n"
    "  --tiers FILE       JSON: the tiers in order and which model belongs to which;\n"
    "                     for the classes in PREFIX.svm alone\n"
    "  --out PREFIX       where the shard goes; replaced when it is complete\n"
    "  --part K/N         only the K-th of N parts of each log; lines stay whole\n"
    "  --name NAME        the log's name, which fit takes for its source; default:\n"
    "                     the file's. Of use where --data is /dev/stdin\n"
    "  --strict           stop at the first bad line of the data\n"
    "  -q, --quiet        no summary\n"
    "  -h, --help         this text\n";

static const char program[] = "tier-train features";

/* Bytes of lines, and models, after which what was read is let go. */
enum { KEPT_BYTES_MAX = 1 << 20, KEPT_MODELS_MAX = 512 };

struct arguments {
  struct command_data data; /* its log holds a few rows at a time */
  const char *out;
  const char *name;
  uint32_t part, parts;
  bool quiet;
};

struct extraction {
  struct arguments *arguments;
  struct features *features;
  struct shard_writer *writer;
  size_t kept_bytes;
  uint64_t rows, bad_lines;
};

static bool take_part(struct arguments *arguments, const char *text) {
  char *end;
  errno = 0;
  unsigned long part = *text >= '0' && *text <= '9' ? strtoul(text, &end, 10) : 0;
  const char *rest = part > 0 && *end == '/' ? end + 1 : "";
  unsigned long parts = *rest >= '0' && *rest <= '9' ? strtoul(rest, &end, 10) : 0;
  if (errno || part < 1 || parts > SHARD_PARTS_MAX || part > parts || *end)
    return command_misused(program, "--part: expected K/N with K from 1 to N, N at most 65536");
  arguments->part = (uint32_t)part;
  arguments->parts = (uint32_t)parts;
  return true;
}

static bool take_option(struct arguments *arguments, int code) {
  switch (code) {
  case 'd':
    return command_add_file(&arguments->data, optarg);
  case 't':
    arguments->data.tiers = optarg;
    return true;
  case 'o':
    arguments->out = optarg;
    return true;
  case 'p':
    return take_part(arguments, optarg);
  case 'n':
    arguments->name = optarg;
    return true;
  case 's':
    arguments->data.strict = true;
    return true;
  case 'q':
    arguments->quiet = true;
    return true;
  default:
    fprintf(stderr, "Try '%s --help'.\n", program);
    return false;
  }
}

static bool parse_arguments(struct arguments *arguments, int argc, char **argv) {
  static const struct option options[] = {{"data", required_argument, NULL, 'd'},
                                          {"tiers", required_argument, NULL, 't'},
                                          {"out", required_argument, NULL, 'o'},
                                          {"part", required_argument, NULL, 'p'},
                                          {"name", required_argument, NULL, 'n'},
                                          {"strict", no_argument, NULL, 's'},
                                          {"quiet", no_argument, NULL, 'q'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
  int code;
  optind = 1;
  while ((code = getopt_long(argc, argv, "-qh", options, NULL)) != -1)
    if (code == 1 ? !command_add_word(&arguments->data, optarg, arguments->data.files_count > 0, 0)
                  : !take_option(arguments, code))
      return false;
  if (arguments->data.files_count == 0 || !arguments->data.tiers || !arguments->out)
    return command_misused(program, "--data, --tiers and --out are needed");
  return !arguments->name || arguments->data.files_count == 1 ||
         command_misused(program, "--name is of one file of data");
}

/* Lets go of the rows so far. */
static bool renew_log(struct extraction *work) {
  struct labelled_log *log = &work->arguments->data.log;
  labelled_log_deinit(log);
  labelled_log_init(log);
  log->memory = log_memory_create();
  work->kept_bytes = 0;
  return log->memory != NULL;
}

static enum labelled_status take_line(void *context, struct log_lines *lines,
                                      struct labelled_complaint *complaint) {
  struct extraction *work = context;
  struct labelled_log *log = &work->arguments->data.log;
  struct labelled_row row = {0};
  work->kept_bytes += lines->len;
  if ((!log->memory || work->kept_bytes > KEPT_BYTES_MAX || log->models_count > KEPT_MODELS_MAX) &&
      !renew_log(work))
    return LABELLED_MEMORY;
  enum labelled_status status =
      labelled_line_parse(log, lines->text, lines->len, true, &row, complaint);
  if (status != LABELLED_OK)
    return status;
  row_features(work->features, &row);
  shard_writer_row(work->writer, log, &row, &work->arguments->data.map, work->features);
  return LABELLED_OK;
}

/* What the manifest says of the log. Its checksum stands with the first part alone, which
 * has to read all of it; the others read their share. */
static bool describe_log(const struct extraction *work, const char *path,
                         const struct log_lines *lines, uint64_t bytes,
                         struct shard_manifest *manifest) {
  const struct arguments *arguments = work->arguments;
  const char *slash = strrchr(path, '/');
  const char *name = arguments->name ? arguments->name : slash ? slash + 1 : path;
  if (strlen(name) >= sizeof manifest->log || strpbrk(name, "/\r\n")) {
    fprintf(stderr,
            "%s: \"%.64s\": expected a name of at most 255 bytes without '/'; give one with "
            "--name\n",
            program, name);
    return false;
  }
  strcpy(manifest->log, name);
  manifest->part = arguments->part;
  manifest->parts = arguments->parts;
  manifest->log_bytes = bytes;
  if (arguments->parts == 1)
    log_lines_hash(lines, manifest->log_hash);
  else if (arguments->part == 1 && log_lines_hash_file(path, manifest->log_hash) != LOG_LINES_OK) {
    fprintf(stderr, "%s: %s: cannot be read again for its checksum\n", program, path);
    return false;
  }
  return true;
}

/* A name that is not UTF-8, say, would make a manifest that nobody can read. */
static bool check_manifest(const struct shard_manifest *manifest) {
  struct labelled_complaint complaint;
  struct shard_manifest back;
  struct shard_text line = {0};
  shard_manifest_print(&line, manifest);
  enum labelled_status status =
      line.failed ? LABELLED_MEMORY : shard_manifest_parse(&back, line.bytes, line.len, &complaint);
  if (status != LABELLED_OK)
    fprintf(stderr, "%s: %s\n", program,
            status == LABELLED_BAD ? "the log's name is not UTF-8; give another with --name"
                                   : "out of memory");
  shard_text_deinit(&line);
  return status == LABELLED_OK;
}

static bool open_log(const struct arguments *arguments, const char *path, struct log_lines *lines,
                     uint64_t *bytes) {
  errno = ENOMEM;
  enum log_lines_status status =
      arguments->parts == 1
          ? log_lines_open(lines, path) /* a pipe will do */
          : log_lines_open_part(lines, path, arguments->part, arguments->parts, bytes);
  if (status != LOG_LINES_OK)
    fprintf(stderr, "%s: %s: %s\n", program, path,
            errno == ESPIPE ? "a pipe has no parts; leave out --part, or give a file"
                            : strerror(errno));
  return status == LOG_LINES_OK;
}

static bool extract_log(struct extraction *work, const char *path) {
  const struct arguments *arguments = work->arguments;
  const struct labelled_log_options options = {.strict = arguments->data.strict,
                                               .diagnostics = stderr};
  struct shard_manifest manifest = {0};
  struct log_lines lines;
  uint64_t bytes = 0;
  char shown[4200];
  /* Lines of a part are counted from its beginning, so their place has to say which. */
  (void)snprintf(shown, sizeof shown, arguments->parts > 1 ? "%.4096s (part %u/%u)" : "%.4096s",
                 path, (unsigned)arguments->part, (unsigned)arguments->parts);
  struct labelled_file file = {.path = shown};
  bool ok = open_log(arguments, path, &lines, &bytes) &&
            labelled_lines_each(&file, &lines, &options, take_line, work);
  if (arguments->parts == 1)
    bytes = lines.bytes_read;
  ok = ok && describe_log(work, path, &lines, bytes, &manifest);
  log_lines_close(&lines);
  manifest.bad_lines = file.bad_lines_count;
  if (ok)
    shard_writer_log(work->writer, &manifest);
  work->rows += manifest.rows;
  work->bad_lines += manifest.bad_lines;
  return ok && check_manifest(&manifest);
}

static bool extract(struct arguments *arguments) {
  char why[4400] = "out of memory";
  struct command_data *data = &arguments->data;
  struct extraction work = {.arguments = arguments};
  labelled_log_init(&data->log);
  if (!tier_map_read(&data->map, data->tiers, why, sizeof why)) {
    fprintf(stderr, "%s: %s: %s\n", program, data->tiers, why);
    return false;
  }
  work.features = malloc(sizeof *work.features);
  work.writer = shard_writer_create(arguments->out);
  bool ready = work.features && work.writer;
  bool ok = ready;
  if (ready)
    features_init(work.features);
  for (size_t i = 0; ok && i < data->files_count; i++)
    ok = extract_log(&work, data->files[i]);
  /* What could not be read has been said already. */
  if (!ready || (ok && !shard_writer_commit(work.writer, why, sizeof why))) {
    fprintf(stderr, "%s: %s\n", program, why);
    ok = false;
  }
  if (ok && !arguments->quiet)
    printf("%llu rows, %llu bad lines skipped; wrote %s.svm, .meta and .shard\n",
           (unsigned long long)work.rows, (unsigned long long)work.bad_lines, arguments->out);
  shard_writer_destroy(work.writer);
  free(work.features);
  return ok;
}

int command_features(int argc, char **argv) {
  static struct arguments arguments;
  if (command_help(argc, argv, usage))
    return 0;
  arguments = (struct arguments){.data = {.name = program}, .part = 1, .parts = 1};
  if (!parse_arguments(&arguments, argc, argv))
    return 2;
  bool ok = extract(&arguments);
  tier_map_deinit(&arguments.data.map);
  labelled_log_deinit(&arguments.data.log);
  return ok ? 0 : 1;
}
