/*
 * tests/lib/steered_tool.c -- a zone with steered names, for validators of other houses.
 *
 *   steered-tool ZONE FILE [-k KEYFILE]... NAME...
 *
 * Loads the zone with the names steered ("=NAME": a CNAME stands for it, else A and AAAA) and
 * prints what a transfer would contain, a record a line.  What the loader says goes to
 * stderr; exit status 1 when it refuses.
 */
#include "base/mem.h"
#include "dns/zonetext.h"
#include "zone/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t a_data[] = "\0\4\306\63\144\1\0\4\306\63\144\2";
static const uint8_t aaaa_data[] = "\0\20\40\1\15\270\0\0\0\0\0\0\0\0\0\0\0\11";
static const uint8_t cname_data[] = "\0\12\3cdn\4test";
static const struct zone_steered_set addresses[] = {
	{ DNS_TYPE_A, 2, 30, a_data, 12 },
	{ DNS_TYPE_AAAA, 1, 30, aaaa_data, 18 },
};
static const struct zone_steered_set alias[] = {
	{ DNS_TYPE_CNAME, 1, 30, cname_data, 12 },
};

static struct zone_steered_name name_of(const char *text)
{
	struct dns_name name;
	bool is_alias = *text == '=';
	text += is_alias;
	if (dns_name_scan(text, strlen(text), NULL, &name)) {
		fprintf(stderr, "%s is no name\n", text);
		exit(2);
	}
	dns_name_lower(&name);
	uint8_t *wire = kt_malloc(name.len);
	memcpy(wire, name.wire, name.len);
	return (struct zone_steered_name){
		.name = wire,
		.sets = is_alias ? alias : addresses,
		.n_sets = is_alias ? 1 : 2,
		.file = "arguments",
	};
}

static void print_records(
    struct kt_text *text, struct dns_record *r, const uint8_t *at, unsigned n)
{
	for (; n; n--, at += 2u + r->rdlen) {
		r->rdlen = kt_get16(at);
		r->rdata = at + 2;
		dns_record_print(text, r);
	}
}

static void print_zone(const struct zone_snapshot *z)
{
	struct kt_text text = { 0 };
	for (const struct zone_node *n = zone_apex(z); n; n = zone_node_next(z, n)) {
		const struct zone_rrset *set = zone_rrsets(n);
		for (unsigned i = n->n_rrsets; i; i--, set = zone_rrset_next(set)) {
			struct dns_record r = { .owner = n->name,
				.type = set->type,
				.class = DNS_CLASS_IN,
				.ttl_s = set->ttl_s };
			print_records(&text, &r, set->data, set->n_rr);
			r.type = DNS_TYPE_RRSIG;
			print_records(&text, &r, zone_signatures(set), set->n_sig);
		}
	}
	fputs(kt_text_of(&text), stdout);
	kt_text_fini(&text);
}

int main(int argc, char **argv)
{
	struct zone_steered_name *names = kt_calloc((size_t)argc, sizeof(*names));
	const char **files = kt_calloc((size_t)argc, sizeof(*files));
	struct zone_steered list = { .names = names, .key_files = files };
	struct zone_snapshot *z = NULL;
	struct dns_name apex;
	struct kt_errs errs;
	if (argc < 3 || dns_name_scan(argv[1], strlen(argv[1]), NULL, &apex))
		return 2;
	for (int i = 3; i < argc; i++) {
		if (strcmp(argv[i], "-k") == 0 && i + 1 < argc)
			files[list.n_key_files++] = argv[++i];
		else
			names[list.n++] = name_of(argv[i]);
	}
	struct zone_builder *b = zone_builder_new();
	kt_errs_init(&errs, 0);
	int rc = zone_load_file(b, &apex, argv[2], &list, &errs, &z);
	kt_errs_print(&errs, stderr, false);
	if (!rc)
		print_zone(z);
	zone_snapshot_put(z);
	zone_builder_free(b);
	kt_errs_fini(&errs);
	for (size_t i = 0; i < list.n; i++)
		free((void *)names[i].name);
	free(names);
	free(files);
	return rc ? 1 : 0;
}
