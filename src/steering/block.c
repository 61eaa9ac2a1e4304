#include "steering/block.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void draft_begin(struct draft *draft, size_t n_slots)
{
	if (n_slots > draft->slots_size) {
		draft->slots = kt_realloc(
		    draft->slots, n_slots * sizeof(*draft->slots));
		draft->slots_size = n_slots;
	}
	memset(draft->slots, 0, n_slots * sizeof(*draft->slots));
	draft->n_slots = n_slots;
	draft->n_choices = draft->n_variants = 0;
	kt_text_clear(&draft->octets);
	draft->refresh_at = INT64_MAX;
	draft->n_signed = draft->n_failed = 0;
}

void draft_fini(struct draft *draft)
{
	free(draft->slots);
	free(draft->choices);
	free(draft->variants);
	kt_text_fini(&draft->octets);
	*draft = (struct draft){ 0 };
}

uint32_t draft_choice(struct draft *draft, const struct draft_choice *choice)
{
	kt_grow(draft->choices, draft->n_choices, draft->choices_size);
	draft->choices[draft->n_choices] = *choice;
	return (uint32_t)draft->n_choices++;
}

void draft_variant(
    struct draft *draft, const struct steering_variant *v, const uint8_t *records)
{
	kt_grow(draft->variants, draft->n_variants, draft->variants_size);
	draft->variants[draft->n_variants++] = (struct draft_variant){
		.v = {
			.upto = v->upto,
			.n_rr = v->n_rr,
			.rr_size = v->rr_size,
			.id = v->id,
		},
		.at = draft->octets.len,
	};
	kt_text_add_n(&draft->octets, (const char *)records, v->rr_size);
}

void draft_signatures(
    struct draft *draft, uint16_t n, const uint8_t *data, uint32_t size)
{
	struct steering_variant *v = &draft->variants[draft->n_variants - 1].v;
	v->n_sig = n;
	v->sig_size = size;
	kt_text_add_n(&draft->octets, (const char *)data, size);
	draft->n_signed++;
}

/* Comparing */

static bool same_variant(const struct draft *draft, const struct draft_variant *a,
    const struct steering_variant *b)
{
	return a->v.upto == b->upto && a->v.n_rr == b->n_rr && a->v.id == b->id &&
	       a->v.rr_size == b->rr_size &&
	       memcmp(draft->octets.at + a->at, b->data, b->rr_size) == 0;
}

static bool same_choice(const struct draft *draft, const struct draft_choice *a,
    const struct steering_choice *b, bool *ttls)
{
	const struct draft_variants *v = &a->variants;
	if (v->pick != b->pick || v->type != b->type || v->n != b->n ||
	    v->total != b->total || v->failed != b->failed || a->pool != b->pool)
		return false;
	if (a->ttl_s != b->ttl_s)
		*ttls = false;
	for (uint16_t i = 0; i < v->n; i++)
		if (!same_variant(
			draft, &draft->variants[v->first + i], &b->variants[i]))
			return false;
	return true;
}

bool draft_equals(const struct draft *draft, const struct live_block *block, bool *ttls)
{
	*ttls = true;
	if (draft->n_slots != block->n_slots)
		return false;
	for (size_t i = 0; i < draft->n_slots; i++) {
		const struct steering_choice *b = block->live.choices[i];
		uint32_t a = draft->slots[i];
		if (!a != !b)
			return false;
		if (a && !same_choice(draft, &draft->choices[a - 1], b, ttls))
			return false;
	}
	return true;
}

/* Making */

static void set_choice(struct steering_choice *to, const struct draft_choice *from,
    const struct steering_variant *variants)
{
	*to = (struct steering_choice){
		.pick = from->variants.pick,
		.type = from->variants.type,
		.n = from->variants.n,
		.ttl_s = from->ttl_s,
		.total = from->variants.total,
		.failed = from->variants.failed,
		.variants = variants + from->variants.first,
		.pool = from->pool,
	};
}

struct live_block *draft_block(const struct draft *draft)
{
	size_t slots = draft->n_slots * sizeof(struct steering_choice *);
	size_t choices = draft->n_choices * sizeof(struct steering_choice);
	size_t variants = draft->n_variants * sizeof(struct steering_variant);
	struct live_block *block = kt_malloc(
	    sizeof(*block) + slots + choices + variants + draft->octets.len);
	const struct steering_choice **slot = (void *)(block + 1);
	struct steering_choice *choice = (void *)((char *)slot + slots);
	struct steering_variant *variant = (void *)((char *)choice + choices);
	uint8_t *octets = (uint8_t *)variant + variants;
	if (draft->octets.len)
		memcpy(octets, draft->octets.at, draft->octets.len);
	for (size_t i = 0; i < draft->n_variants; i++) {
		variant[i] = draft->variants[i].v;
		variant[i].data = octets + draft->variants[i].at;
	}
	for (size_t i = 0; i < draft->n_choices; i++)
		set_choice(&choice[i], &draft->choices[i], variant);
	for (size_t i = 0; i < draft->n_slots; i++)
		slot[i] = draft->slots[i] ? &choice[draft->slots[i] - 1] : NULL;
	*block = (struct live_block){
		.live = { .choices = slot },
		.refresh_at = draft->refresh_at,
		.n_slots = draft->n_slots,
		.n_choices = draft->n_choices,
		.n_variants = draft->n_variants,
		.n_octets = draft->octets.len,
		.n_signed = draft->n_signed,
		.n_failed = draft->n_failed,
	};
	return block;
}
