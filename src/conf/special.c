/* Small specials: http's listen, templates. */
#include "conf/item.h"

#include <stdio.h>
#include <string.h>

/* "127.0.0.1:8053" or "[::1]:8053" */
static int scan_socket(const char *text, struct kt_addr *addr, uint16_t *port)
{
	char host[KT_ADDR_TEXT];
	bool bracket = text[0] == '[';
	const char *colon = strrchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : 0;
	uint64_t v = 0;
	if (bracket) {
		if (len < 2 || text[len - 1] != ']')
			return KT_E_FORMAT;
		text++;
		len -= 2;
	}
	if (!colon || len >= sizeof(host) ||
	    kt_scan_number(colon + 1, strlen(colon + 1), 65535, &v) || v == 0)
		return KT_E_FORMAT;
	memcpy(host, text, len);
	host[len] = 0;
	if (kt_addr_scan(host, addr) || (addr->family == 6) != bracket)
		return KT_E_FORMAT;
	*port = (uint16_t)v;
	return 0;
}

void conf_http_read(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base)
{
	struct conf_config *config = base;
	struct kt_addr addr;
	uint16_t port;
	if (node->kind != CONF_SCALAR || scan_socket(node->text, &addr, &port)) {
		conf_error(r->tree, node, KT_E_FORMAT,
		    "%s: found %s, expected an address and port as 127.0.0.1:8053 or "
		    "[::1]:8053",
		    item->name, conf_show(r->tree, node));
		return;
	}
	config->http = true;
	config->http_address = addr;
	config->http_port = port;
}

void conf_http_print(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct conf_config *config = base;
	char addr[KT_ADDR_TEXT], text[KT_ADDR_TEXT + 9];
	if (!config->http)
		return;
	snprintf(text, sizeof(text),
	    config->http_address.family == 6 ? "[%s]:%u" : "%s:%u",
	    kt_addr_print(&config->http_address, addr), config->http_port);
	sink->value(sink, item, item->name, text);
}

/* What such a row stands for is printed by somebody else. */
void conf_nothing_print(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	(void)sink;
	(void)item;
	(void)base;
}

static const char *const template_names[] = { "as112" };

static const char *find_template(const char *text)
{
	for (size_t i = 0; i < KT_COUNT(template_names); i++)
		if (strcmp(template_names[i], text) == 0)
			return template_names[i];
	return NULL;
}

static void add_template(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, const char **list)
{
	struct conf_config *config = r->config;
	const char *name = node->kind == CONF_SCALAR ? find_template(node->text) : NULL;
	if (!name) {
		conf_error(r->tree, node, KT_E_NOT_FOUND,
		    "%s: found %s, expected as112", item->name,
		    conf_show(r->tree, node));
		return;
	}
	for (size_t i = 0; i < config->n_templates; i++)
		if (list[i] == name) {
			conf_error(r->tree, node, KT_E_EXISTS, "%s: %s is here twice",
			    item->name, name);
			return;
		}
	list[config->n_templates++] = name;
}

void conf_templates_read(struct conf_reader *r, const struct conf_item *item,
    const struct conf_node *node, void *base)
{
	struct conf_config *config = base;
	if (!conf_expect(r, item, node, CONF_LIST))
		return;
	const char **list = conf_alloc(r, KT_COUNT(template_names), sizeof(*list));
	config->templates = list;
	for (const struct conf_node *e = node->first; e; e = e->next)
		add_template(r, item, e, list);
}

void conf_templates_print(
    struct conf_sink *sink, const struct conf_item *item, const void *base)
{
	const struct conf_config *config = base;
	if (!config->n_templates)
		return;
	sink->open(sink, item->name, CONF_LIST);
	for (size_t i = 0; i < config->n_templates; i++)
		sink->value(sink, item, NULL, config->templates[i]);
	sink->close(sink);
}
