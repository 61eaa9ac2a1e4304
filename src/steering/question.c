/* What a person asks about, from texts. */
#include "steering/explain.h"

#include "dns/type.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct steering_service *find_exact(
    const struct steering *steering, const uint8_t *wire)
{
	for (size_t i = 0; i < steering->n_services; i++)
		if (dns_wire_equal(steering->services[i].conf->name.wire, wire))
			return &steering->services[i];
	return NULL;
}

const struct steering_service *steering_service_find(
    const struct steering *steering, const struct dns_name *name)
{
	const struct steering_service *found = find_exact(steering, name->wire);
	for (unsigned skip = 1; !found && skip <= name->labels; skip++) {
		struct dns_name wildcard;
		dns_name_from_wire(&wildcard, dns_wire_skip(name->wire, skip));
		if (dns_name_prepend(&wildcard, (const uint8_t *)"\1*"))
			continue;
		found = find_exact(steering, wildcard.wire);
	}
	return found;
}

static int refuse(struct kt_errs *errs, int code, const char *what, const char *text)
{
	return kt_errs_add(
	    errs, KT_ERROR, code, NULL, 0, 0, NULL, "%s: \"%.300s\"", what, text);
}

static int read_type(const char *text, struct kt_errs *errs, enum steering_type *out)
{
	uint16_t type;
	int rc = dns_type_scan(text, strlen(text), &type);
	if (rc)
		return refuse(errs, rc, "this is no type of records", text);
	switch (type) {
	case DNS_TYPE_A:
		*out = STEERING_A;
		return 0;
	case DNS_TYPE_AAAA:
		*out = STEERING_AAAA;
		return 0;
	case DNS_TYPE_CNAME:
		*out = STEERING_CNAME;
		return 0;
	default:
		return refuse(
		    errs, KT_E_TYPE, "A, AAAA and CNAME are steered, not", text);
	}
}

static int read_client(const char *client, const char *ecs_text, struct kt_errs *errs,
    struct dns_ecs *ecs, struct steering_question *out)
{
	struct kt_prefix prefix;
	bool host_bits; /* what a client's address has: they are not told to us */
	out->ecs = NULL;
	if (*ecs_text) {
		if (kt_prefix_scan_loose(ecs_text, &prefix, &host_bits))
			return refuse(errs, KT_E_FORMAT,
			    "this is no network; expected 192.0.2.0/24 or "
			    "2001:db8::/56",
			    ecs_text);
		*ecs = (struct dns_ecs){ .family = prefix.addr.family,
			.source = prefix.len };
		memcpy(ecs->octets, prefix.addr.octets, sizeof(ecs->octets));
		out->ecs = ecs;
		out->resolver = prefix.addr;
	}
	if (*client && kt_addr_scan(client, &out->resolver))
		return refuse(errs, KT_E_FORMAT,
		    "this is no address; expected 192.0.2.1 or 2001:db8::1", client);
	if (!*client && !*ecs_text)
		return kt_errs_add(errs, KT_ERROR, KT_E_FORMAT, NULL, 0, 0, NULL,
		    "who asks? --client is the address of a resolver, --ecs the "
		    "network "
		    "of its client");
	return 0;
}

int steering_question_read(const struct steering *steering, const char *name,
    const char *type, const char *client, const char *ecs_text, struct kt_errs *errs,
    struct dns_ecs *ecs, struct steering_question *out)
{
	struct dns_name wanted;
	int rc = dns_name_scan(name, strlen(name), NULL, &wanted);
	if (rc)
		return refuse(errs, rc, "this is no domain name", name);
	rc = read_type(type, errs, &out->type);
	if (!rc)
		rc = read_client(client, ecs_text, errs, ecs, out);
	if (rc)
		return rc;
	out->service = steering_service_find(steering, &wanted);
	if (!out->service)
		return refuse(
		    errs, KT_E_NOT_FOUND, "no service answers for this name", name);
	return 0;
}
