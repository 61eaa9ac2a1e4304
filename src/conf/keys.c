#include "base/file.h"
#include "base/mem.h"
#include "conf/base64.h"
#include "conf/item.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
	SECRET_FILE_MAX = 4096
};

/* RFC 8945 s.6 without HMAC-MD5, which must not be used. */
static const char *const algorithms[] = { "hmac-sha1", "hmac-sha224", "hmac-sha256",
	"hmac-sha384", "hmac-sha512", NULL };

const struct conf_item conf_key_items[] = {
	{ "algorithm", CONF_WORD, CONF_AT(conf_key, algorithm),
	    .fallback = "hmac-sha256", .words = algorithms,
	    .help = "The algorithm of the key." },
	{ "secret-file", CONF_SPECIAL, .read = conf_secret_file_read,
	    .print = conf_secret_file_print,
	    .help = "A file with the secret in base64 and nothing else." },
	{ "secret", CONF_SPECIAL, .read = conf_secret_read, .print = conf_secret_print,
	    .help = "The secret itself, in base64; better is secret-file." },
	{ 0 },
};

/* Trims white space and reads; 0 or KT_E_FORMAT, KT_E_SPACE. */
static int read_secret(const char *text, size_t len, struct conf_key *key)
{
	size_t n = 0;
	while (len && isspace((unsigned char)*text))
		text++, len--;
	while (len && isspace((unsigned char)text[len - 1]))
		len--;
	int rc = conf_base64_read(text, len, key->secret, sizeof(key->secret), &n);
	key->secret_len = rc ? 0 : (uint8_t)n;
	return rc;
}

static void report_secret(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, int rc)
{
	conf_error_secret(r->tree, node, rc,
	    "%s: expected base64 of at most %zu octets, %s", item->name,
	    sizeof(((struct conf_key *)0)->secret),
	    rc == KT_E_SPACE ? "this is longer" : "this is something else");
}

void conf_secret_read(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base)
{
	int rc = KT_E_FORMAT;
	if (node->kind == CONF_SCALAR)
		rc = read_secret(node->text, strlen(node->text), base);
	if (rc)
		report_secret(r, item, node, rc);
}

static void warn_open(
    struct conf_reader *r, const struct conf_node *node, const char *path)
{
	struct stat st;
	if (stat(path, &st) == 0 && (st.st_mode & S_IROTH))
		conf_report(r->tree, KT_WARNING, KT_E_REFUSED, node->file, node->line,
		    node->column, "everybody on this host may read %s",
		    conf_show_text(r->tree, path));
}

/* The file that node names beside its own, read; *path in memory of the configuration. */
static int open_secret(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, const char **path, struct kt_file *file)
{
	if (node->kind != CONF_SCALAR || !node->text[0])
		return conf_error(r->tree, node, KT_E_FORMAT,
		    "%s: found %s, expected a path", item->name,
		    conf_show(r->tree, node));
	if (r->tree->alone)
		return conf_error(r->tree, node, KT_E_REFUSED,
		    "%s: no other file is read here", item->name);
	char *beside = kt_path_beside(node->file->name, node->text);
	*path = conf_strdup(r, beside);
	free(beside);
	int rc = kt_file_read(*path, SECRET_FILE_MAX, file);
	if (rc)
		return conf_error(r->tree, node, rc, "%s: %s cannot be read: %s",
		    item->name, conf_show_text(r->tree, *path),
		    rc == KT_E_SYSTEM ? strerror(errno) : "it is larger than 4 KiB");
	warn_open(r, node, *path);
	return 0;
}

static void close_secret(struct kt_file *file)
{
	if (!file->mapped)
		explicit_bzero(file->at, file->len);
	kt_file_free(file);
}

void conf_secret_file_read(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base)
{
	struct conf_key *key = base;
	struct kt_file file = { 0 };
	const char *path = NULL;
	if (open_secret(r, item, node, &path, &file))
		return;
	int rc = read_secret(file.at, file.len, key);
	close_secret(&file);
	if (rc)
		conf_error(r->tree, node, rc,
		    "%s: %s must hold base64 of at most %zu octets", item->name,
		    conf_show_text(r->tree, path), sizeof(key->secret));
	else
		key->secret_file = path;
}

static void print_secret(
    struct conf_sink *sink, const struct conf_item *item, const struct conf_key *key)
{
	struct kt_text text = { 0 };
	conf_base64_add(&text, key->secret, key->secret_len);
	sink->value(sink, item, "secret", kt_text_of(&text));
	explicit_bzero(text.at, text.len);
	kt_text_fini(&text);
}

void conf_secret_print(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct conf_key *key = base;
	if (!key->secret_file || sink->secrets)
		print_secret(sink, item, key);
}

void conf_secret_file_print(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct conf_key *key = base;
	if (key->secret_file)
		sink->value(sink, item, item->name, key->secret_file);
}

static int hex_of(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

/* One line of 32 hexadecimal digits; behind it white space up to the next. */
static int read_cookie_line(const char **at, const char *end, uint8_t out[16])
{
	for (unsigned i = 0; i < 16; i++) {
		int high = end - *at < 2 ? -1 : hex_of((*at)[0]);
		int low = high < 0 ? -1 : hex_of((*at)[1]);
		if (low < 0)
			return KT_E_FORMAT;
		out[i] = (uint8_t)(high << 4 | low);
		*at += 2;
	}
	const char *digits_end = *at;
	while (*at < end && isspace((unsigned char)**at))
		++*at;
	return *at == end || *at != digits_end ? 0 : KT_E_FORMAT;
}

static int read_cookies(const struct kt_file *file, struct conf_config *config)
{
	const char *at = file->at, *end = at + file->len;
	uint8_t secret[2][16];
	unsigned n = 0;
	do {
		if (n == 2 || read_cookie_line(&at, end, secret[n++]))
			return KT_E_FORMAT;
	} while (at < end);
	memcpy(config->cookie_secret, secret, n * sizeof(secret[0]));
	config->n_cookie_secrets = n;
	return 0;
}

void conf_cookie_read(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base)
{
	struct conf_config *config = base;
	struct kt_file file = { 0 };
	const char *path = NULL;
	if (open_secret(r, item, node, &path, &file))
		return;
	int rc = read_cookies(&file, config);
	close_secret(&file);
	if (rc)
		conf_error(r->tree, node, rc,
		    "%s: %s must hold one or two lines of 32 hexadecimal digits",
		    item->name, conf_show_text(r->tree, path));
	else
		config->cookie_secret_file = path;
}

void conf_cookie_print(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct conf_config *config = base;
	if (config->cookie_secret_file)
		sink->value(sink, item, item->name, config->cookie_secret_file);
}

static const struct conf_key *find_key(
    const struct conf_config *c, const struct dns_name *name)
{
	for (size_t i = 0; i < c->n_keys; i++)
		if (dns_name_equal(&c->keys[i].name, name))
			return &c->keys[i];
	return NULL;
}

/* The name of an entry of a map; false: reported. */
static bool read_key_name(
    struct conf_reader *r, const struct conf_node *node, struct dns_name *name)
{
	int rc = dns_name_scan(node->key, strlen(node->key), NULL, name);
	if (rc)
		conf_error_key(r->tree, node, rc, "%s is no domain name: %s",
		    conf_show_text(r->tree, node->key), kt_strerror(rc));
	else
		dns_name_lower(name);
	return rc == 0;
}

static bool check_key(
    struct conf_reader *r, const struct conf_node *node, const struct conf_key *key)
{
	const struct conf_key *first = find_key(r->config, &key->name);
	bool file = conf_node_find(node, "secret-file");
	bool text = conf_node_find(node, "secret");
	if (first) {
		conf_error_key(r->tree, node, KT_E_EXISTS, "the key %s is here twice",
		    conf_show_text(r->tree, node->key));
		conf_note_first(r, &first->place);
	} else if (file && text) {
		conf_error_key(r->tree, node, KT_E_CONFLICT,
		    "a key needs secret-file or secret, not both");
	} else if (!file && !text) {
		conf_error_key(
		    r->tree, node, KT_E_NOT_FOUND, "a key needs secret-file or secret");
	}
	return !first;
}

void conf_keys_read(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base)
{
	struct conf_config *config = base;
	if (r->keys_read)
		return;
	r->keys_read = true;
	if (!conf_expect(r, item, node, CONF_MAP))
		return;
	struct conf_key *keys = conf_alloc(r, node->n, sizeof(*keys));
	config->keys = keys;
	for (const struct conf_node *e = node->first; e; e = e->next) {
		struct conf_key key = { .place = conf_place_of(r, e) };
		if (!read_key_name(r, e, &key.name))
			continue;
		conf_items_default(r, item->items, &key);
		if (conf_items_read(r, item->items, "a key", e, &key) &&
		    check_key(r, e, &key))
			keys[config->n_keys++] = key;
		explicit_bzero(key.secret, sizeof(key.secret));
	}
}

void conf_keys_print(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct conf_config *config = base;
	char name[DNS_NAME_TEXT];
	if (!config->n_keys)
		return;
	sink->open(sink, item->name, CONF_MAP);
	for (size_t i = 0; i < config->n_keys; i++) {
		sink->open(
		    sink, dns_name_print(config->keys[i].name.wire, name), CONF_MAP);
		conf_items_print(sink, item->items, &config->keys[i]);
		sink->close(sink);
	}
	sink->close(sink);
}

/* Zones may stand before keys in a file, so keys are read when first asked for. */
static void read_keys_now(struct conf_reader *r)
{
	const struct conf_item *item = conf_items;
	while (strcmp(item->name, "keys") != 0)
		item++;
	const struct conf_node *keys = r->tree->root
					   ? conf_node_find(r->tree->root, "keys")
					   : NULL;
	if (keys)
		conf_keys_read(r, item, keys, r->config);
}

static const char *nearest_key(struct conf_reader *r, const char *name)
{
	const struct conf_node *keys = conf_node_find(r->tree->root, "keys");
	const char *names[256];
	size_t n = 0;
	for (const struct conf_node *e = keys ? keys->first : NULL;
	     e && n < KT_COUNT(names); e = e->next)
		if (e->key)
			names[n++] = e->key;
	return kt_text_nearest(name, names, n);
}

const struct conf_key *conf_key_get(
    struct conf_reader *r, const struct conf_node *node, const char *text)
{
	struct dns_name name;
	read_keys_now(r);
	if (dns_name_scan(text, strlen(text), NULL, &name) == 0) {
		const struct conf_key *key = find_key(r->config, &name);
		if (key)
			return key;
	}
	const char *near = nearest_key(r, text);
	const char *shown = conf_show_text(r->tree, text);
	if (near)
		conf_error(r->tree, node, KT_E_NOT_FOUND,
		    "key: there is no key %s; did you mean \"%s\"?", shown, near);
	else
		conf_error(
		    r->tree, node, KT_E_NOT_FOUND, "key: there is no key %s", shown);
	return NULL;
}
