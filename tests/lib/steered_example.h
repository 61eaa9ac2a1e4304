/*
 * tests/lib/steered_example.h -- steered names of every kind in the zone example.
 */
#pragma once

#include "steered.h"

/*
 * The map of an operator who lived through what a wrong scope does: four networks of one ISP,
 * and all the others.
 */
static const char *const steered_example_yaml =
    "steering:\n"
    "  maps:\n"
    "    isp:\n"
    "      networks:\n"
    "        240b:10:200::/41: osaka1\n"
    "        240b:10:280::/41: osaka2\n"
    "        240b:10:300::/40: osaka3\n"
    "        240b:10:400::/39: kyushu\n"
    "      default: tokyo\n"
    "    declared:\n"
    "      networks: {240b:10:200::/41: osaka1, 240b:10:280::/41: osaka2}\n"
    "      default: tokyo\n"
    "      short-source: {240b:10:200::/40: osaka2}\n"
    "      short-source-ttl: 5s\n"
    "    halves:\n"
    "      networks: {2001:db8::/33: osaka1}\n"
    "      default: tokyo\n"
    "    one: {default: tokyo}\n"
    "    blind:\n"
    "      networks: {240b:10::/32: osaka1}\n"
    "      default: tokyo\n"
    "      ecs: false\n"
    "  monitors:\n"
    "    push: {type: push}\n"
    "  pools:\n"
    "    osaka1: {members: [{address: \"2001:db8:10::1\"}]}\n"
    "    osaka2: {members: [{address: \"2001:db8:10::2\"}]}\n"
    "    osaka3: {members: [{address: \"2001:db8:10::5\"}]}\n"
    "    kyushu: {members: [{address: \"2001:db8:20::1\"}], monitor: push}\n"
    "    tokyo: {members: [{address: \"2001:db8::1\"}]}\n"
    "    names1: {members: [{name: www.example}]}\n"
    "    names2: {members: [{name: twin.example}]}\n"
    "    names3: {members: [{name: www.example}]}\n"
    "    names4: {members: [{name: www.example}]}\n"
    "    names5: {members: [{name: www.example}]}\n"
    "    far: {members: [{name: declared.example}]}\n"
    "    other: {members: [{name: www.held.test}]}\n"
    "    outside: {members: [{name: cdn.elsewhere.test}]}\n"
    "    frail: {members: [{address: 192.0.2.80}, {address: \"2001:db8::80\"}], "
    "monitor: push}\n"
    "    both: {members: [{address: 192.0.2.90}, {address: \"2001:db8::90\"}]}\n"
    "    turns: {members: [{address: 192.0.2.1}, {address: 192.0.2.2}, {address: "
    "192.0.2.3}], method: round-robin}\n"
    "    chance: {members: [{address: 192.0.2.1, weight: 3}, {address: 192.0.2.2}], "
    "method: weighted}\n"
    "    hash: {members: [{address: \"2001:db8::a\"}, {address: \"2001:db8::b\"}, "
    "{address: \"2001:db8::c\"}], method: hash}\n"
    "    apex: {members: [{address: 192.0.2.7}]}\n"
    "    many: {members: [MANY]}\n"
    "  services:\n"
    "    www.example: {map: isp, regions: {osaka1: osaka1, osaka2: osaka2, osaka3: "
    "osaka3, kyushu: [kyushu, osaka3], tokyo: tokyo}, ttl: 30s}\n"
    "    twin.example: {map: isp, regions: {osaka1: osaka1, osaka2: osaka2, osaka3: "
    "osaka3, kyushu: [kyushu, osaka3], tokyo: tokyo}}\n"
    "    \"*.w.example\": {map: isp, regions: {osaka1: osaka1, osaka2: osaka2, osaka3: "
    "osaka3, kyushu: kyushu, tokyo: tokyo}}\n"
    "    declared.example: {map: declared, regions: {osaka1: osaka1, osaka2: osaka2, "
    "tokyo: tokyo}}\n"
    "    one.example: {map: one, regions: {tokyo: tokyo}}\n"
    "    blind.example: {map: blind, regions: {osaka1: osaka1, tokyo: tokyo}}\n"
    "    near.example: {map: isp, regions: {osaka1: names1, osaka2: names2, osaka3: "
    "names3, kyushu: names4, tokyo: names5}}\n"
    "    wide.example: {map: isp, regions: {osaka1: names1, osaka2: names2, osaka3: "
    "names1, kyushu: names1, tokyo: names1}}\n"
    "    far.example: {map: isp, regions: {osaka1: far, osaka2: outside, osaka3: "
    "outside, kyushu: outside, tokyo: outside}}\n"
    "    there.example: {pools: other}\n"
    "    halves.example: {map: halves, regions: {osaka1: osaka1, tokyo: tokyo}}\n"
    "    frail.example: {map: isp, regions: {\"*\": frail}, when-all-down: none, ttl: "
    "30s, ttl-min: 7s}\n"
    "    split.example: {map: isp, regions: {kyushu: frail, \"*\": both}, "
    "when-all-down: none, ttl: 30s, ttl-min: 7s}\n"
    "    turns.example: {pools: turns}\n"
    "    chance.example: {pools: chance}\n"
    "    hash.example: {pools: hash}\n"
    "    many.example: {pools: many}\n"
    "    example: {pools: apex}\n"
    "    www.held.test: {map: declared, regions: {osaka1: osaka1, osaka2: osaka2, "
    "tokyo: tokyo}}\n";

static const char *const steered_example_held = "@ 60 SOA ns host 2 1 1 1 1\n"
						"@ 60 NS ns\n"
						"ns 60 A 192.0.2.54\n";

static inline struct steered *steered_example(enum steered_signing signing)
{
	struct kt_text text = { 0 };
	const char *at = strstr(steered_example_yaml, "MANY");
	kt_text_addf(
	    &text, "%.*s", (int)(at - steered_example_yaml), steered_example_yaml);
	for (int i = 1; i <= 40; i++)
		kt_text_addf(
		    &text, "%s{address: 192.0.2.%d}", i > 1 ? ", " : "", 100 + i);
	kt_text_add(&text, at + 4);
	struct steered *s = steered_new(
	    kt_text_of(&text), signing, steered_example_held);
	kt_text_fini(&text);
	return s;
}
