/*
 * fuzz/migrate_fuzz.c -- migrate: any gdnsd directory or BIG-IP file to kotae.yaml.
 *
 * Input: the first octet chooses; of gdnsd's the configuration goes up to a NUL, the rest
 * is a zone file.  Includes are left out, so that no other file is read.
 */
#include "base/mem.h"
#include "migrate/migrate.h"

#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[] = "/tmp/kotae-fuzz-migrate-XXXXXX";

static void put(const char *name, const uint8_t *data, size_t size)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	FILE *f = fopen(path, "w");
	fuzz_check(f);
	fwrite(data, 1, size, f);
	fclose(f);
}

static void clean(void)
{
	static const char *const names[] = { "config", "gtm.conf",
		"zones/example.com" };
	char path[128];
	for (size_t i = 0; i < KT_COUNT(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/zones", directory);
	rmdir(path);
	rmdir(directory);
}

static void begin(void)
{
	static bool begun;
	char path[128];
	if (begun)
		return;
	begun = true;
	fuzz_check(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/zones", directory);
	fuzz_check(mkdir(path, 0700) == 0);
	atexit(clean);
}

static bool includes(const uint8_t *data, size_t size)
{
	char *text = kt_strndup((const char *)data, size);
	bool found = strcasestr(text, "$include");
	free(text);
	return found || memmem(data, size, "nets", 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kt_errs errs;
	struct migrate_result out;
	char path[128];
	if (!size)
		return 0;
	begin();
	kt_errs_init(&errs, 100);
	int rc;
	if (data[0] & 1) {
		put("gtm.conf", data + 1, size - 1);
		snprintf(path, sizeof(path), "%s/gtm.conf", directory);
		rc = migrate_bigip(path, "www.example.com", &errs, &out);
	} else {
		const uint8_t *zone = memchr(data, 0, size);
		size_t len = zone ? (size_t)(zone - data) - 1 : size - 1;
		if (zone == data)
			len = 0;
		put("config", data + 1, len);
		put("zones/example.com", zone ? zone + 1 : data,
		    zone ? (size_t)(data + size - zone) - 1 : 0);
		if (includes(data + 1, size - 1)) {
			kt_errs_fini(&errs);
			return 0;
		}
		rc = migrate_gdnsd(directory, &errs, &out);
	}
	fuzz_check((rc == 0) == (errs.n_errors == 0));
	if (!rc)
		migrate_result_fini(&out);
	kt_errs_fini(&errs);
	return 0;
}
