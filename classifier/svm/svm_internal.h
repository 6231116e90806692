/* svm_internal.h - the layout of a machine, for svm.c and the scoring kernels. */
#ifndef TIERD_SVM_SVM_INTERNAL_H
#define TIERD_SVM_SVM_INTERNAL_H

#include "classifier/svm/svm.h"

struct svm;
typedef float (*svm_score_fn)(const struct svm *svm, const float *x);

struct svm {
  enum svm_kernel kernel;
  size_t dimensions;
  size_t stride;  /* svm_stride(dimensions) */
  size_t vectors; /* support vectors in the file */
  size_t blocks;  /* of SVM_LANES vectors; the last is padded with coefficient 0 */
  float gamma;
  float constant;      /* -rho */
  float *values;       /* linear: stride weights; RBF: [block][dimension][lane] */
  float *coefficients; /* RBF: [block][lane] */
  svm_score_fn score;
};

float svm_score_generic(const struct svm *svm, const float *x);
#if defined(__x86_64__)
float svm_score_avx2(const struct svm *svm, const float *x);
#endif

#endif
