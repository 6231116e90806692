/* fuzz_config.c - a hostile config file is refused with file and line; one that is taken
 * survives being printed and read again.
 *
 * --dump-config promises a valid config file with the same settings, so the second dump
 * must equal the first. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/config/config_file.h"

#include "require.h"

struct text {
  char *bytes;
  size_t len;
};

static struct text dump(const struct config *config) {
  struct text text = {NULL, 0};
  FILE *out = open_memstream(&text.bytes, &text.len);
  require(out != NULL);
  config_dump(config, out);
  require(fclose(out) == 0);
  return text;
}

static void require_dump_reads_back(const struct config *config) {
  struct config again;
  struct config_error err = {""};
  struct text first = dump(config);
  config_init(&again);
  require(config_file_parse(&again, "dump", first.bytes, first.len, &err));
  struct text second = dump(&again);
  require(first.len == second.len && memcmp(first.bytes, second.bytes, first.len) == 0);
  free(first.bytes);
  free(second.bytes);
  config_deinit(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
  struct config config;
  struct config_error err = {""};
  char *text = malloc(len ? len : 1); /* its exact size shows overreads */
  require(text != NULL);
  memcpy(text, data, len);
  config_init(&config);
  if (config_file_parse(&config, "input", text, len, &err))
    require_dump_reads_back(&config);
  else
    require(strncmp(err.text, "input:", 6) == 0 && memchr(err.text, '\0', sizeof err.text));
  config_deinit(&config);
  free(text);
  return 0;
}
