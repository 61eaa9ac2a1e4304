#include "cli/ecs_open.h"

#include "cli/client.h"
#include "cli/out.h"

#include "base/file.h"
#include "base/mem.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX_FILE_MAX ((size_t)1 << 30)

const char *cli_ecs_config(const struct cli_args *args)
{
	return args->config ? args->config : CONF_FILE_DEFAULT;
}

int cli_ecs_read(const char *path, struct kt_errs *errs, struct conf_config **out)
{
	struct kt_errs own;
	kt_errs_init(&own, 0);
	int rc = conf_config_read(path, &own, out);
	for (size_t i = 0; rc && i < own.n; i++) {
		const struct kt_err *e = &own.list[i];
		kt_errs_add(errs, e->grade, e->code, e->file, e->line, e->column,
		    e->source, "%s", e->text);
	}
	kt_errs_fini(&own);
	return rc;
}

static const struct conf_map *find_map(
    const struct conf_steering *steering, const char *name)
{
	for (size_t i = 0; i < steering->n_maps; i++)
		if (strcmp(steering->maps[i].name, name) == 0)
			return &steering->maps[i];
	return NULL;
}

/* Names that could have been meant: maps, then services. */
static int tell_unknown(
    const struct conf_steering *steering, const char *name, struct kt_errs *errs)
{
	size_t n = 0;
	char **names = kt_calloc(
	    steering->n_maps + steering->n_services + 1, sizeof(*names));
	for (size_t i = 0; i < steering->n_maps; i++)
		names[n++] = kt_strdup(steering->maps[i].name);
	for (size_t i = 0; i < steering->n_services; i++) {
		char text[DNS_NAME_TEXT];
		names[n++] = kt_strdup(
		    dns_name_print(steering->services[i].name.wire, text));
	}
	const char *near = kt_text_nearest(name, (const char *const *)names, n);
	int rc = kt_errs_add(errs, KT_ERROR, KT_E_NOT_FOUND, NULL, 0, 0, NULL,
	    near ? "there is no map or service \"%s\"; did you mean \"%s\"?"
		 : "there is no map or service \"%s\"",
	    name, near);
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return rc;
}

static bool has_service(const struct conf_steering *steering, const char *name)
{
	struct dns_name wanted;
	if (dns_name_scan(name, strlen(name), NULL, &wanted))
		return false;
	for (size_t i = 0; i < steering->n_services; i++)
		if (dns_name_equal(&steering->services[i].name, &wanted))
			return true;
	return false;
}

static int open_config(const struct cli_args *args, const char *name,
    struct kt_errs *errs, struct cli_ecs *out)
{
	int rc = cli_ecs_read(cli_ecs_config(args), errs, &out->config);
	if (rc)
		return rc;
	const struct conf_steering *conf = &out->config->steering;
	const struct conf_map *map = find_map(conf, name);
	if (map)
		return ecs_view_of_map(map, errs, &out->view);
	if (!has_service(conf, name))
		return tell_unknown(conf, name, errs);
	rc = steering_make(conf, errs, &out->steering);
	if (rc)
		return rc;
	const struct steering_service *service = ecs_service_find(out->steering, name);
	kt_require(service);
	out->view = ecs_view_of_service(out->steering, service);
	return 0;
}

int cli_ecs_ask_parts(const struct cli_args *args, const char *name,
    struct kt_errs *errs, struct ecs_parts **out)
{
	const char *const arguments[] = { name };
	struct control_reply reply;
	int rc = cli_remote_ask(
	    args, &control_verbs[CONTROL_ECS_EXPORT], arguments, errs, &reply);
	if (rc)
		return rc;
	if (reply.status == CLI_ERROR) {
		rc = KT_E_REFUSED;
		for (size_t i = 0; i < reply.errs.n; i++)
			rc = kt_errs_add(errs, reply.errs.list[i].grade,
			    reply.errs.list[i].code, NULL, 0, 0, NULL, "%s",
			    reply.errs.list[i].text);
	} else {
		rc = ecs_parts_of_json(reply.result, name, errs, out);
	}
	control_reply_fini(&reply);
	return rc;
}

static int open_running(const struct cli_args *args, const char *name,
    struct kt_errs *errs, struct cli_ecs *out)
{
	struct ecs_parts *parts;
	int rc = cli_ecs_ask_parts(args, name, errs, &parts);
	if (!rc)
		rc = ecs_view_of_parts(parts, &out->view);
	else
		return rc;
	if (rc)
		kt_errs_add(errs, KT_ERROR, rc, NULL, 0, 0, NULL,
		    "no map can be made of what kotaed sent for %s: %s", name,
		    kt_strerror(rc));
	return rc;
}

int cli_ecs_open(const struct cli_args *args, const char *name, struct kt_errs *errs,
    struct cli_ecs *out)
{
	*out = (struct cli_ecs){ 0 };
	int rc = cli_option_value(args, "running") ? open_running(args, name, errs, out)
						   : open_config(args, name, errs, out);
	if (rc)
		cli_ecs_close(out);
	return rc;
}

void cli_ecs_close(struct cli_ecs *ecs)
{
	ecs_view_free(ecs->view);
	steering_free(ecs->steering);
	conf_config_free(ecs->config);
	*ecs = (struct cli_ecs){ 0 };
}

int cli_ecs_prefixes(
    const struct cli_args *args, struct kt_errs *errs, struct ecs_prefixes *out)
{
	const char *path = cli_option_value(args, "prefixes");
	struct kt_file file;
	if (!path)
		return kt_errs_add(errs, KT_ERROR, KT_E_NOT_FOUND, NULL, 0, 0, NULL,
		    "which clients? --prefixes names a file with a prefix a line");
	int rc = kt_file_read(path, PREFIX_FILE_MAX, &file);
	if (rc)
		return kt_errs_add(errs, KT_ERROR, rc, path, 0, 0, NULL,
		    rc == KT_E_SYSTEM ? "cannot be read: %m" : "is too large");
	rc = ecs_prefixes_read(file.at, file.len, path, errs, out);
	kt_file_free(&file);
	if (!rc && !out->n) {
		ecs_prefixes_fini(out);
		rc = kt_errs_add(errs, KT_ERROR, KT_E_NOT_FOUND, path, 0, 0, NULL,
		    "there is no prefix in it");
	}
	return rc;
}

int cli_ecs_sources(
    const struct cli_args *args, struct kt_errs *errs, unsigned *out, size_t *n)
{
	const char *at = cli_option_value(args, "source");
	*n = 0;
	while (at) {
		uint64_t v;
		size_t len = strcspn(at, ",/ ");
		if (*n == CLI_SOURCES_MAX || kt_scan_number(at, len, 128, &v))
			return kt_errs_add(errs, KT_ERROR, KT_E_FORMAT, NULL, 0, 0,
			    NULL, "--source takes prefix lengths, as 24,56; not \"%s\"",
			    cli_option_value(args, "source"));
		out[(*n)++] = (unsigned)v;
		at = at[len] ? at + len + 1 : NULL;
	}
	return 0;
}

int cli_ecs_source_pair(
    const struct cli_args *args, struct kt_errs *errs, unsigned out[2])
{
	unsigned list[CLI_SOURCES_MAX];
	size_t n;
	int rc = cli_ecs_sources(args, errs, list, &n);
	out[0] = ECS_SOURCE_IPV4;
	out[1] = ECS_SOURCE_IPV6;
	if (rc || !n)
		return rc;
	if (n == 1) {
		out[1] = list[0];
		if (list[0] <= 32)
			out[0] = list[0];
		return 0;
	}
	unsigned small = 0, large = 0;
	for (size_t i = 0; i < n; i++) {
		if (list[i] <= 32 && list[i] > small)
			small = list[i];
		if (list[i] > 32 && list[i] > large)
			large = list[i];
	}
	out[0] = small ? small : out[0];
	out[1] = large ? large : out[1];
	return 0;
}

int cli_ecs_number(const struct cli_args *args, const char *option, uint64_t max,
    struct kt_errs *errs, uint64_t *out)
{
	const char *text = cli_option_value(args, option);
	if (!text)
		return 0;
	int rc = kt_scan_number(text, strlen(text), max, out);
	if (rc)
		return kt_errs_add(errs, KT_ERROR, rc, NULL, 0, 0, NULL,
		    "--%s takes a number up to %llu, not \"%s\"", option,
		    (unsigned long long)max, text);
	return 0;
}

int cli_ecs_resolver(
    const struct cli_args *args, struct kt_errs *errs, struct kt_addr *out)
{
	const char *text = cli_option_value(args, "resolver");
	if (kt_addr_scan(text ? text : "192.0.2.1", out))
		return kt_errs_add(errs, KT_ERROR, KT_E_FORMAT, NULL, 0, 0, NULL,
		    "--resolver takes an address, not \"%s\"", text);
	return 0;
}

char *cli_ecs_count(long double n, char *out)
{
	char digits[32];
	if (n >= 1e15L) {
		snprintf(out, 32, "%.3Lg", n);
		return out;
	}
	int len = snprintf(digits, sizeof(digits), "%.0Lf", n), to = 0;
	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			out[to++] = ',';
		out[to++] = digits[i];
	}
	out[to] = 0;
	return out;
}
