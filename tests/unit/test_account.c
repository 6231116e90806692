/* test_account.c - users by name and number, and whom a daemon of root's becomes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/ops/account.h"

static struct config settings(char *user, bool allow_root) {
  return (struct config){.user = user, .allow_root = allow_root};
}

static void names_and_numbers_are_found(void **state) {
  (void)state;
  struct account account;
  char why[160];
  assert_true(account_find(&account, span_of("root"), why, sizeof why));
  assert_int_equal(account.uid, 0);
  assert_int_equal(account.gid, 0);
  assert_false(account.become);
  assert_true(account_find(&account, span_of("0"), why, sizeof why));
  assert_string_equal(account.name, "root");
}

static void a_number_needs_no_name(void **state) {
  (void)state;
  struct account account;
  char why[160];
  assert_true(account_find(&account, span_of("4000000001"), why, sizeof why));
  assert_true(account.uid == 4000000001U);
  assert_true(account.gid == (gid_t)-1);
  assert_string_equal(account.name, "4000000001");
}

static void what_is_no_user_is_refused(void **state) {
  (void)state;
  /* The largest number means "no change" to the system; a longer one would wrap to 0. */
  static const char *const bad[] = {"",    "no-such-user", "-1",         "+0",         " 0",
                                    "0x0", "4294967295",   "4294967296", "99999999999"};
  struct account account;
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    char why[160] = "";
    if (account_find(&account, span_of(bad[i]), why, sizeof why))
      fail_msg("\"%s\" was taken for a user", bad[i]);
    assert_true(strlen(why) > 0);
  }
  char why[160], name[300];
  memset(name, 'a', sizeof name);
  assert_false(account_find(&account, span_make(name, sizeof name), why, sizeof why));
  assert_non_null(strstr(why, "1 to 63 bytes"));
}

static void a_plain_user_stays(void **state) {
  (void)state;
  char user[] = "no-such-user";
  const struct config config = settings(user, false);
  struct account account;
  char why[512];
  assert_true(account_choose(&account, &config, 12345, why, sizeof why));
  assert_int_equal(account.uid, 12345);
  assert_int_equal(account.gid, getegid());
  assert_false(account.become);
}

static void root_stays_on_purpose_alone(void **state) {
  (void)state;
  char user[] = "nobody", absent[] = "no-such-user";
  struct config config = settings(user, true);
  struct account account;
  char why[512];
  assert_true(account_choose(&account, &config, 0, why, sizeof why));
  assert_int_equal(account.uid, 0);
  assert_false(account.become);
  config = settings(user, false);
  assert_true(account_choose(&account, &config, 0, why, sizeof why));
  assert_true(account.uid != 0 && account.gid != 0);
  assert_true(account.become);
  config = settings(absent, false);
  assert_false(account_choose(&account, &config, 0, why, sizeof why));
  assert_non_null(strstr(why, "\"no-such-user\" is no user"));
  assert_non_null(strstr(why, "useradd"));
  assert_non_null(strstr(why, "--allow-root"));
}

static void root_by_another_way_is_refused(void **state) {
  (void)state;
  static const char *const bad[] = {"root", "0", "4000000001"};
  struct account account;
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    char user[16], why[512];
    strcpy(user, bad[i]);
    const struct config config = settings(user, false);
    assert_false(account_choose(&account, &config, 0, why, sizeof why));
    assert_non_null(strstr(why, "on purpose (--allow-root)"));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_and_numbers_are_found),
      cmocka_unit_test(a_number_needs_no_name),
      cmocka_unit_test(what_is_no_user_is_refused),
      cmocka_unit_test(a_plain_user_stays),
      cmocka_unit_test(root_stays_on_purpose_alone),
      cmocka_unit_test(root_by_another_way_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
