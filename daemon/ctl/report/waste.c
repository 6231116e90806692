/* waste.c - the formulas, their thresholds, and what to do about each.
 *
 * Thresholds are set so that ordinary calls stay out: what is reported should be worth
 * somebody's hour. All amounts are estimates, since the tokens of a request's parts
 * are (line_parts.h of daemon/api). */
#include "daemon/ctl/report/waste.h"

#include <math.h>

#include "daemon/ctl/report/groups.h"
#include "daemon/router/money.h"

/* Context: more than 2,000 tokens, and more than 20 for each token of the question. */
#define CONTEXT_TOKENS_MIN 2000.0
#define CONTEXT_PER_QUESTION 20.0
/* Verbosity: three tenths of a prompt of at least 500 tokens stood there before. */
#define VERBOSE_SHARE_MIN 0.3
#define VERBOSE_TOKENS_MIN 500.0
/* A resent conversation without a session's name: three messages do not recur by chance. */
#define RETRY_MESSAGES_MIN 3.0
/* A cache entry is written again once nobody has asked for this long. */
#define LIFETIME_DEFAULT_S 300.0

const struct waste_text waste_texts[WASTE_KINDS] = {
    [WASTE_CACHING] = {"uncached_system_prompt", "System prompts sent again without caching",
                       "the same system prompt to the same model 10 times or more, of at least "
                       "the size that the model caches, not read from a cache",
                       "Put the fixed part first, mark it for caching (or keep it byte for byte "
                       "the same where caching is automatic) and say cached_prefix_tokens."},
    [WASTE_CONTEXT] = {"oversized_context", "Context far beyond what the question needs",
                       "documents and other context around the question of more than 2,000 tokens "
                       "and 20 times the question; the excess counts",
                       "Retrieve fewer and shorter passages, rerank before sending, drop what "
                       "scores low."},
    [WASTE_RETRIES] = {"resent_conversation", "Retries that resend a whole conversation",
                       "the same conversation, word for word, again in its session, or of three "
                       "messages and more without one; all but one count",
                       "Give retries an idempotency key, keep answers for a while, and back off "
                       "instead of sending at once."},
    [WASTE_VERBOSE] = {"verbose_prompt", "Prompts that repeat themselves",
                       "30 % or more of a prompt of 500 tokens and more stood in it before, in "
                       "runs of eight words; that share of its uncached input counts",
                       "Say each instruction once, cut boilerplate, summarise earlier turns."},
    [WASTE_OUTPUT] = {"output_past_p90", "Answers that ran past p90",
                      "output tokens, as feedback told, beyond the p90 that was expected",
                      "Set max_tokens near p90 and ask for a length in the prompt."},
    [WASTE_BATCH] = {"could_wait", "Traffic that could wait for a batch",
                     "single-turn calls outside any session whose model has a batch price; what "
                     "waits for no one counts",
                     "Send what nobody waits for through the batch interface, with "
                     "routing.batch set."},
};

/* Tokens at a rate. */
static int64_t price(double tokens, int64_t rate) {
  return tokens > 0 ? money_for_tokens((uint64_t)llround(tokens), rate) : 0;
}

/* excess = context - max(2,000, 20 x question), at the input's price. */
int64_t waste_context(const struct report_line *line) {
  const double needed = fmax(CONTEXT_TOKENS_MIN, CONTEXT_PER_QUESTION * line->question_tokens);
  if (!(line->context_tokens > needed))
    return 0;
  return price(line->context_tokens - needed, line->rate_input);
}

/* redundancy x what the input cost that the cache did not give. */
int64_t waste_verbose(const struct report_line *line) {
  if (!(line->redundancy >= VERBOSE_SHARE_MIN && line->redundancy <= 1) ||
      !(line->input_tokens >= VERBOSE_TOKENS_MIN))
    return 0;
  if (!money_known(line->input_cost))
    return MONEY_UNKNOWN;
  return (int64_t)llround((double)line->input_cost * line->redundancy);
}

/* (output - p90) at the output's price. */
int64_t waste_output(const struct report_line *line, const struct join_feedback *feedback) {
  if (!feedback || !(line->output_p90 > 0) || !(feedback->output_tokens > line->output_p90))
    return 0;
  return price(feedback->output_tokens - line->output_p90, line->rate_output);
}

/* What batching would have taken off, for calls that nobody seems to wait for: no
 * session, and no more than a system prompt and one question. */
int64_t waste_batch(const struct report_line *line) {
  if (line->batch_asked || line->session != 0 || !(line->messages <= 2) ||
      !money_known(line->batch_saving))
    return 0;
  return line->batch_saving > 0 ? line->batch_saving : 0;
}

uint64_t waste_retry_key(const struct report_line *line) {
  if (line->prompt == 0 || (line->session == 0 && !(line->messages >= RETRY_MESSAGES_MIN)))
    return 0;
  return groups_key(line->prompt, line->session);
}

/* Any of the calls may have been the first, so the mean counts: spent x (n - 1) / n. */
int64_t waste_retries(int64_t count, int64_t spent) {
  return count > 1 ? spent - spent / count : 0;
}

bool waste_uncached(const struct report_line *line, double cached, double tokens_min) {
  if (line->system == 0 || !(line->system_tokens >= tokens_min))
    return false;
  /* A tenth less may be where the cache's step ends, or the estimate's error. */
  return !(cached >= 0.9 * line->system_tokens);
}

/* How often the prompt would have been written: once, and again after each gap between
 * two calls that is longer than an entry lives. For calls that come at random, a gap is
 * longer than L with probability exp(-L x rate). */
static uint64_t writes_of(const struct waste_prompt *prompt) {
  const double gaps = (double)prompt->requests - 1;
  const double lifetime = prompt->lifetime_s > 0 ? prompt->lifetime_s : LIFETIME_DEFAULT_S;
  if (prompt->requests == 0)
    return 0;
  if (!(prompt->seconds > 0))
    return 1;
  return 1 + (uint64_t)llround(gaps * exp(-lifetime * gaps / prompt->seconds));
}

/* saved = n x T x input - (n - w) x T x read - w x T x write, T tokens a prompt, w writes. */
struct waste_caching waste_caching_of(const struct waste_prompt *prompt) {
  const uint64_t writes = writes_of(prompt);
  const int64_t write = money_known(prompt->write) ? prompt->write : prompt->input;
  struct waste_caching out = {0, 0, 0, 0};
  if (prompt->requests == 0)
    return out;
  const uint64_t written =
      (uint64_t)llround((double)prompt->tokens / (double)prompt->requests * (double)writes);
  const uint64_t read = prompt->tokens > written ? prompt->tokens - written : 0;
  out.paid = money_for_tokens(prompt->tokens, prompt->input);
  out.reads = money_for_tokens(read, prompt->read);
  out.writes = money_for_tokens(written, write);
  out.saved = MONEY_UNKNOWN;
  if (money_known(out.paid) && money_known(out.reads) && money_known(out.writes))
    out.saved = out.paid - out.reads - out.writes;
  return out;
}
