/* place.h - a directory for one test, which goes with all the files in it.
 *
 *   cmocka_unit_test_setup_teardown(test, place_make, place_remove)
 *
 * The test has a struct place as its state. */
#ifndef TIERD_UNIT_PLACE_H
#define TIERD_UNIT_PLACE_H

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct place {
  char path[64];
  char why[512]; /* for whoever wants to say why something failed */
};

static inline int place_make(void **state) {
  static struct place place;
  place = (struct place){.path = "/tmp/tierd-unit-XXXXXX"};
  *state = &place;
  return mkdtemp(place.path) ? 0 : -1;
}

/* Files are written under a name that ends in the process's number and then renamed: one
 * that is still called so was left behind, and the test fails. */
static inline bool place_is_left_over(const char *name) {
  char suffix[32];
  const size_t len = (size_t)snprintf(suffix, sizeof suffix, ".%ld", (long)getpid());
  return strlen(name) > len && strcmp(name + strlen(name) - len, suffix) == 0;
}

static inline int place_remove(void **state) {
  const struct place *place = *state;
  DIR *directory = opendir(place->path);
  const struct dirent *entry;
  int left_over = 0;
  while (directory && (entry = readdir(directory)) != NULL) {
    left_over += place_is_left_over(entry->d_name);
    if (entry->d_name[0] != '.')
      unlinkat(dirfd(directory), entry->d_name, 0);
  }
  if (directory)
    closedir(directory);
  return rmdir(place->path) == 0 ? left_over : -1;
}

#endif
