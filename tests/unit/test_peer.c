/* test_peer.c - the list of users who may use the socket, and who is at its other end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/net/peer.h"

static void lists_are_read(void **state) {
  (void)state;
  struct peer_list list;
  char why[256];
  assert_true(peer_list_parse(&list, "", why, sizeof why));
  assert_int_equal(list.count, 0);
  assert_true(peer_list_parse(&list, "root", why, sizeof why));
  assert_int_equal(list.count, 1);
  assert_int_equal(list.users[0], 0);
  assert_true(peer_list_parse(&list, "1000,root,4294967294", why, sizeof why));
  assert_int_equal(list.count, 3);
  assert_int_equal(list.users[0], 1000);
  assert_true(list.users[2] == 4294967294U);
}

static void bad_lists_are_refused(void **state) {
  (void)state;
  static const char *const bad[] = {",",      "root,",        ",root", "root,,0",   " root",
                                    "root 0", "no-such-user", "-1",    "4294967295"};
  struct peer_list list;
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    char why[256] = "";
    if (peer_list_parse(&list, bad[i], why, sizeof why))
      fail_msg("\"%s\" was taken for a list", bad[i]);
    assert_ptr_equal(strstr(why, "--allow-uid: "), why);
  }
}

static void there_is_room_for_so_many(void **state) {
  (void)state;
  char text[PEER_USERS_MAX * 8 + 8] = "1";
  struct peer_list list;
  char why[256];
  for (int i = 1; i < PEER_USERS_MAX; i++)
    strcat(text, ",1");
  assert_true(peer_list_parse(&list, text, why, sizeof why));
  assert_int_equal(list.count, PEER_USERS_MAX);
  strcat(text, ",1");
  assert_false(peer_list_parse(&list, text, why, sizeof why));
  assert_non_null(strstr(why, "more than 64"));
}

static void the_kernel_says_who_it_is(void **state) {
  (void)state;
  struct peer_list nobody_asked = {.count = 0};
  struct peer_list me = {.users = {getuid() + 1, getuid()}, .count = 2};
  struct peer_list others = {.users = {getuid() + 1}, .count = 1};
  int pair[2], ends[2];
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  assert_true(peer_may(&nobody_asked, pair[0]));
  assert_true(peer_may(&me, pair[0]));
  assert_false(peer_may(&others, pair[0]));
  close(pair[0]);
  close(pair[1]);
  /* Of what is no socket nothing is known. */
  assert_int_equal(pipe(ends), 0);
  assert_false(peer_may(&me, ends[0]));
  close(ends[0]);
  close(ends[1]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(lists_are_read),
      cmocka_unit_test(bad_lists_are_refused),
      cmocka_unit_test(there_is_room_for_so_many),
      cmocka_unit_test(the_kernel_says_who_it_is),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
