/*
 * fuzz/conf_fuzz.c -- conf/config: any text to a configuration, and back.
 *
 * Input: the text of a configuration.  What is accepted prints to a text that is accepted
 * and prints to itself, and differs from itself in nothing.
 */
#include "conf/config.h"
#include "conf/print.h"

#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

/* text[len] must be 0, and libFuzzer's octets end where they end. */
static struct conf_config *read_text(const char *text, size_t len, struct kt_errs *errs)
{
	char *copy = malloc(len + 1);
	struct conf_config *config = NULL;
	fuzz_check(copy);
	memcpy(copy, text, len);
	copy[len] = 0;
	int rc = conf_config_read_text(copy, len, "/etc/fuzz.yaml", errs, &config);
	fuzz_check((rc == 0) == (config != NULL));
	fuzz_check((rc == 0) == (errs->n_errors == 0));
	free(copy);
	return config;
}

static void no_change(void *ctx, const struct conf_change *change)
{
	(void)ctx;
	(void)change;
	fuzz_check(false);
}

static void check_round_trip(const struct conf_config *config)
{
	struct kt_text once = { 0 }, twice = { 0 };
	struct kt_errs errs;
	kt_errs_init(&errs, 0);
	conf_config_print(config, "/base", &once);
	struct conf_config *again = read_text(kt_text_of(&once), once.len, &errs);
	fuzz_check(again);
	conf_config_print(again, "/elsewhere", &twice);
	fuzz_check(strcmp(kt_text_of(&once), kt_text_of(&twice)) == 0);
	fuzz_check(conf_config_diff(config, again, no_change, NULL) == 0);
	conf_config_free(again);
	kt_errs_fini(&errs);
	kt_text_fini(&once);
	kt_text_fini(&twice);
}

/* Keys of files were refused, so all secrets stand in the text and print. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kt_errs errs;
	kt_errs_init(&errs, 0);
	struct conf_config *config = read_text((const char *)data, size, &errs);
	if (config)
		check_round_trip(config);
	conf_config_free(config);
	kt_errs_fini(&errs);
	return 0;
}
