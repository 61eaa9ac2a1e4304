#include "probe/certificate.h"
#include "probe/http_p.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* X509_V_ERR_CERT_HAS_EXPIRED, as CURLINFO_SSL_VERIFYRESULT has it from OpenSSL. */
#define VERIFY_EXPIRED 10

static const char expired[] = "certificate has expired";

/* Certificates */

/* The certificate was refused as expired, and the look at it has an end, or none. */
static void fail_expired(struct probe *p, kt_unix ended)
{
	char date[PROBE_DATE_TEXT];
	if (ended)
		probe_fail(
		    p, "certificate expired on %s", probe_date_print(ended, date));
	else
		probe_fail(p, "%s", expired);
}

static bool is_recent(struct kt_instant at, struct kt_instant now)
{
	return at.ns &&
	       kt_instant_since(now, at).ns < PROBE_FULL_S * INT64_C(1000000000);
}

/*
 * libcurl does not tell the certificate that it refused.  It is looked at once more, refusing
 * nothing, for its date.
 */
static void look_when(struct probe *p)
{
	struct probe_http_tls *tls = probe_http_tls_of(p);
	if (tls->ended && is_recent(tls->looked_at, kt_clock_now())) {
		fail_expired(p, tls->ended);
		return;
	}
	p->late = expired;
	probe_http_client_look(p->http.client);
	probe_http_begin(p);
}

static void end_look(struct probe *p)
{
	struct probe_http_tls *tls = probe_http_tls_of(p);
	tls->ended = probe_certificate_ended(p->http.client->easy, kt_clock_unix());
	tls->looked_at = kt_clock_now();
	fail_expired(p, tls->ended);
}

static void note_certificate(struct probe *p)
{
	struct probe_http_tls *tls = probe_http_tls_of(p);
	const struct probe_http_client *c = p->http.client;
	long connections = 0;
	(void)curl_easy_getinfo(c->easy, CURLINFO_NUM_CONNECTS, &connections);
	if (connections > 0)
		tls->end = probe_certificate_end(c->easy);
	if (c->full)
		tls->full_at = kt_clock_now();
	tls->ended = 0;
}

static void fail_margin(struct probe *p, kt_unix end, kt_unix now)
{
	char date[PROBE_DATE_TEXT];
	if (!end)
		probe_fail(p, "the certificate does not tell its end");
	else if (end <= now)
		fail_expired(p, end);
	else
		probe_fail(p, "certificate expires on %s, sooner than in %u days",
		    probe_date_print(end, date),
		    (p->monitor->certificate_s + 86399) / 86400);
}

/* The last of the checks. */
static void judge_certificate(struct probe *p)
{
	const struct conf_monitor *m = p->monitor;
	if (m->type != CONF_MONITOR_HTTPS) {
		probe_pass(p);
		return;
	}
	note_certificate(p);
	kt_unix now = kt_clock_unix(), end = probe_http_tls_of(p)->end;
	bool wanted = m->verify || m->certificate_s;
	bool good = end ? end - now > m->certificate_s : !m->certificate_s;
	if (!wanted || good)
		probe_pass(p);
	else if (p->http.client->full)
		fail_margin(p, end, now);
	else /* what a kept connection knows may have been replaced */
		probe_http_begin_full(p);
}

/* Answers */

static bool status_wanted(const struct conf_monitor *m, long status)
{
	for (size_t i = 0; i < m->n_status; i++)
		if (status >= m->status[i].first && status <= m->status[i].last)
			return true;
	return !m->n_status && status >= 200 && status <= 299;
}

static void fail_status(struct probe *p, long status)
{
	const struct conf_monitor *m = p->monitor;
	char wanted[64] = "200-299";
	for (size_t i = 0, len = 0; i < m->n_status && len < sizeof(wanted); i++) {
		const struct conf_status_range *r = &m->status[i];
		int n = snprintf(wanted + len, sizeof(wanted) - len,
		    r->first == r->last ? "%s%u" : "%s%u-%u", i ? ", " : "", r->first,
		    r->last);
		len += n > 0 ? (size_t)n : 0;
	}
	probe_fail(p, "status %ld, expected %s", status, wanted);
}

static void judge_answer(struct probe *p)
{
	const struct probe_http_client *c = p->http.client;
	long status = 0;
	(void)curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
	if (!status_wanted(p->monitor, status))
		fail_status(p, status);
	else if (p->monitor->body && c->matched < c->site->needle.len)
		probe_fail(p, "the body lacks \"%.60s\"", p->monitor->body);
	else
		judge_certificate(p);
}

/* Failures */

/* What stands behind prefix in libcurl's sentence; NULL: it begins otherwise. */
static const char *behind(const char *sentence, const char *prefix)
{
	size_t len = strlen(prefix);
	return strncmp(sentence, prefix, len) == 0 ? sentence + len : NULL;
}

static void fail_verification(struct probe *p)
{
	const char *sentence = p->http.client->error;
	const char *why = behind(sentence, "SSL certificate problem: ");
	long result = 0;
	(void)curl_easy_getinfo(
	    p->http.client->easy, CURLINFO_SSL_VERIFYRESULT, &result);
	if (result == VERIFY_EXPIRED)
		look_when(p);
	else if (why)
		probe_fail(p, "certificate not trusted: %s", why);
	else if (strstr(sentence, "subject name"))
		probe_fail(p, "certificate is for another name");
	else
		probe_fail(p, "certificate not trusted: %s", sentence);
}

static void fail_transfer(struct probe *p, CURLcode code)
{
	const char *sentence = p->http.client->error;
	long err = 0;
	(void)curl_easy_getinfo(p->http.client->easy, CURLINFO_OS_ERRNO, &err);
	switch (code) {
	case CURLE_PEER_FAILED_VERIFICATION:
		fail_verification(p);
		break;
	case CURLE_COULDNT_CONNECT:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
		if (err)
			probe_fail_errno(p, "", (int)err);
		else
			probe_fail(p, "the connection failed");
		break;
	case CURLE_GOT_NOTHING:
		probe_fail(p, "closed without an answer");
		break;
	case CURLE_PARTIAL_FILE:
		probe_fail(p, "closed within the body");
		break;
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_WEIRD_SERVER_REPLY:
		probe_fail(p, "the answer is not HTTP");
		break;
	case CURLE_SSL_CONNECT_ERROR:
		probe_fail(p, "TLS failed: %s", sentence);
		break;
	case CURLE_SSL_CACERT_BADFILE:
		probe_fail(p, "cannot read the ca-file");
		break;
	default:
		probe_fail(p, "%s", *sentence ? sentence : curl_easy_strerror(code));
	}
}

void probe_http_judge(struct probe *p, CURLcode code)
{
	const struct probe_http_client *c = p->http.client;
	if (c->looking)
		end_look(p);
	else if (code == CURLE_OK || c->cut)
		judge_answer(p);
	else
		fail_transfer(p, code);
}
