#include "conf/config.h"

#include "base/mem.h"
#include "conf/item.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* sun_path of sockaddr_un, with its NUL. */
enum {
	SOCKET_PATH_MAX = 108
};

static struct conf_config *new_config(void)
{
	struct conf_config *config = kt_calloc(1, sizeof(*config));
	kt_arena_init(&config->memory, 0);
	config->report_agent = DNS_NAME_ROOT;
	return config;
}

void conf_config_free(struct conf_config *config)
{
	if (!config)
		return;
	explicit_bzero(config->cookie_secret, sizeof(config->cookie_secret));
	/* The array is in the arena, which is this config's own. */
	struct conf_key *keys = (struct conf_key *)config->keys;
	for (size_t i = 0; i < config->n_keys; i++)
		explicit_bzero(keys[i].secret, sizeof(keys[i].secret));
	kt_arena_fini(&config->memory);
	free(config);
}

static void fill_name(struct conf_reader *r)
{
	char host[256] = "";
	if (r->config->name)
		return;
	if (gethostname(host, sizeof(host) - 1) < 0)
		host[0] = 0;
	r->config->name = conf_strdup(r, host);
}

static void fill_socket(struct conf_reader *r)
{
	struct conf_config *c = r->config;
	if (c->control_socket)
		return;
	char *path = c->state ? kt_format("%s/control.sock", c->state)
			      : kt_strdup("/run/kotae/control.sock");
	c->control_socket = conf_strdup(r, path);
	free(path);
}

static void check_socket(struct conf_reader *r)
{
	if (strlen(r->config->control_socket) < SOCKET_PATH_MAX)
		return;
	const struct conf_node *control = conf_node_find(r->tree->root, "control");
	const struct conf_node *node = control && control->kind == CONF_MAP
					   ? conf_node_find(control, "socket")
					   : NULL;
	if (!node)
		node = conf_node_find(r->tree->root, "node");
	conf_error(r->tree, node ? node : r->tree->root, KT_E_LONG,
	    "the control socket's path is longer than %d octets: %s",
	    SOCKET_PATH_MAX - 1, conf_show_text(r->tree, r->config->control_socket));
}

/* HTTP and DNS over TCP cannot share an address and port. */
static void check_http(struct conf_reader *r)
{
	const struct conf_config *c = r->config;
	for (size_t i = 0; c->http && i < c->n_listens; i++) {
		const struct conf_listen *l = &c->listens[i];
		if (!l->tcp || l->port != c->http_port ||
		    !kt_addr_equal(&l->address, &c->http_address))
			continue;
		const struct conf_node *http = conf_node_find(r->tree->root, "http");
		conf_error(r->tree, http, KT_E_CONFLICT,
		    "http: a DNS listener has this address and port");
		conf_note_first(r, &l->place);
	}
}

static void warn_idle(struct conf_reader *r)
{
	const struct conf_file *file = r->tree->files[0];
	if (!r->config->n_listens)
		conf_report(r->tree, KT_WARNING, KT_E_NOT_FOUND, file, 0, 0,
		    "no \"listen\": nothing will be answered");
	else if (!r->config->n_zones && !r->config->n_directories &&
		 !r->config->n_templates)
		conf_report(r->tree, KT_WARNING, KT_E_NOT_FOUND, file, 0, 0,
		    "no \"zones\": every query will be refused");
}

static void read_tree(struct conf_reader *r)
{
	struct conf_config *c = r->config;
	c->file = conf_strdup(r, r->tree->files[0]->name);
	conf_items_default(r, conf_items, c);
	if (r->tree->root)
		conf_items_read(r, conf_items, "the configuration", r->tree->root, c);
	fill_name(r);
	fill_socket(r);
	if (r->tree->root && r->tree->root->kind == CONF_MAP) {
		check_socket(r);
		check_http(r);
	}
}

static int first_error(const struct kt_errs *errs)
{
	for (size_t i = 0; i < errs->n; i++)
		if (errs->list[i].grade == KT_ERROR)
			return errs->list[i].code;
	return KT_E_LIMIT;
}

static void read_section(struct conf_reader *r, const char *name)
{
	const struct conf_item *item = conf_items;
	while (strcmp(item->name, name) != 0)
		item++;
	const struct conf_node *node = conf_node_find(r->tree->root, name);
	if (node && conf_expect(r, item, node, CONF_MAP))
		conf_items_read(r, item->items, item->name, node, r->config);
}

int conf_socket_read(const char *path, struct kt_errs *errs, char **out)
{
	struct conf_tree tree;
	struct conf_reader r = { .tree = &tree, .config = new_config() };
	conf_tree_init(&tree, errs);
	int rc = conf_tree_read(&tree, path);
	size_t n_errors = errs->n_errors;
	/* Errors that left the tree whole are about other things than the socket, mostly. */
	if (!tree.broken) {
		if (tree.root && tree.root->kind == CONF_MAP) {
			read_section(&r, "node");
			read_section(&r, "control");
		}
		fill_socket(&r);
		rc = errs->n_errors > n_errors ? first_error(errs) : 0;
	}
	if (!rc)
		*out = kt_strdup(r.config->control_socket);
	conf_config_free(r.config);
	conf_tree_fini(&tree);
	return rc;
}

static int finish(struct conf_reader *r, size_t n_errors, struct conf_config **out)
{
	if (!r->tree->broken)
		read_tree(r);
	int rc = r->tree->errs->n_errors > n_errors ? first_error(r->tree->errs) : 0;
	if (!rc) {
		warn_idle(r);
		*out = r->config;
	} else {
		conf_config_free(r->config);
	}
	conf_tree_fini(r->tree);
	return rc;
}

int conf_config_read(const char *path, struct kt_errs *errs, struct conf_config **out)
{
	struct conf_tree tree;
	size_t n_errors = errs->n_errors;
	conf_tree_init(&tree, errs);
	struct conf_reader r = { .tree = &tree, .config = new_config() };
	/* Its errors are in errs; what was understood is checked all the same. */
	if (conf_tree_read(&tree, path) && tree.broken)
		r.tree->root = NULL;
	return finish(&r, n_errors, out);
}

int conf_config_read_text(const char *text, size_t len, const char *file,
    struct kt_errs *errs, struct conf_config **out)
{
	struct conf_tree tree;
	size_t n_errors = errs->n_errors;
	conf_tree_init(&tree, errs);
	struct conf_reader r = { .tree = &tree, .config = new_config() };
	if (conf_tree_read_text(&tree, text, len, file) && tree.broken)
		r.tree->root = NULL;
	return finish(&r, n_errors, out);
}
