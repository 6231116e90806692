/* test_model.c - a model from the trainer's own hands: written, read, damaged, asked.
 *
 * A little log of easy and hard prompts is made up, and a linear and an RBF model
 * are trained on it and written to files, once for all cases. What the trainer
 * computed is then held to what the loaded model says, and damaged copies of the
 * file must be refused with the right reason.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include <cmocka.h>

#include "classifier/svm/model_internal.h"
#include "classifier/train/fit.h"
#include "classifier/train/model_write.h"

enum { ROWS = 90, TIERS = 3, CHECKSUM_LINE = 9 + 32 + 1 };

_Static_assert(ROWS / 3 >= KIND_ROWS_MIN, "easy prompts must be a kind of their own");

struct bytes {
  char *bytes;
  size_t len;
};

/* One trained model, on file and in memory. */
struct trained {
  struct fit fit;
  char path[96];
  struct bytes file;
  struct bytes linear_file; /* of the RBF model: what its file was before */
  struct model *model;
};

struct fixture {
  char dir[64];
  struct tier_map map;
  struct labelled_log log;
  struct dataset dataset;
  struct trained linear, rbf;
  struct features *features;
};

/* ---- training */

static const char tiers_text[] = "{\"tiers\": [\"low\", \"mid\", \"top\"], \"relative_cost\": "
                                 "{\"low\": 1, \"mid\": 5, \"top\": 25},"
                                 " \"models\": {\"l\": \"low\", \"m\": \"mid\", \"t\": \"top\"}}";

/* Easy prompts go well with every model, hard ones only with the dearer ones, and
 * a few do not go as they should. A third is of the easy task, the rest of the hard. */
static void print_row(FILE *out, int i) {
  static const char *const easy[] = {"What is the capital of country", "Translate the word",
                                     "Hello, list names for my cat,"};
  static const char *const hard[] = {"Prove the convergence of the integral",
                                     "Derive the theorem of lemma",
                                     "Design a distributed consensus algorithm with"};
  int kind = i % 3;
  bool odd = i % 17 == 0;
  double low = kind == 0 ? 1 : 0;
  double mid = kind == 2 ? 0 : 1;
  const char *text = kind == 0 ? easy[i / 3 % 3] : hard[i / 3 % 3];
  fprintf(out,
          "{\"prompt\":\"%s %s%d, variant %c\",\"task\":\"t %d\",\"outcomes\":{"
          "\"l\":{\"score\":%g,\"output_tokens\":%d},\"m\":{\"score\":%g},\"t\":{\"score\":1}}}\n",
          text, kind == 2 ? "rigorously, step by step, in n dimensions, " : "", i, 'a' + i % 26,
          kind > 0, odd ? 1 - low : low, kind == 0 ? 20 + i : 400 + i, mid);
}

static void make_data(struct fixture *f) {
  struct labelled_log_options options = {.strict = true, .diagnostics = stderr};
  char path[96], why[256];
  (void)snprintf(path, sizeof path, "%s/data", f->dir);
  FILE *out = fopen(path, "w");
  assert_non_null(out);
  for (int i = 0; i < ROWS; i++)
    print_row(out, i);
  assert_int_equal(fclose(out), 0);
  labelled_log_init(&f->log);
  assert_true(labelled_log_read(&f->log, path, &options));
  out = fopen(path, "w");
  assert_non_null(out);
  fputs(tiers_text, out);
  assert_int_equal(fclose(out), 0);
  assert_true(tier_map_read(&f->map, path, why, sizeof why));
  (void)unlink(path);
  assert_true(dataset_build(&f->dataset, &f->log, &f->map, NULL));
  assert_int_equal(f->dataset.count, ROWS);
}

static struct bytes read_file(const char *path) {
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  assert_int_equal(fseek(file, 0, SEEK_END), 0);
  struct bytes read = {.len = (size_t)ftell(file)};
  rewind(file);
  read.bytes = malloc(read.len);
  assert_non_null(read.bytes);
  assert_int_equal(fread(read.bytes, 1, read.len, file), read.len);
  (void)fclose(file);
  return read;
}

/* The RBF machines take the place of linear ones that were trained before, since the
 * trainer's own search for their C and gamma takes longer than a test may. */
static bool train_rbf_heads(struct fit *fit) {
  const struct head_options options = {.machine = {.kind = MACHINE_REGRESSION,
                                                   .kernel = SVM_RBF,
                                                   .c = 4,
                                                   .gamma = 1.0 / FEATURES_COUNT,
                                                   .epsilon = 0.1},
                                       .rows_max = 1000,
                                       .seed = 1};
  float targets[ROWS];
  size_t index[ROWS];
  bool ok = true;
  for (size_t head = 0; ok && head < TIERS; head++) {
    for (size_t i = 0; i < ROWS; i++) {
      const struct example *example = &fit->dataset->examples[i];
      targets[i] = head + 1 < TIERS ? example_target(example, TIERS, head) : example->log_tokens;
      index[i] = i;
    }
    head_fit_deinit(&fit->heads[head]);
    ok = head_fit_train(&fit->heads[head], &fit->inputs, &fit->kinds, head, &options, index, ROWS,
                        targets);
  }
  return ok;
}

static void write_and_read(struct fixture *f, const struct fit_options *options,
                           struct trained *trained, struct bytes *bytes) {
  char why[256] = "";
  if (!model_write(&trained->fit, &f->log, &f->map, options, "2026-01-31T12:00:00Z", trained->path,
                   why, sizeof why))
    fail_msg("writing: %s", why);
  *bytes = read_file(trained->path);
}

static void train(struct fixture *f, enum svm_kernel kernel, struct trained *trained) {
  struct fit_options options = {.kernel = SVM_LINEAR,
                                .kind = MACHINE_REGRESSION,
                                .seed = 1,
                                .folds = 2,
                                .rows_max = 1000,
                                .threads = kernel == SVM_RBF ? 2 : 1};
  struct model_error err;
  char why[256] = "";
  (void)snprintf(trained->path, sizeof trained->path, "%s/%d.tier", f->dir, (int)kernel);
  if (!fit_train(&trained->fit, &f->dataset, &f->map, &options, why, sizeof why))
    fail_msg("training: %s", why);
  write_and_read(f, &options, trained, &trained->file);
  if (kernel == SVM_RBF) {
    trained->linear_file = trained->file;
    assert_true(train_rbf_heads(&trained->fit));
    write_and_read(f, &options, trained, &trained->file);
  }
  if (model_load(trained->path, &trained->model, &err) != MODEL_OK)
    fail_msg("%s", err.text);
}

static void untrain(struct trained *trained) {
  fit_deinit(&trained->fit);
  model_destroy(trained->model);
  free(trained->file.bytes);
  free(trained->linear_file.bytes);
  (void)unlink(trained->path);
}

static int setup(void **state) {
  struct fixture *f = calloc(1, sizeof *f);
  assert_non_null(f);
  (void)snprintf(f->dir, sizeof f->dir, "/tmp/test_model_XXXXXX");
  assert_non_null(mkdtemp(f->dir));
  f->features = malloc(sizeof *f->features);
  assert_non_null(f->features);
  features_init(f->features);
  make_data(f);
  train(f, SVM_LINEAR, &f->linear);
  train(f, SVM_RBF, &f->rbf);
  *state = f;
  return 0;
}

static int teardown(void **state) {
  struct fixture *f = *state;
  untrain(&f->linear);
  untrain(&f->rbf);
  dataset_deinit(&f->dataset);
  labelled_log_deinit(&f->log);
  tier_map_deinit(&f->map);
  (void)rmdir(f->dir);
  free(f->features);
  free(f);
  return 0;
}

static void extract_text(struct fixture *f, const char *text, size_t len) {
  struct turn turn = {TURN_USER, true, span_make(text, len)};
  struct conversation conversation = {.turns = &turn, .turns_count = 1};
  features_extract(f->features, &conversation);
}

/* ---- what the file says */

static void file_says_what_was_trained(void **state) {
  const struct fixture *f = *state;
  const struct model *model = f->linear.model;
  const struct model_curve_point *curve;
  assert_int_equal(model_tiers_count(model), TIERS);
  assert_string_equal(model_tier_name(model, 0), "low");
  assert_string_equal(model_tier_name(model, 2), "top");
  assert_int_equal(strlen(model_version(model)), 16);
  /* The version is the beginning of the checksum in the last line. */
  assert_memory_equal(model_version(model), f->linear.file.bytes + f->linear.file.len - 33, 16);
  assert_int_equal(model_support_vectors(model), TIERS - 1); /* collapsed, one a head */
  size_t count = model_curve(model, &curve);
  assert_in_range(count, 1, MODEL_CURVE_MAX);
  for (size_t i = 1; i < count; i++)
    assert_true(curve[i].quality >= curve[i - 1].quality);
  assert_string_not_equal(model_version(model), model_version(f->rbf.model));
}

/* The table of kinds comes back from the file as it was trained; blanks in names,
 * which would end them, do not. */
static void kinds_come_back(void **state) {
  const struct fixture *f = *state;
  const struct kinds *trained = &f->linear.fit.kinds;
  const struct model_kinds *read = &f->linear.model->kinds;
  assert_int_equal(trained->count, 2);
  assert_int_equal(read->count, 2);
  assert_string_equal(f->dataset.kinds[0], "t 0");
  assert_string_equal(read->names[0], "t_0");
  assert_string_equal(read->names[1], "t_1");
  assert_true(read->temper == trained->temper);
  assert_memory_equal(read->weights, trained->weights, MODEL_KIND_BUCKETS * trained->count);
  for (size_t k = 0; k < read->count; k++)
    for (size_t head = 0; head < TIERS; head++)
      assert_float_equal(read->levels[k][head], f->linear.fit.heads[head].levels[k], 1e-5);
  for (size_t d = 0; d < FEATURES_COUNT; d++)
    assert_float_equal(f->linear.model->scales[d].spread, f->linear.fit.spreads[d], 1e-6);
}

/* Same data and seed, same file to the byte: with one thread or with two, and though
 * the file was replaced in between. */
static void training_repeats(void **state) {
  const struct fixture *f = *state;
  assert_int_equal(f->rbf.linear_file.len, f->linear.file.len);
  assert_memory_equal(f->rbf.linear_file.bytes, f->linear.file.bytes, f->linear.file.len);
}

/* ---- prediction */

static void assert_prediction(const struct prediction *p, const char *what) {
  bool ok = p->tiers_count == TIERS && p->good[TIERS - 1] == 1.0f && p->margin[TIERS - 1] == 0.0f;
  for (size_t t = 0; t < TIERS; t++) {
    ok = ok && p->good[t] >= 0 && p->good[t] <= 1 && isfinite(p->margin[t]);
    ok = ok && (t == 0 || p->good[t] >= p->good[t - 1]);
  }
  ok = ok && p->score >= 0 && p->score <= 1 && p->novelty >= 0 && isfinite(p->novelty);
  ok = ok && p->output_tokens_p50 >= 1 && p->output_tokens_p90 >= p->output_tokens_p50 &&
       isfinite(p->output_tokens_p90);
  if (!ok)
    fail_msg("%s: good %g %g %g, score %g, novelty %g, tokens %g %g", what, (double)p->good[0],
             (double)p->good[1], (double)p->good[2], (double)p->score, (double)p->novelty,
             (double)p->output_tokens_p50, (double)p->output_tokens_p90);
}

/* The daemon must see the numbers that the trainer saw. Weights are printed with
 * six and nine digits. */
static void hold_to_trainer(struct fixture *f, const struct trained *trained) {
  for (size_t i = 0; i < ROWS; i++) {
    struct prediction p;
    features_extract(f->features, &f->log.rows[i].conversation);
    model_predict(trained->model, f->features, &p);
    assert_prediction(&p, "a training row");
    assert_false(p.abstain);
    for (size_t t = 0; t + 1 < TIERS; t++)
      assert_float_equal(
          p.margin[t],
          head_fit_margin(&trained->fit.heads[t], &trained->fit.inputs, &trained->fit.kinds, i),
          2e-4);
  }
}

static void service_agrees_with_training(void **state) {
  struct fixture *f = *state;
  hold_to_trainer(f, &f->linear);
  hold_to_trainer(f, &f->rbf);
}

/* The little log has a clear rule; a model that missed it would be no model. */
static void easy_and_hard(void **state) {
  struct fixture *f = *state;
  static const char easy[] = "What is the capital of country 7, variant b";
  static const char hard[] = "Prove the convergence of the integral rigorously, step by step";
  const struct model *models[] = {f->linear.model, f->rbf.model};
  for (size_t i = 0; i < 2; i++) {
    struct prediction p, q;
    extract_text(f, easy, sizeof easy - 1);
    model_predict(models[i], f->features, &p);
    extract_text(f, hard, sizeof hard - 1);
    model_predict(models[i], f->features, &q);
    assert_true(p.good[0] > q.good[0] + 0.2f && p.score < q.score);
    assert_true(p.output_tokens_p50 < q.output_tokens_p50);
  }
}

static void hostile_questions(void **state) {
  struct fixture *f = *state;
  enum { LEN = 200000 };
  static const char fills[] = {'a', '9', ' ', '\n', '$', '\0', '\xff'};
  char *text = malloc(LEN);
  struct prediction p;
  assert_non_null(text);
  for (size_t i = 0; i < sizeof fills; i++) {
    memset(text, fills[i], LEN);
    extract_text(f, text, LEN);
    model_predict(f->linear.model, f->features, &p);
    assert_prediction(&p, "one byte");
    model_predict(f->rbf.model, f->features, &p);
    assert_prediction(&p, "one byte, rbf");
  }
  free(text);
}

static void no_signal_abstains(void **state) {
  struct fixture *f = *state;
  static const char strange[] =
      "zxq vbrn plorf wug kref snarf mubble quog frell dren glim tove borogove mimsy rath outgrabe";
  struct prediction p;
  extract_text(f, "", 0);
  model_predict(f->linear.model, f->features, &p);
  assert_prediction(&p, "nothing");
  assert_true(p.abstain);
  extract_text(f, "?!", 2);
  model_predict(f->linear.model, f->features, &p);
  assert_true(p.abstain);
  extract_text(f, strange, sizeof strange - 1);
  model_predict(f->linear.model, f->features, &p);
  assert_prediction(&p, "strange words");
  assert_true(p.abstain && p.novelty > 1);
}

/* ---- explanation */

/* All parts and the rest are the margin, and the rest is a constant of the model:
 * nothing of the question may hide in it. */
static void linear_parts_sum_up(void **state) {
  struct fixture *f = *state;
  struct contribution parts[FEATURES_COUNT + 8];
  for (size_t tier = 0; tier + 1 < TIERS; tier++) {
    double constant = 0;
    for (size_t i = 0; i < ROWS; i++) {
      struct prediction p;
      float rest;
      features_extract(f->features, &f->log.rows[i].conversation);
      model_predict(f->linear.model, f->features, &p);
      size_t count =
          model_explain(f->linear.model, f->features, tier, parts, FEATURES_COUNT + 8, &rest);
      assert_true(count > 0 && count <= FEATURES_COUNT + 8);
      double sum = (double)rest;
      for (size_t k = 0; k < count; k++)
        sum += (double)parts[k].weight;
      assert_true(fabs(sum - (double)p.margin[tier]) < 1e-4);
      if (i == 0)
        constant = (double)rest;
      assert_true(fabs((double)rest - constant) < 1e-4);
    }
  }
}

static void explain_in_order(void **state) {
  struct fixture *f = *state;
  const struct model *models[] = {f->linear.model, f->rbf.model};
  struct contribution parts[FEATURES_COUNT + 8], few[3];
  features_extract(f->features, &f->log.rows[1].conversation);
  for (size_t m = 0; m < 2; m++) {
    float rest, rest_few;
    bool seen[FEATURES_COUNT + 8] = {false};
    size_t count = model_explain(models[m], f->features, 0, parts, FEATURES_COUNT + 8, &rest);
    for (size_t i = 0; i < count; i++) {
      assert_true(parts[i].feature < FEATURES_COUNT + TIERS && !seen[parts[i].feature]);
      seen[parts[i].feature] = true;
      assert_true(parts[i].weight != 0.0f);
      assert_true(i == 0 || fabsf(parts[i].weight) <= fabsf(parts[i - 1].weight));
      assert_true(model_feature_name(models[m], parts[i].feature)[0] != '\0');
      assert_true(model_feature_meaning(models[m], parts[i].feature)[0] != '\0');
    }
    assert_int_equal(model_explain(models[m], f->features, 0, few, 3, &rest_few), 3);
    for (size_t i = 0; i < 3; i++)
      assert_true(fabsf(few[i].weight) == fabsf(parts[i].weight));
    assert_int_equal(model_explain(models[m], f->features, 0, few, 0, &rest_few), 0);
    /* The top tier has no machine to explain. */
    assert_int_equal(model_explain(models[m], f->features, TIERS - 1, few, 3, &rest_few), 0);
  }
  assert_string_equal(model_feature_name(f->linear.model, FEATURES_COUNT), "kind");
  assert_string_equal(model_feature_name(f->linear.model, UINT32_MAX), "kind");
}

/* ---- damaged files */

static enum model_status parse(const char *bytes, size_t len, struct model_error *err) {
  struct model *model = NULL;
  enum model_status status = model_parse(bytes, len, &model, err);
  assert_true((status == MODEL_OK) == (model != NULL) && err->status == status);
  assert_true(status == MODEL_OK || err->text[0] != '\0');
  model_destroy(model);
  return status;
}

/* The same from a block of exactly that size, so that the sanitizer sees overreads. */
static enum model_status parse_copy(const char *bytes, size_t len, struct model_error *err) {
  char *copy = malloc(len);
  assert_true(copy != NULL || len == 0);
  if (len > 0)
    memcpy(copy, bytes, len);
  enum model_status status = parse(copy, len, err);
  free(copy);
  return status;
}

static void cut_at_every_byte(void **state) {
  const struct bytes *t = &((struct fixture *)*state)->linear.file;
  struct model_error err;
  assert_int_equal(parse_copy(t->bytes, t->len, &err), MODEL_OK);
  for (size_t len = 0; len < t->len; len++) {
    bool copy = len < 200 || len + 100 > t->len || len % 997 == 0;
    enum model_status status = (copy ? parse_copy : parse)(t->bytes, len, &err);
    if (status != MODEL_TRUNCATED && status != MODEL_FORMAT)
      fail_msg("the first %zu bytes: %s", len, model_status_text(status));
    if (len > strlen("tierd-model 1"))
      assert_int_equal(status, MODEL_TRUNCATED);
  }
}

static void one_byte_flipped(void **state) {
  const struct bytes *t = &((struct fixture *)*state)->linear.file;
  struct model_error err;
  size_t tail = t->len - CHECKSUM_LINE;
  for (size_t at = 0; at < t->len; at += at < 100 || at + 100 > t->len ? 1 : 101) {
    for (int bit = 0; bit < 8; bit += 3) {
      char kept = t->bytes[at];
      t->bytes[at] = (char)(kept ^ (1 << bit));
      enum model_status status = parse(t->bytes, t->len, &err);
      t->bytes[at] = kept;
      if (status == MODEL_OK || (at > 14 && at < tail && status != MODEL_CHECKSUM))
        fail_msg("bit %d of byte %zu: %s", bit, at, model_status_text(status));
    }
  }
  assert_int_equal(parse(t->bytes, t->len, &err), MODEL_OK);
}

/* The file with the first line that begins so replaced, under a fresh checksum: what
 * only the fields' own checks can refuse. */
static char *with_line(const struct bytes *t, const char *beginning, const char *line,
                       size_t *len) {
  char *text = malloc(t->len + 256);
  assert_non_null(text);
  const char *at = t->bytes;
  const char *end = t->bytes + t->len;
  while (at < end && strncmp(at, beginning, strlen(beginning)) != 0)
    at = (const char *)memchr(at, '\n', (size_t)(end - at)) + 1;
  assert_true(at < end);
  const char *after = (const char *)memchr(at, '\n', (size_t)(end - at)) + 1;
  size_t body = (size_t)(end - after) - CHECKSUM_LINE;
  memcpy(text, t->bytes, (size_t)(at - t->bytes));
  *len = (size_t)(at - t->bytes);
  *len += (size_t)sprintf(text + *len, "%s", line);
  memcpy(text + *len, after, body);
  *len += body;
  XXH128_hash_t hash = XXH3_128bits(text, *len);
  *len += (size_t)sprintf(text + *len, "checksum %016llx%016llx\n", (unsigned long long)hash.high64,
                          (unsigned long long)hash.low64);
  return text;
}

static const struct {
  const char *beginning, *line;
  enum model_status status;
  const char *says;
} changes[] = {
    {"created", "created yesterday\n", MODEL_OK, ""},
    {"tierd-model 3", "tierd-model 1\n", MODEL_VERSION,
     "format version 1; this program reads version 3"},
    {"tierd-model 3", "tierd-model one\n", MODEL_FORMAT, "expected a format version"},
    {"tierd-model 3", "#!/bin/sh\n", MODEL_FORMAT, "not a tierd model"},
    {"created", "made yesterday\n", MODEL_FORMAT, "line 2: expected \"created TIME\""},
    {"schema", "schema 0123456789abcdef 169\n", MODEL_SCHEMA,
     "trained on feature schema 0123456789abcdef"},
    {"schema", "schema 12 169\n", MODEL_FORMAT, "schema HASH COUNT"},
    {"tier low", "tier low -1\n", MODEL_FORMAT, "relative cost"},
    {"tier low", "tier low nan\n", MODEL_FORMAT, "relative cost"},
    {"tier low", "tier low 1\ntier a 1\ntier b 1\ntier c 1\ntier d 1\ntier e 1\ntier f 1\n",
     MODEL_FORMAT, "at most 8 tiers"},
    {"scale bytes_log", "scale bytes 1 2 0 1\n", MODEL_FORMAT, "every feature in order"},
    {"scale bytes_log", "scale bytes_log 1 2 1 1\n", MODEL_FORMAT, "knots that rise"},
    {"scale bytes_log", "scale bytes_log 1 65 1\n", MODEL_FORMAT, "every feature in order"},
    {"scale bytes_log", "scale bytes_log 1 1 1 2\n", MODEL_FORMAT, "after the last knot"},
    {"scale bytes_log", "scale bytes_log 1 2 1\n", MODEL_FORMAT, "knots that rise"},
    {"scale bytes_log", "scale bytes_log -1 0\n", MODEL_FORMAT, "every feature in order"},
    {"scale bytes_log", "scale bytes_log inf 0\n", MODEL_FORMAT, "every feature in order"},
    {"scale bytes_log", "scale bytes_log 0.25 0\n", MODEL_OK, ""},
    {"words", "words 25\n", MODEL_FORMAT, "from 9 to 24"},
    {"words", "words 24\n", MODEL_FORMAT, "16 hexadecimal digits"},
    {"novelty", "novelty 0\n", MODEL_FORMAT, "above 0 and at most 1"},
    {"kinds ", "kinds 2 0\n", MODEL_OK, ""}, /* no temper: every prompt is of every kind */
    {"kinds ", "kinds 0 2\n", MODEL_FORMAT, "kinds COUNT TEMPER"},
    {"kinds ", "kinds 257 2\n", MODEL_FORMAT, "kinds COUNT TEMPER"},
    {"kinds ", "kinds 2\n", MODEL_FORMAT, "kinds COUNT TEMPER"},
    {"kinds ", "kinds 2 -1\n", MODEL_FORMAT, "kinds COUNT TEMPER"},
    {"kinds ", "kinds 2 1001\n", MODEL_FORMAT, "kinds COUNT TEMPER"},
    {"kinds ", "kinds 2 nan\n", MODEL_FORMAT, "kinds COUNT TEMPER"},
    {"kinds ", "kinds 2 2 2\n", MODEL_FORMAT, "kinds COUNT TEMPER"},
    {"kinds ", "kinds 1 2\n", MODEL_FORMAT, "two hexadecimal digits for each kind"},
    {"kinds ", "kinds 3 2\n", MODEL_FORMAT, "kind NAME LEVEL"},
    {"kind t_0", "kind t_0 0 0 0 0 0 0\n", MODEL_OK, ""},
    {"kind t_0", "kind t_0 0 0 0\n", MODEL_FORMAT, "a level and then a slope"},
    {"kind t_0", "kind t_0 0 0 0 0 0 0 0\n", MODEL_FORMAT, "after the last slope"},
    {"kind t_0", "kind t_0 0 0 2e6 0 0 0\n", MODEL_FORMAT, "a level and then a slope"},
    {"kind t_0", "kind t_0 0 0 0 0 0 inf\n", MODEL_FORMAT, "a level and then a slope"},
    {"kind t_0", "kind\n", MODEL_FORMAT, "a level and then a slope"},
    {"kind t_1", "kind t_1 0 0 0 0 0 0\n7fg0\n", MODEL_FORMAT,
     "two hexadecimal digits for each kind"},
    {"kind t_1", "kind t_1 0 0 0 0 0 0\n7F80\n", MODEL_FORMAT,
     "two hexadecimal digits for each kind"},
    {"kind t_1", "kind t_1 0 0 0 0 0 0\n7f8\n", MODEL_FORMAT,
     "two hexadecimal digits for each kind"},
    {"kind t_1", "kind t_1 0 0 0 0 0 0\n7f 80\n", MODEL_FORMAT,
     "two hexadecimal digits for each kind"},
    {"kind t_1", "kind t_1 0 0 0 0 0 0\n7f80\n", MODEL_FORMAT, "head TIER"}, /* a line too many */
    {"head low", "head mid\n", MODEL_FORMAT, "head TIER"},
    {"svm ", "svm 100000\n", MODEL_FORMAT, "as many lines of the machine"},
    {"svm_type", "svm_type nu_svr\n", MODEL_FORMAT, "in a machine: svm_type"},
    {"calibration", "calibration 0\n", MODEL_FORMAT, "from 1 to 256"},
    {"risk ", "risk 65\n", MODEL_FORMAT, "at most 64"},
    {"risk ", "risk 1\n0.5 1.5\n", MODEL_FORMAT, "PROBABILITY RISK"},
    {"risk ", "risk 2\n0.5 0.3\n0.6 0.4\n", MODEL_FORMAT, "risks that do not"},
    {"risk ", "risk 2\n0.5 0.3\n0.5 0.2\n", MODEL_FORMAT, "risks that do not"},
    {"output", "input\n", MODEL_FORMAT, "\"output\""},
    {"residuals", "residuals 1 0\n", MODEL_FORMAT, "as many as there are kinds"},
    {"residuals", "residuals 2\n1 0\n", MODEL_FORMAT, "the second no smaller"},
    {"residuals", "residuals 2\n0\n1\n", MODEL_FORMAT, "P50 P90"},
    {"curve", "curve 65\n", MODEL_FORMAT, "from 1 to 64"},
    {"curve", "curve 1\n", MODEL_FORMAT, "\"end\""},
    {"end", "end\nmore\n", MODEL_FORMAT, "nothing between"},
};

static void fields_are_checked(void **state) {
  const struct bytes *t = &((struct fixture *)*state)->linear.file;
  for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
    struct model_error err;
    size_t len;
    char *text = with_line(t, changes[i].beginning, changes[i].line, &len);
    enum model_status status = parse_copy(text, len, &err);
    free(text);
    if (status != changes[i].status || !strstr(err.text, changes[i].says))
      fail_msg("%s: %s: %s", changes[i].line, model_status_text(status), err.text);
  }
}

/* ---- files */

static void files_that_cannot_be_read(void **state) {
  const struct fixture *f = *state;
  struct model *model;
  struct model_error err;
  assert_int_equal(model_load("/nonexistent/x.tier", &model, &err), MODEL_IO);
  assert_null(model);
  assert_string_equal(err.text, "/nonexistent/x.tier: cannot open: No such file or directory");
  assert_int_equal(model_load(f->dir, &model, &err), MODEL_IO); /* a directory */
  assert_non_null(strstr(err.text, "cannot read"));
}

/* What cannot be written leaves no trace, and says so. */
static void write_fails_cleanly(void **state) {
  struct fixture *f = *state;
  struct fit_options options = {.folds = 2};
  char why[256];
  assert_false(model_write(&f->linear.fit, &f->log, &f->map, &options, "2026-01-31T12:00:00Z",
                           "/nonexistent/x.tier", why, sizeof why));
  assert_non_null(strstr(why, "cannot write /nonexistent/x.tier: No such file or directory"));
}

/* A kind of prompts that the cheapest tier was never asked is at the level of all
 * others, not at that of perfect answers. */
static void kind_without_targets(void **state) {
  struct fixture *f = *state;
  struct fit_options options = {.folds = 2, .rows_max = 100, .threads = 1, .seed = 1};
  struct fit *fit = malloc(sizeof *fit);
  float kept[ROWS];
  double mean = 0, rows = 0;
  char why[256] = "";
  assert_non_null(fit);
  for (size_t i = 0; i < ROWS; i++) {
    struct example *example = &f->dataset.examples[i];
    kept[i] = example->quality[0];
    mean += example->kind == 1 ? (double)example_target(example, TIERS, 0) : 0;
    rows += example->kind == 1;
    if (example->kind == 0)
      example->quality[0] = NAN;
  }
  bool ok = fit_train(fit, &f->dataset, &f->map, &options, why, sizeof why);
  for (size_t i = 0; i < ROWS; i++)
    f->dataset.examples[i].quality[0] = kept[i];
  if (!ok)
    fail_msg("training: %s", why);
  assert_true(mean / rows < -0.5);
  assert_float_equal(fit->heads[0].levels[1], (float)(mean / rows), 0.3);
  assert_float_equal(fit->heads[0].levels[0], fit->heads[0].levels[1], 0.1);
  fit_deinit(fit);
  free(fit);
}

/* Where a tier does alike on everything there is nothing to learn but that. */
static void constant_targets(void **state) {
  enum { COUNT = 50, STRIDE = 8 };
  float rows[COUNT * STRIDE] = {0}, targets[COUNT];
  (void)state;
  for (size_t i = 0; i < COUNT; i++) {
    rows[i * STRIDE] = (float)i / COUNT;
    targets[i] = -0.5f;
  }
  for (int kernel = SVM_LINEAR; kernel <= SVM_RBF; kernel++) {
    struct machine_options options = {.kind = MACHINE_REGRESSION,
                                      .kernel = kernel ? SVM_RBF : SVM_LINEAR,
                                      .c = 1,
                                      .gamma = 1,
                                      .epsilon = 0.1};
    struct svm *svm = NULL;
    char *text = NULL, why[128] = "";
    size_t line;
    assert_true(machine_train(&options, rows, STRIDE, 3, targets, COUNT, 0, &text));
    if (!svm_parse(text, strlen(text), 3, &svm, &line, why, sizeof why))
      fail_msg("kernel %d: %s", kernel, why);
    assert_float_equal(svm_score(svm, rows), -0.5, 0.11); /* within the tube */
    assert_true(svm_score(svm, rows) == svm_score(svm, rows + (COUNT - 1) * STRIDE));
    svm_destroy(svm);
    free(text);
  }
}

static void too_few_rows(void **state) {
  struct fixture *f = *state;
  struct fit_options options = {.folds = 2, .rows_max = 100, .threads = 1};
  struct dataset few = f->dataset;
  struct fit *fit = malloc(sizeof *fit);
  char why[256] = "";
  few.count = 10;
  assert_non_null(fit);
  assert_false(fit_train(fit, &few, &f->map, &options, why, sizeof why));
  assert_non_null(strstr(why, "too few rows"));
  free(fit);
}

int main(void) {
#define TEST(name) cmocka_unit_test(name)
  const struct CMUnitTest tests[] = {
      TEST(file_says_what_was_trained),
      TEST(kinds_come_back),
      TEST(training_repeats),
      TEST(service_agrees_with_training),
      TEST(easy_and_hard),
      TEST(hostile_questions),
      TEST(no_signal_abstains),
      TEST(linear_parts_sum_up),
      TEST(explain_in_order),
      TEST(cut_at_every_byte),
      TEST(one_byte_flipped),
      TEST(fields_are_checked),
      TEST(files_that_cannot_be_read),
      TEST(write_fails_cleanly),
      TEST(constant_targets),
      TEST(kind_without_targets),
      TEST(too_few_rows),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
