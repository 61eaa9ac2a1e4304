/*
 * control/text.h -- any octets as a JSON string.
 *
 * Lines of zone files and names of files are octets; JSON is UTF-8.
 */
#pragma once

#include "base/attr.h"

#include <stddef.h>

struct json_t;

/*
 * A JSON string of text: what is not UTF-8 comes as U+FFFD, an octet each.  NULL gives
 * JSON's null.  Never NULL.
 */
KT_MUST struct json_t *control_string(const char *text);
