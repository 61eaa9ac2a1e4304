/*
 * fuzz/fuzz.h -- what a fuzz target says.
 *
 * A target is fuzz/NAME_fuzz.c with LLVMFuzzerTestOneInput().  Besides not crashing it
 * states what must hold with fuzz_check(), which aborts, so that libFuzzer keeps the
 * input and fuzz/replay.c shows it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define fuzz_check(x)                                                           \
 ((x) ? (void)0                                                                 \
      : (fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #x), \
	    abort()))
