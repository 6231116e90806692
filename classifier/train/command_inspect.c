/* command_inspect.c - `tier-train inspect`: what a model file holds, for people. */
#include <stdio.h>
#include <string.h>

#include "classifier/svm/model.h"
#include "classifier/train/commands.h"

static const char usage[] = "usage: tier-train inspect FILE\n"
                            "Checks a model file and prints what it holds.\n"
                            "\n"
                            "  -h, --help         this text\n";

/* The header's lines for people stand in the file as they are printed here. */
static void print_notes(const char *path) {
  FILE *file = fopen(path, "r");
  char line[512];
  while (file && fgets(line, sizeof line, file) && strncmp(line, "scale ", 6) != 0)
    fputs(line, stdout);
  if (file)
    fclose(file);
}

static void print_curve(const struct model *model) {
  const struct model_curve_point *points;
  size_t count = model_curve(model, &points);
  double shown = -1;
  printf("\n%9s %9s %9s\n", "quality", "lambda", "saving");
  for (size_t i = 0; i < count; i++) {
    if (points[i].quality < shown + 0.01 && i + 1 < count)
      continue;
    shown = points[i].quality;
    printf("%9.3f %9.3f %9.3f\n", points[i].quality, points[i].lambda, points[i].saving);
  }
}

int command_inspect(int argc, char **argv) {
  if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
    fputs(usage, stdout);
    return 0;
  }
  if (argc != 2) {
    fputs(usage, stderr);
    return 2;
  }
  struct model *model;
  struct model_error err;
  if (model_load(argv[1], &model, &err) != MODEL_OK) {
    fprintf(stderr, "tier-train inspect: %s\n", err.text);
    return 1;
  }
  print_notes(argv[1]);
  printf("version %s\nsupport vectors %zu\n", model_version(model), model_support_vectors(model));
  print_curve(model);
  model_destroy(model);
  return 0;
}
