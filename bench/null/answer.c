/* answer.c - a decision as tierd usually gives it, head and body, fixed.
 *
 * Of the same size and with the same headers as a real one for a short prompt on the
 * default catalogue of three tiers; only the numbers mean nothing. */
#include "bench/null/answer.h"

#include <stdio.h>
#include <string.h>

/* One text, in the order of the members of a real one. A decision that grows should grow
 * here too, or the comparison gets unfair. */
static const char body[] =
    "{\"id\":\"d-0000000000000000-0\",\"object\":\"route.decision\",\"created\":1795392000,"
    "\"tier\":\"standard\",\"model\":\"claude-sonnet-0-0\",\"provider\":\"anthropic\","
    "\"score\":0.1288,\"confidence\":0.9108,"
    "\"probabilities\":{\"economy\":0.8317,\"standard\":0.9108,\"frontier\":1},"
    "\"abstained\":false,"
    "\"cost\":{\"currency\":\"USD\",\"expected\":0.002656,\"low\":0.000652,\"high\":0.00547,"
    "\"breakdown\":{\"input\":0.000146,\"cache_read\":0,\"cache_write\":0,\"output\":0.00251},"
    "\"batch_saving\":0.001328,\"unknown_reason\":null,"
    "\"input_tokens\":73,\"cached_tokens\":0,\"output_tokens\":{\"p50\":167,\"p90\":531},"
    "\"batch\":false,\"baseline\":{\"model\":\"claude-opus-0-0\",\"expected\":0.005312},"
    "\"saving\":0.002656,\"saving_ratio\":0.5,\"price_as_of\":\"2026-01-01\","
    "\"price_stale\":false},"
    "\"stop_after_tokens\":1234,"
    "\"alternatives\":[{\"tier\":\"economy\",\"model\":\"claude-haiku-0-0\","
    "\"probability\":0.8317,\"cost\":{\"expected\":0.0001328,\"low\":0.0000326,\"high\":0.0002735,"
    "\"breakdown\":{\"input\":0.0000073,\"cache_read\":0,\"cache_write\":0,\"output\":0.0001255},"
    "\"batch_saving\":0.0000664,\"unknown_reason\":null}},"
    "{\"tier\":\"standard\",\"model\":\"claude-sonnet-0-0\","
    "\"probability\":0.9108,\"cost\":{\"expected\":0.002656,\"low\":0.000652,\"high\":0.00547,"
    "\"breakdown\":{\"input\":0.000146,\"cache_read\":0,\"cache_write\":0,\"output\":0.00251},"
    "\"batch_saving\":0.001328,\"unknown_reason\":null}},"
    "{\"tier\":\"frontier\",\"model\":\"claude-opus-0-0\","
    "\"probability\":1,\"cost\":{\"expected\":0.005312,\"low\":0.001304,\"high\":0.01094,"
    "\"breakdown\":{\"input\":0.000292,\"cache_read\":0,\"cache_write\":0,\"output\":0.00502},"
    "\"batch_saving\":0.002656,\"unknown_reason\":null}}],"
    "\"reasons\":[{\"code\":\"good_enough\",\"text\":\"standard is the cheapest tier with "
    "probability 0.87 or more of being good enough (0.91)\",\"weight\":0}],"
    "\"model_version\":\"0000000000000000\",\"policy_version\":\"0000000000000000\"}\n";

/* Made once at the start: no time goes into it while it is measured. */
size_t null_answer_write(char *out) {
  int len = snprintf(out, NULL_ANSWER_ROOM,
                     "HTTP/1.1 200 OK\r\n"
                     "content-type: application/json\r\n"
                     "date: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
                     "content-length: %zu\r\n"
                     "x-tierd-model: claude-sonnet-0-0\r\n"
                     "x-tierd-tier: standard\r\n"
                     "x-tierd-cost-usd: 0.002656\r\n"
                     "x-tierd-id: d-0000000000000000-0\r\n\r\n%s",
                     strlen(body), body);
  /* 0 would mean that the room is too small, which the first run shows. */
  return len > 0 && len < NULL_ANSWER_ROOM ? (size_t)len : 0;
}
