/* svm.c - reads libsvm's text form and lays it out for the scoring kernels.
 *
 * The header's fields come in any order up to "SV"; then one line a support
 * vector: coefficient, then index:value pairs in rising order. Everything is
 * bounds-checked, since the text may be hostile; nothing of libsvm's own loader,
 * which crashes on such files, is used. */
#include "classifier/svm/svm_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "classifier/svm/scan.h"

struct header {
  bool have_type, have_kernel, have_vectors, have_rho;
  bool classifier;
  enum svm_kernel kernel;
  double gamma;
  double rho;
  uint64_t vectors;
  bool negative_first; /* label -1 occurred first, so the sign is the other way round */
};

/* Where parsing stands, and what went wrong. */
struct parse {
  struct scan scan;
  char *why;
  size_t why_size;
};

static bool fail(struct parse *parse, const char *why) {
  snprintf(parse->why, parse->why_size, "%s", why);
  return false;
}

static bool read_labels(struct parse *parse, struct header *header) {
  double first;
  double second;
  if (!scan_number(&parse->scan, &first) || !scan_number(&parse->scan, &second) ||
      !((first == 1 && second == -1) || (first == -1 && second == 1)))
    return fail(parse, "labels must be 1 and -1");
  header->negative_first = first < 0;
  return true;
}

static bool read_field(struct parse *parse, struct header *header, struct span key) {
  struct scan *scan = &parse->scan;
  uint64_t classes;
  if (span_is(key, "svm_type")) {
    struct span type = scan_word(scan);
    header->classifier = span_is(type, "c_svc");
    header->have_type = true;
    if (!header->classifier && !span_is(type, "epsilon_svr"))
      return fail(parse, "svm_type must be c_svc or epsilon_svr");
  } else if (span_is(key, "kernel_type")) {
    struct span kernel = scan_word(scan);
    header->kernel = span_is(kernel, "rbf") ? SVM_RBF : SVM_LINEAR;
    header->have_kernel = true;
    if (header->kernel == SVM_LINEAR && !span_is(kernel, "linear"))
      return fail(parse, "kernel_type must be linear or rbf");
  } else if (span_is(key, "gamma")) {
    /* As a float, since scoring uses one: 0 there would make 0 * inf of far vectors. */
    if (!scan_number(scan, &header->gamma) || (float)header->gamma <= 0)
      return fail(parse, "gamma must be a number above 0");
  } else if (span_is(key, "nr_class")) {
    if (!scan_integer(scan, 2, &classes) || classes != 2)
      return fail(parse, "nr_class must be 2");
  } else if (span_is(key, "total_sv")) {
    header->have_vectors = scan_integer(scan, SVM_VECTORS_MAX, &header->vectors);
    if (!header->have_vectors || header->vectors == 0)
      return fail(parse, "total_sv must be from 1 to 200000");
  } else if (span_is(key, "rho")) {
    header->have_rho = scan_number(scan, &header->rho);
    if (!header->have_rho)
      return fail(parse, "rho must be one number");
  } else if (span_is(key, "label")) {
    return read_labels(parse, header);
  } else if (span_is(key, "nr_sv") || span_is(key, "probA") || span_is(key, "probB")) {
    scan->at =
        scan->end - scan->at > 0 ? memchr(scan->at, '\n', (size_t)(scan->end - scan->at)) : NULL;
    if (scan->at == NULL) {
      scan->at = scan->end;
      return fail(parse, "ends within the header");
    }
  } else {
    return fail(parse, "unknown field in an SVM's header");
  }
  return true;
}

static bool read_header(struct parse *parse, struct header *header) {
  for (;;) {
    if (parse->scan.at == parse->scan.end)
      return fail(parse, "ends within the header of an SVM");
    struct span key = scan_word(&parse->scan);
    if (span_is(key, "SV"))
      break;
    if (!read_field(parse, header, key))
      return false;
    if (!scan_line_end(&parse->scan))
      return fail(parse, "more on the line than expected");
  }
  if (!scan_line_end(&parse->scan))
    return fail(parse, "more after \"SV\"");
  if (!header->have_type || !header->have_kernel || !header->have_vectors || !header->have_rho)
    return fail(parse, "svm_type, kernel_type, total_sv or rho is missing");
  if (header->kernel == SVM_RBF && header->gamma <= 0)
    return fail(parse, "an rbf kernel needs gamma");
  return true;
}

static float *new_floats(size_t count) {
  return calloc(count ? count : 1, sizeof(float));
}

static bool allocate(struct parse *parse, struct svm *svm, const struct header *header,
                     size_t dimensions) {
  svm->kernel = header->kernel;
  svm->dimensions = dimensions;
  svm->stride = svm_stride(dimensions);
  svm->vectors = (size_t)header->vectors;
  svm->blocks = (svm->vectors + SVM_BLOCK - 1) / SVM_BLOCK;
  svm->gamma = (float)header->gamma;
  svm->constant = (float)-header->rho;
  if (svm->kernel == SVM_RBF && svm->blocks * SVM_BLOCK > SVM_VALUES_MAX / (dimensions + 1))
    return fail(parse, "more support vectors than this program takes");
  size_t values = svm->kernel == SVM_LINEAR ? svm->stride : svm->blocks * SVM_BLOCK * dimensions;
  svm->values = new_floats(values);
  svm->coefficients = new_floats(svm->blocks * SVM_BLOCK);
  return (svm->values && svm->coefficients) || fail(parse, "out of memory");
}

/* Splits "12:0.5" and checks the index. */
static bool read_pair(struct parse *parse, size_t dimensions, size_t *index, double *value) {
  struct span word = scan_word(&parse->scan);
  const char *colon = memchr(word.ptr, ':', word.len);
  if (!colon)
    return fail(parse, "expected index:value");
  struct scan left = scan_of(word.ptr, (size_t)(colon - word.ptr));
  struct scan right = scan_of(colon + 1, word.len - (size_t)(colon + 1 - word.ptr));
  uint64_t at;
  if (!scan_integer(&left, dimensions, &at) || at == 0)
    return fail(parse, "a feature index is out of range");
  if (!scan_number(&right, value))
    return fail(parse, "a feature value is not a number");
  *index = (size_t)at - 1;
  return true;
}

/* One support vector. weights sums coefficient times vector for a linear kernel in
 * double, so that collapsing costs no accuracy. */
static bool read_vector(struct parse *parse, struct svm *svm, size_t vector, double *weights) {
  double coefficient;
  size_t previous = 0;
  if (!scan_number(&parse->scan, &coefficient))
    return fail(parse, "a support vector begins with its coefficient");
  svm->coefficients[vector] = (float)coefficient;
  for (size_t pairs = 0; !scan_line_end(&parse->scan); pairs++) {
    size_t index;
    double value;
    if (!read_pair(parse, svm->dimensions, &index, &value))
      return false;
    if (pairs > 0 && index <= previous)
      return fail(parse, "feature indices must rise");
    previous = index;
    if (svm->kernel == SVM_LINEAR)
      weights[index] += coefficient * value;
    else
      svm->values[(vector / SVM_BLOCK * svm->dimensions + index) * SVM_BLOCK + vector % SVM_BLOCK] =
          (float)value;
  }
  return true;
}

static void turn_sign(struct svm *svm) {
  svm->constant = -svm->constant;
  for (size_t i = 0; svm->kernel == SVM_LINEAR && i < svm->stride; i++)
    svm->values[i] = -svm->values[i];
  for (size_t i = 0; i < svm->blocks * SVM_BLOCK; i++)
    svm->coefficients[i] = -svm->coefficients[i];
}

static bool read_vectors(struct parse *parse, struct svm *svm) {
  double *weights = calloc(svm->stride, sizeof *weights);
  bool ok = weights != NULL || fail(parse, "out of memory");
  for (size_t vector = 0; ok && vector < svm->vectors; vector++) {
    if (parse->scan.at == parse->scan.end)
      ok = fail(parse, "fewer support vectors than total_sv says");
    else
      ok = read_vector(parse, svm, vector, weights);
  }
  if (ok && parse->scan.at != parse->scan.end)
    ok = fail(parse, "more support vectors than total_sv says");
  for (size_t i = 0; ok && svm->kernel == SVM_LINEAR && i < svm->stride; i++) {
    svm->values[i] = (float)weights[i];
    if (!isfinite(svm->values[i]))
      ok = fail(parse, "the weights overflow");
  }
  free(weights);
  return ok;
}

/* A linear machine is a sum so short that wider vectors gain nothing, and its results
 * should not depend on the machine more than need be. */
static svm_score_fn best_kernel(enum svm_kernel kernel) {
#if defined(__x86_64__)
  if (kernel == SVM_RBF && __builtin_cpu_supports("avx512f"))
    return svm_score_avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return svm_score_avx2;
#else
  (void)kernel;
#endif
  return svm_score_generic;
}

bool svm_parse(const char *text, size_t len, size_t dimensions, struct svm **out, size_t *line,
               char *why, size_t why_size) {
  struct parse parse = {.scan = scan_of(text, len), .why = why, .why_size = why_size};
  struct header header = {0};
  struct svm *svm = calloc(1, sizeof *svm);
  bool ok = svm != NULL || fail(&parse, "out of memory");
  ok = ok && read_header(&parse, &header) && allocate(&parse, svm, &header, dimensions) &&
       read_vectors(&parse, svm);
  if (ok) {
    svm->score = best_kernel(svm->kernel);
    if (header.classifier && header.negative_first)
      turn_sign(svm);
    *out = svm;
    return true;
  }
  *line = parse.scan.line;
  *out = NULL;
  svm_destroy(svm);
  return false;
}

void svm_destroy(struct svm *svm) {
  if (!svm)
    return;
  free(svm->values);
  free(svm->coefficients);
  free(svm);
}

float svm_score(const struct svm *svm, const float *x) {
  return svm->score(svm, x);
}

float svm_score_scalar(const struct svm *svm, const float *x) {
  double total = (double)svm->constant;
  if (svm->kernel == SVM_LINEAR) {
    for (size_t i = 0; i < svm->dimensions; i++)
      total += (double)svm->values[i] * (double)x[i];
    return (float)total;
  }
  for (size_t vector = 0; vector < svm->vectors; vector++) {
    const float *values =
        svm->values + vector / SVM_BLOCK * svm->dimensions * SVM_BLOCK + vector % SVM_BLOCK;
    double distance = 0.0;
    for (size_t d = 0; d < svm->dimensions; d++) {
      double difference = (double)values[d * SVM_BLOCK] - (double)x[d];
      distance += difference * difference;
    }
    total += (double)svm->coefficients[vector] * exp(-(double)svm->gamma * distance);
  }
  return (float)total;
}

enum svm_kernel svm_kernel_of(const struct svm *svm) {
  return svm->kernel;
}

size_t svm_vectors(const struct svm *svm) {
  return svm->vectors;
}

const float *svm_weights(const struct svm *svm) {
  return svm->kernel == SVM_LINEAR ? svm->values : NULL;
}

float svm_constant(const struct svm *svm) {
  return svm->constant;
}
