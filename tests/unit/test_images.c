/* test_images.c - sizes from headers made by hand, and tokens of sizes: the providers' own
 * examples, counts that others measured, and sums worked out here.
 *
 * Headers are encoded by the test and read from a block that is no longer than they are,
 * so that the sanitizer sees a read beyond them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/router/image_size.h"
#include "daemon/router/tokens.h"

/* Base64 with padding, in a block of its own. */
static struct span encode(const char *bytes, size_t len) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const size_t size = (len + 2) / 3 * 4;
  char *out = malloc(size ? size : 1);
  assert_non_null(out);
  for (size_t i = 0; i < size; i++) {
    const size_t bit = i * 6;
    unsigned value = 0;
    for (size_t k = bit; k < bit + 6; k++)
      value = value << 1 |
              (k / 8 < len ? (unsigned)(unsigned char)bytes[k / 8] >> (7 - k % 8) & 1U : 0U);
    out[i] = bit < len * 8 ? digits[value] : '=';
  }
  return span_make(out, size);
}

#define BYTES(text) text, sizeof(text) - 1
#define PNG "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"
#define JPEG "\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"
#define RIFF "RIFF\x24\0\0\0WEBP"

struct header {
  const char *what;
  const char *bytes;
  size_t len;
  uint32_t width, height; /* 0: no size */
};

static const struct header headers[] = {
    {"png", BYTES(PNG "\0\0\x07\x80\0\0\x04\x38"), 1920, 1080},
    {"png of one pixel", BYTES(PNG "\0\0\0\1\0\0\0\1"), 1, 1},
    {"png without width", BYTES(PNG "\0\0\0\0\0\0\0\1"), 0, 0},
    {"png that boasts", BYTES(PNG "\x7f\xff\xff\xff\0\0\0\1"), 0, 0},
    {"png at the limit", BYTES(PNG "\0\0\xff\xff\0\0\xff\xff"), 65535, 65535},
    {"png beyond it", BYTES(PNG "\0\1\0\0\0\0\0\1"), 0, 0},
    {"png whose first chunk is another",
     BYTES("\x89PNG\r\n\x1a\n\0\0\0\x0d"
           "CgBI\0\0\0\1\0\0\0\1"),
     0, 0},
    {"gif 89", BYTES("GIF89a\x40\1\xc8\0"), 320, 200},
    {"gif 87", BYTES("GIF87a\1\0\2\0"), 1, 2},
    {"gif 88", BYTES("GIF88a\1\0\2\0"), 0, 0},
    {"jpeg", BYTES(JPEG "\xff\xc0\0\x11\x08\x04\x38\x07\x80\3"), 1920, 1080},
    {"jpeg, progressive", BYTES(JPEG "\xff\xc2\0\x11\x08\0\1\0\2\3"), 2, 1},
    {"jpeg, tables first", BYTES("\xff\xd8\xff\xc4\0\4AB\xff\xdb\0\3C\xff\xc1\0\x11\x08\0\3\0\4\3"),
     4, 3},
    {"jpeg, fill bytes", BYTES("\xff\xd8\xff\xff\xff\xc0\0\x11\x08\0\3\0\4\3"), 4, 3},
    {"jpeg, marker alone", BYTES("\xff\xd8\xff\1\xff\xc0\0\x11\x08\0\3\0\4\3"), 4, 3},
    {"jpeg, height in the scan", BYTES(JPEG "\xff\xc0\0\x11\x08\0\0\0\2\3"), 0, 0},
    {"jpeg, scan first", BYTES("\xff\xd8\xff\xda\0\2\xff\xc0\0\x11\x08\0\3\0\4\3"), 0, 0},
    {"jpeg, no marker", BYTES("\xff\xd8\xfe\xc0\0\x11\x08\0\3\0\4\3"), 0, 0},
    {"jpeg, length of nothing", BYTES("\xff\xd8\xff\xe0\0\1\xff\xc0\0\x11\x08\0\3\0\4\3"), 0, 0},
    {"jpeg, segment past the end", BYTES("\xff\xd8\xff\xe1\xff\xff\xff\xc0\0\x11"), 0, 0},
    {"webp, lossy", BYTES(RIFF "VP8 \x18\0\0\0\x10\0\0\x9d\1\x2a\x80\x02\xe0\x01"), 640, 480},
    {"webp, lossy, scaled", BYTES(RIFF "VP8 \x18\0\0\0\x10\0\0\x9d\1\x2a\x80\x42\xe0\xc1"), 640,
     480},
    {"webp, lossy, no start code", BYTES(RIFF "VP8 \x18\0\0\0\x10\0\0\x9d\1\x2b\x80\x02\xe0\1"), 0,
     0},
    /* 639 | 479 << 14 = 0x77c27f */
    {"webp, lossless", BYTES(RIFF "VP8L\x18\0\0\0\x2f\x7f\xc2\x77\0"), 640, 480},
    {"webp, extended", BYTES(RIFF "VP8X\x0a\0\0\0\0\0\0\0\x7f\x07\0\x37\x04\0"), 1920, 1080},
    {"webp, of another kind", BYTES(RIFF "VP8Y\x0a\0\0\0\0\0\0\0\x7f\x07\0\x37\x04\0"), 0, 0},
    {"riff that is no webp", BYTES("RIFF\x24\0\0\0WAVEfmt "), 0, 0},
    {"bmp", BYTES("BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\1\0\0\0\1\0\0\0"), 0, 0},
    {"nothing", BYTES(""), 0, 0},
};

static void headers_give_sizes(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
    const struct header *header = &headers[i];
    struct span text = encode(header->bytes, header->len);
    struct image_size size = {0};
    const bool known = image_size_of_base64(text, &size);
    if (known != (header->width != 0) || size.width != header->width ||
        size.height != header->height)
      fail_msg("%s: %u x %u", header->what, size.width, size.height);
    free((void *)(uintptr_t)text.ptr);
  }
}

/* Each cut makes the size unknown, until the last of its bytes is there; none reads on. */
static void cut_headers_have_none(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
    struct span text = encode(headers[i].bytes, headers[i].len);
    bool before = false;
    for (size_t len = 0; len <= text.len; len++) {
      char *cut = malloc(len ? len : 1);
      assert_non_null(cut);
      memcpy(cut, text.ptr, len);
      struct image_size size;
      const bool known = image_size_of_base64(span_make(cut, len), &size);
      if ((before && !known) || (known && size.width != headers[i].width))
        fail_msg("%s: cut to %zu characters", headers[i].what, len);
      before = known;
      free(cut);
    }
    free((void *)(uintptr_t)text.ptr);
  }
}

/* More segments than any image has: given up, however long the rest. */
static void segments_are_bounded(void **state) {
  (void)state;
  enum { SEGMENTS = 300, EACH = 4 };
  static const char frame[] = "\xff\xc0\0\x11\x08\0\3\0\4\3";
  char bytes[2 + SEGMENTS * EACH + sizeof frame] = "\xff\xd8";
  for (int few = 0; few < 2; few++) {
    const size_t count = few ? 200 : SEGMENTS;
    for (size_t i = 0; i < count; i++)
      memcpy(bytes + 2 + i * EACH, "\xff\xfe\0\2", EACH);
    memcpy(bytes + 2 + count * EACH, frame, sizeof frame);
    struct span text = encode(bytes, 2 + count * EACH + sizeof frame);
    struct image_size size;
    assert_int_equal(image_size_of_base64(text, &size), few);
    free((void *)(uintptr_t)text.ptr);
  }
}

static void urls(void **state) {
  (void)state;
  static const struct {
    const char *url;
    bool known;
  } cases[] = {
      {"data:image/gif;base64,R0lGODlhAQACAA==", true},
      {"DATA:image/gif;BASE64,R0lGODlhAQACAA==", true},
      {"data:;base64,R0lGODlhAQACAA==", true},
      {"data:image/png;base64,R0lGODlhAQACAA==", true}, /* the bytes know better */
      {"data:image/gif;charset=x;base64,R0lGODlhAQACAA==", true},
      {"data:image/gif,R0lGODlhAQACAA==", false},
      {"data:base64,R0lGODlhAQACAA==", false},
      {"data:image/gif;base64", false},
      {"data:image/gif;base64,", false},
      {"data:image/gif;base64,R0lG\nODlhAQACAA==", false},
      {"data:image/gif;base64,R0lG*DlhAQACAA==", false},
      {"https://example.org/cat.gif?x=;base64,R0lGODlhAQACAA==", false},
      {"data:", false},
      {"dat", false},
      {"", false},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct image_size size = {0};
    const bool known = image_size_of_url(span_of(cases[i].url), &size);
    if (known != cases[i].known || (known && (size.width != 1 || size.height != 2)))
      fail_msg("%s", cases[i].url);
  }
  struct image_size size;
  assert_false(image_size_of_url(span_make(NULL, 0), &size));
  assert_false(image_size_of_base64(span_make(NULL, 0), &size));
}

struct count {
  enum image_rule rule;
  struct image_part image;
  uint64_t tokens;
};

/* From the providers' pages, unless a line says how it was worked out. "measured" is what
 * the provider's API counted, see README.md of daemon/router. */
static const struct count counts[] = {
    /* Tiles. 1024 is cut to 768: 2 x 2. 2048 x 4096 to 1024 x 2048, to 768 x 1536: 2 x 3. */
    {IMAGES_GPT_4O, {1024, 1024, IMAGE_HIGH}, 85 + 4 * 170},
    {IMAGES_GPT_4O, {2048, 4096, IMAGE_HIGH}, 85 + 6 * 170},
    {IMAGES_GPT_4O, {4096, 8192, IMAGE_LOW}, 85},
    {IMAGES_GPT_4O, {512, 512, IMAGE_AUTO}, 85 + 170}, /* never enlarged */
    {IMAGES_GPT_4O, {513, 512, IMAGE_AUTO}, 85 + 2 * 170},
    {IMAGES_GPT_4O, {1, 1, IMAGE_AUTO}, 85 + 170},
    {IMAGES_GPT_4O, {65535, 1, IMAGE_AUTO}, 85 + 4 * 170},   /* 2048 x 1 */
    {IMAGES_GPT_4O, {1920, 1080, IMAGE_AUTO}, 85 + 6 * 170}, /* 1365 x 768 */
    {IMAGES_GPT_4O_MINI, {1024, 1024, IMAGE_HIGH}, 2833 + 4 * 5667},
    {IMAGES_GPT_4O_MINI, {1024, 1024, IMAGE_LOW}, 2833},
    {IMAGES_O1, {1024, 1024, IMAGE_HIGH}, 75 + 4 * 150},
    {IMAGES_GPT_5, {1024, 1024, IMAGE_HIGH}, 70 + 4 * 140},
    {IMAGES_GPT_5, {1024, 1024, IMAGE_LOW}, 70},
    /* Patches: 32 x 32 = 1024; 1800 x 2400 becomes 1056 x 1408, 33 x 44 = 1452. Times 1.62,
     * 2.46, 1.72, 1.2 or 1.5, rounded up. */
    {IMAGES_GPT_41_MINI, {1024, 1024, IMAGE_HIGH}, 1659},
    {IMAGES_GPT_41_MINI, {1800, 2400, IMAGE_HIGH}, 2353},
    {IMAGES_GPT_41_NANO, {1024, 1024, IMAGE_HIGH}, 2520},
    {IMAGES_O4_MINI, {1024, 1024, IMAGE_HIGH}, 1762},
    {IMAGES_GPT_5_MINI, {1800, 2400, IMAGE_HIGH}, 1743},
    {IMAGES_GPT_5_MINI, {1024, 1024, IMAGE_HIGH}, 1229}, /* measured, as are these: */
    {IMAGES_GPT_5_MINI, {256, 256, IMAGE_AUTO}, 77},
    {IMAGES_GPT_5_MINI, {768, 1024, IMAGE_AUTO}, 922},
    {IMAGES_GPT_5_MINI, {2048, 768, IMAGE_AUTO}, 1844},  /* at the budget */
    {IMAGES_GPT_5_MINI, {1600, 1600, IMAGE_AUTO}, 1826}, /* 39 x 39 = 1521 */
    {IMAGES_GPT_5_NANO, {1600, 1600, IMAGE_AUTO}, 2282},
    {IMAGES_GPT_5_MINI, {1600, 1600, IMAGE_LOW}, 308}, /* 16 x 16 */
    /* 65535 x 32 is 2048 x 1 after the side's limit: 64. */
    {IMAGES_GPT_5_MINI, {65535, 32, IMAGE_AUTO}, 77},
    {IMAGES_GPT_54, {1600, 1600, IMAGE_AUTO}, 3000},     /* measured: 50 x 50, all of the budget */
    {IMAGES_GPT_54, {3000, 1000, IMAGE_HIGH}, 1690},     /* 2048 x 682: 64 x 22 = 1408 */
    {IMAGES_GPT_54, {3000, 1000, IMAGE_ORIGINAL}, 3610}, /* 94 x 32 = 3008 */
    {IMAGES_GPT_55, {3000, 1000, IMAGE_AUTO}, 3610},
    {IMAGES_GPT_55, {4032, 3024, IMAGE_AUTO}, 11868}, /* measured: 115 x 86 */
    {IMAGES_GPT_55, {3840, 2160, IMAGE_AUTO}, 9792},  /* measured: 120 x 68 */
    {IMAGES_GPT_56, {3840, 2160, IMAGE_AUTO}, 9792},  /* measured, as are these: */
    {IMAGES_GPT_56, {4032, 3024, IMAGE_AUTO}, 14364},
    {IMAGES_GPT_56, {4032, 3024, IMAGE_HIGH}, 2942},
    {IMAGES_GPT_56, {2560, 1440, IMAGE_HIGH}, 2931},
    {IMAGES_GPT_56, {1920, 1080, IMAGE_HIGH}, 2448},
    {IMAGES_GPT_56, {1920, 1080, IMAGE_LOW}, 308},
    {IMAGES_GPT_56, {65535, 1, IMAGE_HIGH}, 2458},            /* 2048 patches in a row */
    {IMAGES_GPT_56, {65535, 65535, IMAGE_ORIGINAL}, 5033165}, /* 2048 x 2048 */
    /* Squares of 28: largest sizes of the page's older table, 39 x 39, 34 x 46 and 28 x 56. */
    {IMAGES_CLAUDE, {1092, 1092, IMAGE_AUTO}, 1521},
    {IMAGES_CLAUDE, {951, 1268, IMAGE_AUTO}, 1564},
    {IMAGES_CLAUDE, {784, 1568, IMAGE_AUTO}, 1568},
    {IMAGES_CLAUDE, {1000, 1000, IMAGE_AUTO}, 1296},
    {IMAGES_CLAUDE, {1, 1, IMAGE_AUTO}, 1},
    {IMAGES_CLAUDE, {4000, 4000, IMAGE_AUTO}, 1521},
    {IMAGES_CLAUDE, {1920, 1080, IMAGE_AUTO}, 1560}, /* measured: 52 x 30 */
    {IMAGES_CLAUDE, {2000, 1500, IMAGE_AUTO}, 1564}, /* measured: 46 x 34 */
    {IMAGES_CLAUDE, {65535, 1, IMAGE_AUTO}, 56},
    {IMAGES_CLAUDE, {1024, 1024, IMAGE_LOW}, 1369},     /* knows no detail */
    {IMAGES_CLAUDE_47, {1024, 1024, IMAGE_AUTO}, 1369}, /* measured, as are these: */
    {IMAGES_CLAUDE_47, {1920, 1080, IMAGE_AUTO}, 2691},
    {IMAGES_CLAUDE_47, {2000, 1500, IMAGE_AUTO}, 3888},
    {IMAGES_CLAUDE_47, {1932, 1932, IMAGE_AUTO}, 4761},
    {IMAGES_CLAUDE_47, {3840, 2160, IMAGE_AUTO}, 4784}, /* 2576 x 1449: 92 x 52 */
    {IMAGES_CLAUDE_47, {8000, 8000, IMAGE_AUTO}, 4761},
    /* Crop unit 360: 3 x 2 tiles. */
    {IMAGES_GEMINI_2, {960, 540, IMAGE_AUTO}, 6 * 258},
    {IMAGES_GEMINI_2, {384, 384, IMAGE_AUTO}, 258},
    {IMAGES_GEMINI_2, {385, 384, IMAGE_AUTO}, 4 * 258},   /* unit 256: 2 x 2 */
    {IMAGES_GEMINI_2, {4000, 4000, IMAGE_AUTO}, 4 * 258}, /* unit 2666 */
    {IMAGES_GEMINI_2, {2560, 1, IMAGE_AUTO}, 10 * 258},
    {IMAGES_GEMINI_3, {256, 256, IMAGE_AUTO}, 1120},
    {IMAGES_GEMINI_3, {4032, 3024, IMAGE_LOW}, 1120},
    {IMAGES_UNKNOWN, {4032, 3024, IMAGE_HIGH}, 765},
};

static void tokens_by_rule(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
    const struct count *count = &counts[i];
    const struct image_part turned = {count->image.height, count->image.width, count->image.detail};
    uint64_t tokens = image_tokens(count->rule, &count->image);
    if (tokens != count->tokens || image_tokens(count->rule, &turned) != tokens)
      fail_msg("%s, %u x %u, detail %d: %llu tokens, expected %llu", image_rule_name(count->rule),
               count->image.width, count->image.height, (int)count->image.detail,
               (unsigned long long)tokens, (unsigned long long)count->tokens);
  }
}

/* The limits hold at sides around every threshold and far beyond what a header can say; a
 * rule that wraps round or divides by nothing would show. */
static void sizes_of_any_kind_are_bounded(void **state) {
  (void)state;
  static const uint32_t sides[] = {1, 2, 27, 31, 33, 511, 767, 1569, 2577, 6001, 65535, UINT32_MAX};
  enum { SIDES = sizeof sides / sizeof sides[0] };
  for (int rule = IMAGES_BY_FAMILY + 1; rule < IMAGE_RULES; rule++)
    for (size_t i = 0; i < (size_t)SIDES * SIDES * 4; i++) {
      const struct image_part image = {sides[i % SIDES], sides[i / SIDES % SIDES],
                                       (enum image_detail)(i / SIDES / SIDES)};
      const uint64_t tokens = image_tokens((enum image_rule)rule, &image);
      assert_true(tokens >= 1 && tokens <= UINT64_C(1) << 56);
      if (rule == IMAGES_CLAUDE || rule == IMAGES_CLAUDE_47)
        assert_true(tokens <= (rule == IMAGES_CLAUDE ? 1568 : 4784));
    }
}

static void what_is_not_known_is_assumed(void **state) {
  (void)state;
  const struct image_part none = {0}, low = {.detail = IMAGE_LOW}, known = {10, 10, IMAGE_AUTO};
  const struct image_part typical = {IMAGE_TYPICAL_PX, IMAGE_TYPICAL_PX, IMAGE_AUTO};
  for (int i = IMAGES_BY_FAMILY + 1; i < IMAGE_RULES; i++) {
    const enum image_rule rule = (enum image_rule)i;
    assert_int_equal(image_tokens(rule, &none), image_tokens(rule, &typical));
    assert_int_equal(image_tokens_assumed(rule, &known), rule == IMAGES_UNKNOWN);
    assert_int_equal(image_tokens_assumed(rule, &none), rule != IMAGES_GEMINI_3);
  }
  assert_false(image_tokens_assumed(IMAGES_GPT_4O, &low));
  assert_false(image_tokens_assumed(IMAGES_GPT_56, &low));
  assert_true(image_tokens_assumed(IMAGES_CLAUDE, &low));
}

static void rules_have_names(void **state) {
  (void)state;
  enum image_rule found;
  for (int i = IMAGES_BY_FAMILY + 1; i < IMAGE_RULES; i++) {
    assert_true(image_rule_find(span_of(image_rule_name((enum image_rule)i)), &found));
    assert_int_equal(found, i);
  }
  assert_false(image_rule_find(span_of("gpt-4"), &found));
  assert_false(image_rule_find(span_of(""), &found));
}

/* Three images, one of them without a size, and one without anything. */
static void requests_count_their_images(void **state) {
  (void)state;
  const struct image_part images[] = {
      {1092, 1092, IMAGE_AUTO}, {0}, {0, 0, IMAGE_LOW}, {384, 384, IMAGE_HIGH}};
  const struct conversation c = {.images = images, .images_count = 4};
  struct token_counts sums;
  tokens_count_conversation(&c, &sums);
  const uint64_t reply = 3;
  assert_int_equal(tokens_of_counts(&sums, TOKENS_CLAUDE, IMAGES_BY_FAMILY),
                   1521 + 2 * 1369 + 14 * 14 + reply);
  assert_int_equal(tokens_of_counts(&sums, TOKENS_O200K, IMAGES_BY_FAMILY),
                   765 + 765 + 85 + 255 + reply);
  assert_int_equal(tokens_of_counts(&sums, TOKENS_GEMINI, IMAGES_GEMINI_2),
                   (4 + 4 + 4 + 1) * 258 + reply);
  assert_int_equal(tokens_of_counts(&sums, TOKENS_LLAMA3, IMAGES_BY_FAMILY), 4 * 765 + reply);
  assert_int_equal(sums.images_assumed[IMAGES_CLAUDE], 2);
  assert_int_equal(sums.images_assumed[IMAGES_GPT_4O], 1);
  assert_int_equal(sums.images_assumed[IMAGES_GEMINI_3], 0);
  assert_int_equal(sums.images_assumed[IMAGES_UNKNOWN], 4);
  assert_int_equal(token_family_images(TOKENS_CLAUDE_47, IMAGES_BY_FAMILY), IMAGES_CLAUDE_47);
  assert_int_equal(token_family_images(TOKENS_CLAUDE_47, IMAGES_O1), IMAGES_O1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(headers_give_sizes),
      cmocka_unit_test(cut_headers_have_none),
      cmocka_unit_test(segments_are_bounded),
      cmocka_unit_test(urls),
      cmocka_unit_test(tokens_by_rule),
      cmocka_unit_test(sizes_of_any_kind_are_bounded),
      cmocka_unit_test(what_is_not_known_is_assumed),
      cmocka_unit_test(rules_have_names),
      cmocka_unit_test(requests_count_their_images),
  };
  return cmocka_run_group_tests_name("images", tests, NULL, NULL);
}
