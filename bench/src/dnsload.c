/*
 * bench/src/dnsload.c -- a light single-threaded load generator for DNS over UDP.
 *
 * dnsperf costs about as much CPU per query as the fastest servers do, so on a
 * two-core machine it cannot saturate them; this can.  It also sends a mix of
 * plain and EDNS/DO queries and can make every qname unique (cache-miss runs).
 *
 *   dnsload -d FILE [-s addr] [-p port] [-l secs] [-n queries] [-q window] [-Q qps]
 *           [-c sockets] [-b batch] [-u salt] [-o start_index]
 *
 *   -d FILE  queries, each <u16 big-endian length><DNS message> (= dnsperf -B)
 *   -q N     queries outstanding (closed loop), default 192: below what a default
 *            212992-byte socket buffer surely holds (3/4 of 277), so nothing is dropped
 *   -Q N     rate limit (paced in slices of 250 us); 0 = as fast as the window lets
 *   -u SALT  overwrite the first 12 bytes of the first label with SALT (hex, 3
 *            digits) and a 9-digit hex counter: every name is new
 *   -v       check id and question section of every answer against the query
 * Prints one JSON line.
 */
#include "hist.h"
#include "queries.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAXB 64
#define MAXS 64
#define RB   4096

static struct sock {
	int fd;
	uint32_t out; /* outstanding */
	uint16_t next_id;
	uint64_t *when; /* by id: send time, 0 = not outstanding */
	uint32_t *qidx;
} S[MAXS];

static uint8_t sbuf[MAXB][600], rbuf[MAXB][RB];
static struct iovec siov[MAXB], riov[MAXB];
static struct mmsghdr smsg[MAXB], rmsg[MAXB];
static struct hist latency;

int main(int argc, char **argv)
{
	const char *addr = "127.0.0.1", *file = NULL;
	int port = 53, window = 192, ns = 8, batch = 32, verify = 0, c;
	double secs = 3, qps = 0;
	uint64_t maxq = 0, start = 0;
	long salt = -1;
	while ((c = getopt(argc, argv, "d:s:p:l:n:q:Q:c:b:u:o:v")) != -1) {
		switch (c) {
		case 'd':
			file = optarg;
			break;
		case 's':
			addr = optarg;
			break;
		case 'p':
			port = atoi(optarg);
			break;
		case 'l':
			secs = atof(optarg);
			break;
		case 'n':
			maxq = strtoull(optarg, 0, 10);
			break;
		case 'q':
			window = atoi(optarg);
			break;
		case 'Q':
			qps = atof(optarg);
			break;
		case 'c':
			ns = atoi(optarg);
			break;
		case 'b':
			batch = atoi(optarg);
			break;
		case 'u':
			salt = strtol(optarg, 0, 16) & 0xfff;
			break;
		case 'o':
			start = strtoull(optarg, 0, 10);
			break;
		case 'v':
			verify = 1;
			break;
		default:
			return 2;
		}
	}
	if (!file || ns < 1 || ns > MAXS || batch < 1 || batch > MAXB || window < ns) {
		fprintf(stderr, "dnsload: bad arguments\n");
		return 2;
	}
	struct queries qs = queries_map(file);
	const struct q *Q = qs.at;
	size_t nq = qs.n;

	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(port) };
	if (inet_pton(AF_INET, addr, &sa.sin_addr) != 1)
		return 2;
	for (int i = 0; i < ns; i++) {
		S[i].fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
		int sz = 4 << 20;
		setsockopt(S[i].fd, SOL_SOCKET, SO_RCVBUF, &sz, sizeof sz);
		setsockopt(S[i].fd, SOL_SOCKET, SO_SNDBUF, &sz, sizeof sz);
		if (S[i].fd < 0 || connect(S[i].fd, (void *)&sa, sizeof sa))
			die("connect");
		S[i].when = calloc(65536, sizeof(uint64_t));
		S[i].qidx = calloc(65536, sizeof(uint32_t));
		S[i].next_id = i * 7919;
	}
	for (int i = 0; i < MAXB; i++) {
		siov[i].iov_base = sbuf[i];
		smsg[i].msg_hdr.msg_iov = &siov[i];
		smsg[i].msg_hdr.msg_iovlen = 1;
		riov[i].iov_base = rbuf[i];
		riov[i].iov_len = RB;
		rmsg[i].msg_hdr.msg_iov = &riov[i];
		rmsg[i].msg_hdr.msg_iovlen = 1;
	}
	uint32_t per = window / ns;
	uint64_t sent = 0, got = 0, lost = 0, bytes = 0, bad = 0, tc = 0, late = 0,
		 rc[16] = { 0 };
	uint64_t t0 = now_ns(), tend = t0 + (uint64_t)(secs * 1e9), t = t0, lastrx = t0;
	uint64_t qi = start % nq, ctr = start;
	int draining = 0;
	static const char hx[] = "0123456789abcdef";

	for (;;) {
		t = now_ns();
		if (!draining && (t >= tend || (maxq && sent >= maxq))) {
			draining = 1;
			lastrx = t;
		}
		uint64_t out = 0;
		for (int i = 0; i < ns; i++)
			out += S[i].out;
		if (draining && (!out || t - lastrx > 300000000ull)) {
			lost += out;
			break;
		}
		if (!draining && out &&
		    t - lastrx > 200000000ull) { /* all lost: restart the window */
			for (int i = 0; i < ns; i++) {
				lost += S[i].out;
				S[i].out = 0;
				memset(S[i].when, 0, 65536 * sizeof(uint64_t));
			}
			lastrx = t;
		}
		uint64_t allow = ~0ull;
		if (qps > 0) {
			uint64_t slice = (t - t0) / 250000 * 250000 +
					 250000; /* 250 us slices */
			uint64_t due = (uint64_t)(slice * qps / 1e9);
			allow = due > sent ? due - sent : 0;
		}
		int work = 0;
		for (int i = 0; i < ns; i++) {
			struct sock *s = &S[i];
			if (!draining && s->out < per && allow) {
				unsigned k = per - s->out;
				if (k > (unsigned)batch)
					k = batch;
				if (k > allow)
					k = allow;
				if (maxq && k > maxq - sent)
					k = maxq - sent;
				/* send in decent batches when saturating */
				if (k && (qps > 0 || k >= (unsigned)batch / 2 ||
					     k == per - s->out ||
					     (maxq && k == maxq - sent))) {
					uint16_t id0 = s->next_id;
					for (unsigned j = 0; j < k; j++) {
						const struct q *q = &Q[qi];
						memcpy(sbuf[j], q->p, q->len);
						uint16_t id = id0 + j;
						sbuf[j][0] = id >> 8;
						sbuf[j][1] = id;
						if (salt >= 0) {
							uint64_t v = ctr++;
							for (int z = 0; z < 9;
							     z++, v >>= 4)
								sbuf[j][13 + 11 - z] =
								    hx[v & 15];
							sbuf[j][13] =
							    hx[salt >> 8 & 15];
							sbuf[j][14] =
							    hx[salt >> 4 & 15];
							sbuf[j][15] = hx[salt & 15];
						}
						siov[j].iov_len = q->len;
						if (s->when[id]) {
							lost++;
							if (s->out)
								s->out--;
						}
						s->when[id] = t;
						s->qidx[id] = qi;
						if (++qi == nq)
							qi = 0;
					}
					int r = sendmmsg(s->fd, smsg, k, 0);
					if (r < 0)
						r = 0;
					for (unsigned j = r; j < k; j++)
						s->when[(uint16_t)(id0 + j)] = 0;
					s->next_id += r;
					s->out += r;
					sent += r;
					allow -= r;
					work = 1;
				}
			}
			if (s->out || draining) {
				int r = recvmmsg(
				    s->fd, rmsg, batch, MSG_DONTWAIT, NULL);
				if (r > 0) {
					uint64_t tr = now_ns();
					lastrx = tr;
					work = 1;
					for (int j = 0; j < r; j++) {
						const uint8_t *p = rbuf[j];
						unsigned len = rmsg[j].msg_len;
						if (len < 12) {
							bad++;
							continue;
						}
						uint16_t id = p[0] << 8 | p[1];
						if (!s->when[id]) {
							late++;
							continue;
						}
						if (verify) {
							const struct q *q =
							    &Q[s->qidx[id]];
							if (!(p[2] & 0x80) ||
							    p[5] != 1 ||
							    len < q->len -
								      (q->p[11] ? 11u
										: 0u) ||
							    (salt < 0 &&
								memcmp(p + 12,
								    q->p + 12, 5)))
								bad++;
						}
						hist_add(&latency, tr - s->when[id]);
						s->when[id] = 0;
						if (s->out)
							s->out--;
						got++;
						bytes += len;
						rc[p[3] & 15]++;
						if (p[2] & 2)
							tc++;
					}
				}
			}
		}
		if (!work) {
			if (qps > 0) {
				uint64_t n2 = now_ns(),
					 nxt = t0 + (n2 - t0) / 250000 * 250000 +
					       250000;
				struct timespec ts = { 0, (long)(nxt - n2) };
				struct pollfd pf[MAXS];
				for (int i = 0; i < ns; i++)
					pf[i] = (struct pollfd){ S[i].fd, POLLIN, 0 };
				ppoll(pf, ns, &ts, NULL);
			} else {
				struct pollfd pf[MAXS];
				for (int i = 0; i < ns; i++)
					pf[i] = (struct pollfd){ S[i].fd, POLLIN, 0 };
				poll(pf, ns, 5);
			}
		}
	}
	double el = (now_ns() - t0) / 1e9;
	struct rusage ru;
	getrusage(RUSAGE_SELF, &ru);
	double ucpu = ru.ru_utime.tv_sec + ru.ru_utime.tv_usec / 1e6,
	       scpu = ru.ru_stime.tv_sec + ru.ru_stime.tv_usec / 1e6;
	printf("{\"sent\":%lu,\"answered\":%lu,\"lost\":%lu,\"late\":%lu,\"bad\":%lu,"
	       "\"tc\":%lu,\"secs\":%.4f,\"qps\":%.0f,"
	       "\"avg_bytes\":%.1f,\"p50_us\":%.1f,\"p99_us\":%.1f,\"p999_us\":%.1f,"
	       "\"gen_cpu_us\":%.3f,\"rcode\":{",
	    sent, got, lost, late, bad, tc, el, got / el, got ? (double)bytes / got : 0,
	    hist_quantile_us(&latency, 0.5), hist_quantile_us(&latency, 0.99),
	    hist_quantile_us(&latency, 0.999), got ? (ucpu + scpu) * 1e6 / got : 0);
	int first = 1;
	for (int i = 0; i < 16; i++)
		if (rc[i]) {
			printf("%s\"%d\":%lu", first ? "" : ",", i, rc[i]);
			first = 0;
		}
	printf("}}\n");
	return 0;
}
