/* score_generic.c - scoring with the baseline instructions of the machine. */
#define SCORE_NAME svm_score_generic
#define SCORE_LANES 8
#include "classifier/svm/score_kernel.inc"
