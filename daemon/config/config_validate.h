/* config_validate.h - do the settings make sense together? */
#ifndef TIERD_CONFIG_VALIDATE_H
#define TIERD_CONFIG_VALIDATE_H

#include "daemon/config/config.h"

/* False with err filled when not. Looks at the settings alone, opens nothing. */
bool config_validate(const struct config *config, struct config_error *err);

#endif
