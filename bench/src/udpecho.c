/*
 * bench/src/udpecho.c -- a bare single-threaded UDP "answerer", the floor any DNS server pays
 * to the kernel UDP path.  It sets QR and sends the packet back.
 *
 *   udpecho [-a addr] [-p port] [-b batch] [-P pad_to_bytes] [-m mode]
 *     -b N   recvmmsg/sendmmsg batch (default 64)
 *     -P N   pad every answer with zero bytes up to N bytes (0 = same size)
 *     -m mmsg    recvmmsg(MSG_WAITFORONE) blocking + sendmmsg   (default)
 *     -m single  recvfrom + sendto, one packet per syscall
 *     -m epoll   epoll_wait, then recvmmsg(MSG_DONTWAIT)/sendmmsg until drained
 *     -m gso     as mmsg, but runs of equal-size answers to the same peer go out
 *                as one UDP_SEGMENT (GSO) message
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAXB  256
#define BUFSZ 2048
#ifndef UDP_SEGMENT
 #define UDP_SEGMENT 103
#endif
#ifndef SOL_UDP
 #define SOL_UDP 17
#endif

static unsigned char buf[MAXB][BUFSZ];
static struct sockaddr_storage peer[MAXB];
static struct iovec iov[MAXB], oiov[MAXB];
static struct mmsghdr in[MAXB], out[MAXB];
static char ctl[MAXB][CMSG_SPACE(sizeof(unsigned short))];

static void die(const char *s)
{
	perror(s);
	exit(1);
}

int main(int argc, char **argv)
{
	const char *addr = "127.0.0.1", *mode = "mmsg";
	int port = 5399, batch = 64, pad = 0, c;
	while ((c = getopt(argc, argv, "a:p:b:P:m:")) != -1) {
		switch (c) {
		case 'a':
			addr = optarg;
			break;
		case 'p':
			port = atoi(optarg);
			break;
		case 'b':
			batch = atoi(optarg);
			break;
		case 'P':
			pad = atoi(optarg);
			break;
		case 'm':
			mode = optarg;
			break;
		default:
			return 2;
		}
	}
	if (batch < 1 || batch > MAXB || pad < 0 || pad > BUFSZ)
		return 2;

	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(port) };
	if (inet_pton(AF_INET, addr, &sa.sin_addr) != 1)
		return 2;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0)
		die("socket");
	int sz = 1 << 20, one = 1;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &sz, sizeof sz);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &sz, sizeof sz);
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
	if (bind(fd, (void *)&sa, sizeof sa))
		die("bind");

	if (!strcmp(mode, "single")) {
		for (;;) {
			socklen_t sl = sizeof peer[0];
			ssize_t n = recvfrom(
			    fd, buf[0], BUFSZ, 0, (void *)&peer[0], &sl);
			if (n < 12)
				continue;
			buf[0][2] |= 0x80;
			if (n < pad) {
				memset(buf[0] + n, 0, pad - n);
				n = pad;
			}
			sendto(fd, buf[0], n, 0, (void *)&peer[0], sl);
		}
	}

	int use_epoll = !strcmp(mode, "epoll"), gso = !strcmp(mode, "gso"), ep = -1;
	if (use_epoll) {
		ep = epoll_create1(0);
		struct epoll_event ev = { .events = EPOLLIN };
		if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev))
			die("epoll_ctl");
	}
	for (int i = 0; i < batch; i++) {
		iov[i].iov_base = buf[i];
		in[i].msg_hdr.msg_iov = &iov[i];
		in[i].msg_hdr.msg_iovlen = 1;
		in[i].msg_hdr.msg_name = &peer[i];
	}
	for (;;) {
		if (use_epoll) {
			struct epoll_event ev;
			if (epoll_wait(ep, &ev, 1, -1) < 0)
				continue;
		}
		for (;;) {
			for (int i = 0; i < batch; i++) {
				iov[i].iov_len = BUFSZ;
				in[i].msg_hdr.msg_namelen = sizeof peer[i];
			}
			int n = recvmmsg(fd, in, batch,
			    use_epoll ? MSG_DONTWAIT : MSG_WAITFORONE, NULL);
			if (n <= 0)
				break;
			int m = 0, prev = -1;
			for (int i = 0; i < n; i++) {
				unsigned len = in[i].msg_len;
				if (len < 12)
					continue;
				buf[i][2] |= 0x80;
				if ((int)len < pad) {
					memset(buf[i] + len, 0, pad - len);
					len = pad;
				}
				oiov[i].iov_base = buf[i];
				oiov[i].iov_len = len;
				if (gso && prev >= 0 && oiov[i - 1].iov_len == len &&
				    out[prev].msg_hdr.msg_iov +
					    out[prev].msg_hdr.msg_iovlen ==
					&oiov[i] &&
				    out[prev].msg_hdr.msg_iovlen * len + len < 60000 &&
				    !memcmp(out[prev].msg_hdr.msg_name, &peer[i],
					sizeof(struct sockaddr_in))) {
					out[prev].msg_hdr.msg_iovlen++;
					out[prev].msg_hdr.msg_control = ctl[prev];
					out[prev].msg_hdr.msg_controllen =
					    sizeof ctl[prev];
					struct cmsghdr *cm = CMSG_FIRSTHDR(
					    &out[prev].msg_hdr);
					cm->cmsg_level = SOL_UDP;
					cm->cmsg_type = UDP_SEGMENT;
					cm->cmsg_len = CMSG_LEN(sizeof(unsigned short));
					unsigned short seg = len;
					memcpy(CMSG_DATA(cm), &seg, sizeof seg);
					continue;
				}
				memset(&out[m].msg_hdr, 0, sizeof out[m].msg_hdr);
				out[m].msg_hdr.msg_name = &peer[i];
				out[m].msg_hdr.msg_namelen = in[i].msg_hdr.msg_namelen;
				out[m].msg_hdr.msg_iov = &oiov[i];
				out[m].msg_hdr.msg_iovlen = 1;
				prev = m++;
			}
			for (int off = 0; off < m;) {
				int k = sendmmsg(fd, out + off, m - off, 0);
				if (k <= 0) {
					if (errno == EINTR)
						continue;
					off++;
					continue;
				}
				off += k;
			}
			if (!use_epoll)
				break;
			if (n < batch)
				break;
		}
	}
}
