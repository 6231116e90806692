/* versus.h - our scorer against libsvm's, on machines that libsvm has just trained. */
#ifndef TIERD_BENCH_VERSUS_H
#define TIERD_BENCH_VERSUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/micro/measure.h"

enum { VERSUS_MACHINES = 4, VERSUS_DIMENSIONS = 60 };

struct versus_result {
  const char *kernel; /* "rbf" or "linear"; static storage */
  size_t vectors;     /* support vectors */
  double libsvm_ns;   /* of svm_predict_probability() */
  double ours_ns;     /* of svm_score() and the same sigmoid */
  double difference;  /* largest, between the two probabilities of +1 */
};

/* C-SVC on seeded random data: RBF of about 500 and 1,700 support vectors, then linear
 * of the same sizes. rows_percent scales the data down, for tests. False with why
 * filled. */
bool versus_measure(const struct measure *how, uint64_t seed, unsigned rows_percent,
                    struct versus_result out[VERSUS_MACHINES], char *why, size_t why_size);

#endif
