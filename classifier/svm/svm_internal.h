/* svm_internal.h - the layout of a machine, for svm.c and the scoring kernels. */
#ifndef TIERD_SVM_SVM_INTERNAL_H
#define TIERD_SVM_SVM_INTERNAL_H

#include "classifier/svm/svm.h"

/* Support vectors that are scored side by side: several vectors of SVM_LANES, so that
 * the processor need not wait for one sum before it goes on with the next. */
enum { SVM_BLOCK = 8 * SVM_LANES };

struct svm;
typedef float (*svm_score_fn)(const struct svm *svm, const float *x);

struct svm {
  enum svm_kernel kernel;
  size_t dimensions;
  size_t stride;  /* svm_stride(dimensions) */
  size_t vectors; /* support vectors in the file */
  size_t blocks;  /* of SVM_BLOCK vectors; the last is padded with coefficient 0 */
  float gamma;
  float constant;      /* -rho */
  float *values;       /* linear: stride weights; RBF: [block][dimension][SVM_BLOCK] */
  float *coefficients; /* RBF: [block][SVM_BLOCK] */
  svm_score_fn score;
};

float svm_score_generic(const struct svm *svm, const float *x);
#if defined(__x86_64__)
float svm_score_avx2(const struct svm *svm, const float *x);
float svm_score_avx512(const struct svm *svm, const float *x);
#endif

#endif
