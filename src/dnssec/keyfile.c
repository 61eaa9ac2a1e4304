#include "dnssec/keyfile.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/writer.h"
#include "dns/radix.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
	ALGORITHM_P256 = 13,
	ZEROS_MAX = 4, /* octets at the beginning of a number */
};

/* What is read of a file in BIND's format. */
struct fields {
	const char *file;
	struct kt_errs *errs;
	unsigned line;
	unsigned algorithm_line, key_line;
	bool has_format;
	uint8_t algorithm;
	uint8_t key[CRYPTO_PRIVATE_OCTETS + 1]; /* one more shows what is too long */
	size_t key_len;
};

static int wrong(struct fields *f, int code, const char *text)
{
	return kt_errs_add(
	    f->errs, KT_ERROR, code, f->file, f->line, 0, NULL, "%s", text);
}

/* "v1.3"; a later 1.x only adds fields. */
static int take_format(struct fields *f, const char *value, size_t len)
{
	f->has_format = true;
	if (len > 3 && memcmp(value, "v1.", 3) == 0)
		return 0;
	return wrong(f, KT_E_UNSUPPORTED,
	    "a private-key format that is not known, expected v1.2 or v1.3");
}

/* "13 (ECDSAP256SHA256)" */
static int take_algorithm(struct fields *f, const char *value, size_t len)
{
	uint64_t number;
	size_t digits = 0;
	while (digits < len && value[digits] >= '0' && value[digits] <= '9')
		digits++;
	if (f->algorithm_line)
		return wrong(f, KT_E_CONFLICT, "a second Algorithm");
	if (kt_scan_number(value, digits, 255, &number))
		return wrong(f, KT_E_FORMAT, "Algorithm: expected a number, 13 or 15");
	f->algorithm = (uint8_t)number;
	f->algorithm_line = f->line;
	return 0;
}

static int wrong_size(struct fields *f)
{
	return wrong(f, KT_E_FORMAT,
	    "PrivateKey: expected 32 octets, as algorithms 13 and 15 have them");
}

static int take_key(struct fields *f, const char *value, size_t len)
{
	struct dns_base64 state = { 0 };
	struct kt_writer w = kt_writer_of(f->key, sizeof(f->key));
	if (f->key_line)
		return wrong(f, KT_E_CONFLICT, "a second PrivateKey");
	f->key_line = f->line;
	int rc = dns_base64_feed(&state, value, len, &w);
	if (!rc)
		rc = dns_base64_end(&state);
	f->key_len = kt_writer_len(&w);
	if (rc)
		return wrong(f, KT_E_FORMAT, "PrivateKey: expected base64");
	if (w.err || f->key_len > CRYPTO_PRIVATE_OCTETS || !f->key_len)
		return wrong_size(f);
	return 0;
}

/* BIND writes a number of P-256 without the octets that are 0 at its beginning. */
static void complete_number(struct fields *f)
{
	size_t lost = CRYPTO_PRIVATE_OCTETS - f->key_len;
	memmove(f->key + lost, f->key, f->key_len);
	memset(f->key, 0, lost);
	f->key_len = CRYPTO_PRIVATE_OCTETS;
}

static int take_label(struct fields *f, const char *value, size_t len)
{
	(void)value;
	(void)len;
	return wrong(f, KT_E_UNSUPPORTED,
	    "the key is in a hardware module; only keys in files are supported");
}

/* Other fields (times, the numbers of RSA) are not looked at. */
static const struct field {
	const char *name;
	int (*take)(struct fields *f, const char *value, size_t len);
} known[] = {
	{ "Private-key-format", take_format },
	{ "Algorithm", take_algorithm },
	{ "PrivateKey", take_key },
	{ "Engine", take_label },
	{ "Label", take_label },
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static int take_line(struct fields *f, const char *line, size_t len)
{
	while (len && is_space(line[len - 1]))
		len--;
	if (len == 0)
		return 0;
	const char *colon = memchr(line, ':', len);
	if (!colon)
		return wrong(f, KT_E_FORMAT, "expected \"Field: value\"");
	const char *value = colon + 1, *end = line + len;
	while (value < end && is_space(*value))
		value++;
	for (size_t i = 0; i < KT_COUNT(known); i++)
		if (strlen(known[i].name) == (size_t)(colon - line) &&
		    memcmp(known[i].name, line, (size_t)(colon - line)) == 0)
			return known[i].take(f, value, (size_t)(end - value));
	return 0;
}

static int finish(struct fields *f, struct crypto_private **out)
{
	f->line = f->algorithm_line;
	if (!f->has_format || !f->algorithm_line)
		return wrong(f, KT_E_FORMAT,
		    f->has_format ? "no Algorithm"
				  : "no Private-key-format, which BIND begins with");
	if (!crypto_private_supported(f->algorithm))
		return kt_errs_add(f->errs, KT_ERROR, KT_E_UNSUPPORTED, f->file,
		    f->line, 0, NULL,
		    "a key of algorithm %u; signatures are made with 13 "
		    "(ECDSAP256SHA256) and 15 (ED25519)",
		    f->algorithm);
	f->line = f->key_line;
	if (!f->key_line)
		return wrong(f, KT_E_FORMAT, "no PrivateKey");
	/* More zeros than these are no chance: then the key was cut. */
	if (f->algorithm == ALGORITHM_P256 &&
	    f->key_len >= CRYPTO_PRIVATE_OCTETS - ZEROS_MAX)
		complete_number(f);
	if (f->key_len != CRYPTO_PRIVATE_OCTETS)
		return wrong_size(f);
	int rc = crypto_private_from_octets(f->algorithm, f->key, f->key_len, out);
	return rc ? wrong(f, rc, "PrivateKey: these octets are no private key") : 0;
}

static int parse_bind(const char *text, size_t len, const char *file,
    struct kt_errs *errs, struct crypto_private **out)
{
	struct fields f = { .file = file, .errs = errs };
	const char *at = text, *end = text + len;
	int rc = 0;
	/* The algorithm comes before the key: what is said of a key fits its kind. */
	while (!rc && at < end) {
		const char *eol = memchr(at, '\n', (size_t)(end - at));
		size_t n = (size_t)((eol ? eol : end) - at);
		f.line++;
		rc = take_line(&f, at, n);
		at += n + (eol ? 1 : 0);
		if (f.algorithm_line && !crypto_private_supported(f.algorithm))
			break;
	}
	if (!rc)
		rc = finish(&f, out);
	explicit_bzero(f.key, sizeof(f.key));
	return rc;
}

static int pem_error(int rc, const char *file, struct kt_errs *errs)
{
	const char *text =
	    rc == KT_E_UNSUPPORTED
		? "expected the PEM block PRIVATE KEY (PKCS#8, not encrypted) with a "
		  "key of ECDSA P-256 or Ed25519"
	    : rc == KT_E_CRYPTO
		? kt_strerror(rc)
		: "the PEM block is damaged, or what it holds is no key";
	return kt_errs_add(errs, KT_ERROR, rc, file, 0, 0, NULL, "%s", text);
}

int dnssec_keyfile_parse(const char *text, size_t len, const char *file,
    struct kt_errs *errs, struct crypto_private **out)
{
	int rc = crypto_private_from_pem(text, len, out);
	if (rc == KT_E_NOT_FOUND)
		return parse_bind(text, len, file, errs, out);
	return rc ? pem_error(rc, file, errs) : 0;
}

static bool ends_in(const char *text, const char *end)
{
	size_t len = strlen(text), n = strlen(end);
	return len > n && strcmp(text + len - n, end) == 0;
}

/* The private half: what path is, or what stands beside it.  From the heap. */
static char *private_half(const char *path)
{
	struct stat st;
	if (ends_in(path, ".key"))
		return kt_format("%.*s.private", (int)(strlen(path) - 4), path);
	if (stat(path, &st) < 0 && errno == ENOENT && !ends_in(path, ".private")) {
		char *beside = kt_format("%s.private", path);
		if (stat(beside, &st) == 0)
			return beside;
		free(beside);
	}
	return kt_strdup(path);
}

uint64_t dnssec_keyfile_stamp(const char *path, uint64_t seed)
{
	char *name = private_half(path);
	uint64_t sum = kt_hash_octets(seed, name, strlen(name));
	struct stat st;
	if (stat(name, &st) == 0) {
		const uint64_t facts[] = { (uint64_t)st.st_dev, (uint64_t)st.st_ino,
			(uint64_t)st.st_size, (uint64_t)st.st_mtim.tv_sec,
			(uint64_t)st.st_mtim.tv_nsec };
		sum = kt_hash_octets(sum, facts, sizeof(facts));
	}
	free(name);
	return sum;
}

int dnssec_keyfile_read(
    const char *path, struct kt_errs *errs, struct crypto_private **out)
{
	char *name = private_half(path);
	struct kt_file file;
	int rc = kt_file_read(name, DNSSEC_KEYFILE_MAX, &file);
	if (rc == KT_E_SYSTEM) {
		kt_errs_add(errs, KT_ERROR, rc, name, 0, 0, NULL,
		    "cannot read the private key: %s", strerror(errno));
	} else if (rc) {
		kt_errs_add(errs, KT_ERROR, rc, name, 0, 0, NULL,
		    "larger than any private key: %s", kt_strerror(rc));
	} else {
		rc = dnssec_keyfile_parse(file.at, file.len, name, errs, out);
		explicit_bzero(file.at, file.len);
		kt_file_free(&file);
	}
	free(name);
	return rc;
}
