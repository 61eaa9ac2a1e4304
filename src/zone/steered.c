#include "zone/steered.h"

#include "base/hash.h"
#include "dns/name.h"
#include "dnssec/keyfile.h"

static uint64_t sum_of_set(uint64_t sum, const struct zone_steered_set *set)
{
	uint64_t head = (uint64_t)set->type << 48 | (uint64_t)set->n_rr << 32 |
			set->ttl_s;
	return kt_hash_octets(kt_hash_mix(sum, head), set->data, set->size);
}

uint64_t zone_steered_sum(const struct zone_steered *steered)
{
	uint64_t sum = kt_hash_mix(steered->n, steered->n_key_files);
	for (size_t i = 0; i < steered->n; i++) {
		const struct zone_steered_name *name = &steered->names[i];
		sum = kt_hash_octets(
		    sum ^ name->n_sets, name->name, dns_wire_len(name->name));
		for (size_t j = 0; j < name->n_sets; j++)
			sum = sum_of_set(sum, &name->sets[j]);
	}
	for (size_t i = 0; i < steered->n_key_files; i++)
		sum = dnssec_keyfile_stamp(steered->key_files[i], sum);
	return sum;
}

uint32_t zone_steered_number(
    const struct zone_snapshot *z, const struct zone_node *node)
{
	const struct zone_steered_entry *at = zone_steered_entries(z);
	zone_ref ref = zone_ref_of(z, node);
	uint32_t n = z->n_steered;
	/* The last entry that is not behind it is its own. */
	while (n > 1) {
		uint32_t half = n / 2;
		at += at[half].node <= ref ? half : 0;
		n -= half;
	}
	return at->number;
}
