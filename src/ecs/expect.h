/*
 * ecs/expect.h -- a file of expectations: which answer each client network should get.
 *
 *   # comment
 *   name www.example.com. AAAA
 *   240b:10:200::/41   2001:db8:10::1            41
 *   192.0.2.0/24       192.0.2.1,192.0.2.2
 *   203.0.113.0/24     NODATA                    -
 *   -                  2001:db8::1
 *
 * A row is a client's network ("-": no client subnet is sent), what the answer may hold, and the
 * scope ("-" or nothing: any).  The answer is right when it is not empty and all of it is
 * listed.  Besides addresses, names (a CNAME's target, with a dot), NODATA, NXDOMAIN and "*"
 * (anything) may stand there.  `name` is for the rows behind it; its type may be left
 * out: A or AAAA as the first address is, CNAME with a name, else AAAA.
 *
 * The same as CSV, when the first line that is no comment has a comma before any blank:
 * prefix,expected[,scope], several answers between blanks or ";", and name,NAME[,TYPE].
 *
 * Input:    files of anybody: at most ECS_EXPECT_MAX rows of ECS_EXPECT_ANSWERS answers.
 * Memory:   the list owns all.
 */
#pragma once

#include "base/addr.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"
#include "dns/name.h"
#include "ecs/client.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ECS_EXPECT_MAX     1000000
#define ECS_EXPECT_ANSWERS 32

enum ecs_expect_kind {
	ECS_EXPECT_ADDRESS,
	ECS_EXPECT_NAME,
	ECS_EXPECT_NODATA,
	ECS_EXPECT_NXDOMAIN,
	ECS_EXPECT_ANY,
};

struct ecs_expect_answer {
	enum ecs_expect_kind kind;
	struct kt_addr address;
	uint32_t name; /* in ecs_expect.names */
};

struct ecs_expect_row {
	struct kt_prefix prefix; /* family 0: no client subnet */
	size_t first, n;         /* in ecs_expect.answers */
	int scope;               /* -1: any */
	uint32_t name;           /* in ecs_expect.names; UINT32_MAX: none was given */
	uint16_t type;
	unsigned line;
};

struct ecs_expect {
	struct ecs_expect_row *rows;
	size_t n, rows_cap;
	struct ecs_expect_answer *answers;
	size_t n_answers, answers_cap;
	struct dns_name *names;
	size_t n_names, names_cap;
};

/* 0, or the code of the first error, reported; *out needs ecs_expect_fini() after 0 only. */
KT_MUST KT_NONNULL int ecs_expect_read(const char *text, size_t len, const char *file,
    struct kt_errs *errs, struct ecs_expect *out);
KT_NONNULL void ecs_expect_fini(struct ecs_expect *expect);

/* Appends what is expected: "2001:db8::1,2001:db8::2". */
KT_NONNULL void ecs_expect_print(const struct ecs_expect *expect,
    const struct ecs_expect_row *row, struct kt_text *out);

enum ecs_verdict {
	ECS_OK,
	ECS_WRONG_ANSWER,
	ECS_WRONG_SCOPE,
	ECS_WRONG_RCODE,
	ECS_NO_ECS,    /* asked with a client subnet, answered without */
	ECS_BAD_ECHO,  /* family, source or address are not those of the query */
	ECS_BAD_REPLY, /* it cannot be read */
	ECS_NO_REPLY,
	ECS_N_VERDICTS,
};

extern const char *const ecs_verdict_names[ECS_N_VERDICTS];

/* What an answer is worth. */
KT_NONNULL enum ecs_verdict ecs_expect_judge(const struct ecs_expect *expect,
    const struct ecs_expect_row *row, const struct ecs_answer *answer);
