/*
 * tests/unit/conf/conf_test.h -- a configuration from text, and what was said about it.
 */
#pragma once

#include "base/text.h"
#include "conf/config.h"

#include "kt_test.h"

/* Each entry as "GRADE LINE:COLUMN TEXT", one a line. */
static inline char *conf_test_say(const struct kt_errs *errs)
{
	static const char grades[] = "EWN";
	struct kt_text text = { 0 };
	for (size_t i = 0; i < errs->n; i++)
		kt_text_addf(&text, "%c %u:%u %s\n", grades[errs->list[i].grade],
		    errs->list[i].line, errs->list[i].column, errs->list[i].text);
	return text.at ? text.at : calloc(1, 1);
}

/* Reads text and expects exactly these entries. */
static inline void conf_test_errors(const char *yaml, const char *expected)
{
	struct kt_errs errs;
	struct conf_config *config = NULL;
	kt_errs_init(&errs, 0);
	int rc = conf_config_read_text(yaml, strlen(yaml), "test.yaml", &errs, &config);
	char *said = conf_test_say(&errs);
	if (strcmp(said, expected) != 0)
		fail_msg("of:\n%s\nfound:\n%sexpected:\n%s", yaml, said, expected);
	assert_int_equal(rc != 0, errs.n_errors != 0);
	assert_int_equal(config != NULL, errs.n_errors == 0);
	free(said);
	conf_config_free(config);
	kt_errs_fini(&errs);
}

/* A text and what is said of it, in tables. */
struct said {
	const char *yaml, *said;
};

static inline void conf_test_table(const struct said *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		conf_test_errors(cases[i].yaml, cases[i].said);
}

/* The beginning of a configuration that goes on with the steering section. */
#define STEERING_BEGINS              \
 "listen: [{address: 127.0.0.1}]\n"  \
 "zones: {example.com: {file: a}}\n" \
 "steering:\n"

/* Reads text that has no error. */
static inline struct conf_config *conf_test_read(const char *yaml)
{
	struct kt_errs errs;
	struct conf_config *config = NULL;
	kt_errs_init(&errs, 0);
	if (conf_config_read_text(yaml, strlen(yaml), "test.yaml", &errs, &config)) {
		char *said = conf_test_say(&errs);
		fail_msg("of:\n%s\nfound:\n%s", yaml, said);
	}
	kt_errs_fini(&errs);
	return config;
}
