/* process.c - reads /proc. */
#include "bench/load/process.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The first number of a thread's schedstat is the time it ran, in nanoseconds. */
static bool thread_cpu_ns(pid_t pid, const char *thread, uint64_t *out) {
  char path[320];
  (void)snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", (int)pid, thread);
  FILE *file = fopen(path, "r");
  if (!file)
    return false;
  bool ok = fscanf(file, "%" SCNu64, out) == 1;
  (void)fclose(file);
  return ok;
}

/* The directory lists the threads of now; what ended threads took is not in it, so a
 * server that makes a thread a request would look too cheap. Ours make none. */
bool process_cpu_ns(pid_t pid, uint64_t *out) {
  char path[64];
  struct dirent *entry;
  bool any = false;
  (void)snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
  DIR *threads = opendir(path);
  if (!threads)
    return false;
  *out = 0;
  while ((entry = readdir(threads)) != NULL) {
    uint64_t ns;
    if (entry->d_name[0] == '.' || !thread_cpu_ns(pid, entry->d_name, &ns))
      continue; /* it may have ended since the directory was read */
    *out += ns;
    any = true;
  }
  (void)closedir(threads);
  return any;
}

bool process_resident_kib(pid_t pid, uint64_t *out) {
  char path[64], line[256];
  bool found = false;
  (void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
  FILE *file = fopen(path, "r");
  if (!file)
    return false;
  while (!found && fgets(line, sizeof line, file))
    found = sscanf(line, "VmRSS: %" SCNu64, out) == 1;
  (void)fclose(file);
  return found;
}
