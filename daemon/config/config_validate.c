/* config_validate.c - do the settings make sense together?
 *
 * Each value has passed its own range check by now (option_value.c). Here are the
 * rules that no single range can say. Whether files exist and ports are free is
 * found out by those who open them.
 */
#include "daemon/config/config_validate.h"

#include <string.h>
#include <sys/un.h>

#include "daemon/config/listen_address.h"
#include "daemon/config/quote.h"
#include "daemon/router/budget.h"
#include "daemon/router/share_cap.h"

static bool validate_socket(const struct config *config, struct config_error *err) {
  struct sockaddr_un address;
  const size_t len = strlen(config->socket);
  /* The event library would cut the path silently and bind to another one. */
  if (len < sizeof address.sun_path)
    return true;
  snprintf(err->text, sizeof err->text,
           "--socket: the path has %zu bytes; a Unix socket's has %zu at the most", len,
           sizeof address.sun_path - 1);
  return false;
}

/* A router that answers anyone tells anyone what a company asks its models and
 * lets them feed it back, so opening it up takes a second, explicit word. */
static bool validate_listen(const struct config *config, struct config_error *err) {
  struct listen_address address;
  struct quoted shown;
  char why[128];
  if (config->listen[0] == '\0')
    return true;
  quote(&shown, span_of(config->listen));
  if (!listen_address_parse(config->listen, &address, why, sizeof why)) {
    snprintf(err->text, sizeof err->text, "--listen: \"%s\" %s", shown.text, why);
    return false;
  }
  if (address.loopback || config->allow_remote)
    return true;
  snprintf(err->text, sizeof err->text,
           "--listen: %s can be reached from other machines, and tierd asks nobody for a "
           "password; listen on 127.0.0.1 or [::1], or add --allow-remote if that is meant",
           shown.text);
  return false;
}

/* An empty name would later be reported as a file that is not there. */
static bool validate_file(const char *flag, const char *path, struct config_error *err) {
  if (path[0] != '\0')
    return true;
  snprintf(err->text, sizeof err->text, "%s: empty; expected the name of a file", flag);
  return false;
}

static bool validate_budgets(const struct config *config, struct config_error *err) {
  struct budget_rules rules;
  struct budget_error budget_err;
  struct quoted shown;
  if (budget_rules_parse(span_of(config->budget), &rules, &budget_err))
    return true;
  quote(&shown, budget_err.item);
  snprintf(err->text, sizeof err->text, "--budget: \"%s\" %s", shown.text, budget_err.why);
  return false;
}

/* Looked at before anything is given up, so that a slip of the pen does not switch it off. */
static bool validate_sandbox(const struct config *config, struct config_error *err) {
  static const char *const known[] = {"auto", "require", "off"};
  struct quoted shown;
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
    if (strcmp(config->sandbox, known[i]) == 0)
      return true;
  snprintf(err->text, sizeof err->text, "--sandbox: \"%s\"; expected auto, require or off",
           quote(&shown, span_of(config->sandbox)));
  return false;
}

static bool validate_user(const struct config *config, struct config_error *err) {
  if (config->user[0] != '\0' || config->allow_root)
    return true;
  snprintf(err->text, sizeof err->text,
           "--user: empty; expected a user to become when started as root; to stay root, use "
           "--allow-root");
  return false;
}

/* Whether there is such a tier is known with the catalogue. */
static bool validate_tier_share(const struct config *config, struct config_error *err) {
  struct share_rule rule;
  struct quoted shown;
  char why[128];
  if (share_rule_parse(span_of(config->tier_share_max), &rule, why, sizeof why))
    return true;
  quote(&shown, span_of(config->tier_share_max));
  snprintf(err->text, sizeof err->text, "--tier-share-max: \"%s\" %s", shown.text, why);
  return false;
}

bool config_validate(const struct config *config, struct config_error *err) {
  if (config->socket[0] == '\0' && config->listen[0] == '\0') {
    snprintf(err->text, sizeof err->text,
             "--socket and --listen are both empty: there is nothing to listen on; give one");
    return false;
  }
  return validate_socket(config, err) && validate_listen(config, err) &&
         validate_file("--model", config->model, err) &&
         validate_file("--catalog", config->catalog, err) && validate_budgets(config, err) &&
         validate_tier_share(config, err) && validate_user(config, err) &&
         validate_sandbox(config, err);
}
