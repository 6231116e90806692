/* svm.h - one support vector machine in libsvm's text form, scored fast.
 *
 * Two-class C-SVC and epsilon-SVR with a linear or RBF kernel, as svm_save_model()
 * writes them. A linear machine is collapsed to one weight vector on loading; an
 * RBF machine is laid out in blocks of support vectors, so that one vector instruction
 * works on SVM_LANES of them.
 *
 *   struct svm *svm;
 *   if (svm_parse(text, len, dimensions, &svm, &line, why, sizeof why)) ...
 *   float margin = svm_score(svm, x);     // x: svm_stride(dimensions) floats
 *   svm_destroy(svm);
 */
#ifndef TIERD_SVM_SVM_H
#define TIERD_SVM_SVM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SVM_LANES = 8, SVM_VECTORS_MAX = 200000, SVM_VALUES_MAX = 1 << 25 };

enum svm_kernel { SVM_LINEAR, SVM_RBF };

struct svm; /* opaque, immutable */

/* Parses text[0..len), which need not be NUL-terminated. Feature indices must lie
 * in 1..dimensions. True and *out, owned by the caller, on success; otherwise
 * false, *line the line to blame (from 1) and why the reason, NUL-terminated. */
bool svm_parse(const char *text, size_t len, size_t dimensions, struct svm **out, size_t *line,
               char *why, size_t why_size);

/* svm may be NULL. */
void svm_destroy(struct svm *svm);

/* The length, in floats, of a vector that svm_score reads; what lies behind the
 * dimensions must be 0. */
static inline size_t svm_stride(size_t dimensions) {
  return (dimensions + SVM_LANES - 1) / SVM_LANES * SVM_LANES;
}

/* The decision value: sum of coefficients times kernel, less rho, with the sign
 * turned so that above 0 is label +1 (C-SVC). x needs no alignment. */
float svm_score(const struct svm *svm, const float *x);

/* The same by plain scalar code, for tests and for machines without vectors. */
float svm_score_scalar(const struct svm *svm, const float *x);

enum svm_kernel svm_kernel_of(const struct svm *svm);
size_t svm_vectors(const struct svm *svm);

/* The weights of a linear machine (svm_stride(dimensions) floats), else NULL; and
 * the constant that is added to them. */
const float *svm_weights(const struct svm *svm);
float svm_constant(const struct svm *svm);

#endif
