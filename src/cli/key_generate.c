#include "cli/out.h"
#include "cli/verb.h"

#include "conf/base64.h"
#include "control/text.h"
#include "dns/name.h"

#include <jansson.h>
#include <string.h>
#include <sys/random.h>

enum {
	SECRET_MAX = 64
};

/* A secret as long as the digest (RFC 8945 s.7). */
static const struct {
	const char *algorithm;
	size_t len;
} lengths[] = { { "hmac-sha256", 32 }, { "hmac-sha384", 48 }, { "hmac-sha512", 64 } };

static size_t secret_len(const char *algorithm)
{
	for (size_t i = 0; i < KT_COUNT(lengths); i++)
		if (strcmp(lengths[i].algorithm, algorithm) == 0)
			return lengths[i].len;
	return 0;
}

static int generate(struct kt_errs *errs, size_t len, struct kt_text *out)
{
	uint8_t secret[SECRET_MAX];
	if (getrandom(secret, len, 0) != (ssize_t)len)
		return kt_errs_add(errs, KT_ERROR, KT_E_SYSTEM, NULL, 0, 0, NULL,
		    "the system gives no random numbers: %m");
	conf_base64_add(out, secret, len);
	explicit_bzero(secret, sizeof(secret));
	return 0;
}

static json_t *show(
    bool json, const char *name, const char *algorithm, const char *secret)
{
	json_t *result = json_object();
	if (!json)
		printf("keys:\n  %s: {algorithm: %s, secret: \"%s\"}\n", name,
		    algorithm, secret);
	json_object_set_new(result, "name", control_string(name));
	json_object_set_new(result, "algorithm", control_string(algorithm));
	json_object_set_new(result, "secret", control_string(secret));
	return result;
}

int cli_key_generate_run(const struct cli_args *args)
{
	const char *algorithm = args->algorithm ? args->algorithm
						: lengths[0].algorithm;
	const char *typed = args->operands[0];
	char text[DNS_NAME_TEXT];
	struct dns_name name;
	struct kt_errs errs;
	struct kt_text secret = { 0 };
	json_t *result = NULL;
	kt_errs_init(&errs, 0);
	size_t len = secret_len(algorithm);
	int rc = dns_name_scan(typed, strlen(typed), NULL, &name);
	if (rc)
		kt_errs_add(&errs, KT_ERROR, rc, NULL, 0, 0, NULL,
		    "this is no domain name: \"%s\"", typed);
	else if (!len)
		rc = kt_errs_add(&errs, KT_ERROR, KT_E_UNSUPPORTED, NULL, 0, 0, NULL,
		    "--algorithm: found \"%s\", expected hmac-sha256, hmac-sha384 or "
		    "hmac-sha512",
		    algorithm);
	else
		rc = generate(&errs, len, &secret);
	if (!rc) {
		dns_name_lower(&name);
		result = show(args->json, dns_name_print(name.wire, text), algorithm,
		    kt_text_of(&secret));
	}
	int status = cli_finish(args->json, rc ? CLI_ERROR : CLI_CLEAN, result, &errs);
	kt_text_fini(&secret);
	kt_errs_fini(&errs);
	return status;
}
