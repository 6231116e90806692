/* command_data.c - reads what the subcommands were pointed at.
 *
 * Messages go to standard error under the subcommand's name; results are left to the
 * subcommands. */
#include "classifier/train/command_data.h"

#include <stdio.h>
#include <string.h>

#include "classifier/text/utf8.h"

bool command_help(int argc, char **argv, const char *usage) {
  for (int i = 1; i < argc; i++)
    if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
      fputs(usage, stdout);
      return true;
    }
  return false;
}

bool command_misused(const char *name, const char *what) {
  fprintf(stderr, "%s: %s\nTry '%s --help'.\n", name, what, name);
  return false;
}

bool command_add_file(struct command_data *data, const char *path) {
  if (data->files_count == COMMAND_FILES_MAX)
    return command_misused(data->name, "more than 4096 files of data");
  data->files[data->files_count++] = path;
  return true;
}

bool command_add_word(struct command_data *data, const char *word, bool after_data,
                      size_t models_max) {
  if (after_data)
    return command_add_file(data, word);
  if (data->models_count == models_max)
    return command_misused(data->name, "more models than expected; files of data follow --data");
  data->models[data->models_count++] = word;
  return true;
}

/* The count at the end is for long logs, whose single complaints have scrolled away. */
bool command_read_logs(const char *const *files, size_t files_count, bool strict,
                       struct labelled_log *log) {
  struct labelled_log_options options = {.strict = strict, .diagnostics = stderr, .vectors = true};
  for (size_t i = 0; i < files_count; i++)
    if (!labelled_log_read(log, files[i], &options))
      return false;
  for (size_t i = 0; i < log->files_count; i++)
    if (log->files[i].bad_lines_count > 0)
      fprintf(stderr, "tier-train: %s: %zu bad lines skipped\n", log->files[i].path,
              log->files[i].bad_lines_count);
  return true;
}

/* The map comes first: it is small, and a mistake in it shows at once. */
bool command_data_read(struct command_data *data) {
  char why[512];
  labelled_log_init(&data->log);
  if (!tier_map_read(&data->map, data->tiers, why, sizeof why)) {
    fprintf(stderr, "%s: %s: %s\n", data->name, data->tiers, why);
    return false;
  }
  if (!command_read_logs(data->files, data->files_count, data->strict, &data->log))
    return false;
  if (data->log.rows_count == 0) {
    fprintf(stderr, "%s: the data holds no rows\n", data->name);
    return false;
  }
  if (!dataset_build(&data->dataset, &data->log, &data->map, NULL)) {
    fprintf(stderr, "%s: out of memory\n", data->name);
    return false;
  }
  return true;
}

/* A model of other tiers would be measured with costs and outcomes of tiers that it
 * does not mean, so that is an error. */
bool command_load_model(const char *name, const char *path, const struct tier_map *map,
                        struct model **out) {
  struct model_error err;
  char why[640];
  if (model_load(path, out, &err) != MODEL_OK) {
    fprintf(stderr, "%s: %s\n", name, err.text);
    return false;
  }
  if (decisions_fit(*out, map, why, sizeof why))
    return true;
  fprintf(stderr, "%s: %s: %s\n", name, path, why);
  model_destroy(*out);
  *out = NULL;
  return false;
}

size_t command_bad_lines(const struct labelled_log *log) {
  size_t count = 0;
  for (size_t i = 0; i < log->files_count; i++)
    count += log->files[i].bad_lines_count;
  return count;
}

bool command_print_json(cJSON *object) {
  char *text = cJSON_Print(object);
  if (text)
    puts(text);
  cJSON_free(text);
  cJSON_Delete(object);
  return text != NULL;
}

void command_data_deinit(struct command_data *data) {
  dataset_deinit(&data->dataset);
  tier_map_deinit(&data->map);
  labelled_log_deinit(&data->log);
}

void command_show(char *out, size_t size, struct span text, size_t characters_max) {
  const unsigned char *p = (const unsigned char *)text.ptr;
  const unsigned char *end = p + text.len;
  size_t used = 0;
  for (size_t shown = 0; p < end; shown++) {
    uint32_t codepoint = 0;
    bool bad = false;
    size_t len = utf8_decode(p, end, &codepoint, &bad);
    if (shown == characters_max || used + len + sizeof "..." > size) {
      used += (size_t)snprintf(out + used, size - used, "...");
      break;
    }
    /* A control character could drive the terminal; C1 ones are 0x80 to 0x9F. */
    bool control = bad || codepoint < 0x20 || (codepoint >= 0x7F && codepoint < 0xA0);
    if (control)
      out[used++] = codepoint == '\n' || codepoint == '\t' ? ' ' : '?';
    else
      memcpy(out + used, p, len);
    used += control ? 0 : len;
    p += len;
  }
  out[used] = '\0';
}
