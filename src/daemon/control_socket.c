#include "daemon/control_socket.h"

#include "base/err.h"
#include "base/mem.h"

#include <errno.h>
#include <grp.h>
#include <libgen.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	BACKLOG = 32,
	GROUPS_MAX = 1024
};

static const gid_t no_group = (gid_t)-1;

static gid_t group_of(const struct conf_config *config)
{
	const struct group *gr = config->control_group ? getgrnam(config->control_group)
						       : NULL;
	return gr ? gr->gr_gid : no_group;
}

/* The user the daemon will be; nothing changes hands unless we are root. */
static int give(const char *path, const struct conf_config *config, gid_t gid)
{
	const struct passwd *pw = config->user ? getpwnam(config->user) : NULL;
	if (gid == no_group && pw)
		gid = pw->pw_gid;
	uid_t uid = pw && geteuid() == 0 ? pw->pw_uid : (uid_t)-1;
	return uid == (uid_t)-1 && gid == no_group ? 0 : chown(path, uid, gid);
}

static int make_one(const struct conf_config *config, const char *path)
{
	if (mkdir(path, 0755) < 0)
		return errno == EEXIST ? 0 : KT_E_SYSTEM;
	return give(path, config, no_group) < 0 ? KT_E_SYSTEM : 0;
}

int control_directory_make(const struct conf_config *config, const char *path)
{
	char *copy = kt_strdup(path);
	int rc = 0;
	for (char *slash = copy + 1; !rc && (slash = strchr(slash, '/')); slash++) {
		*slash = 0;
		rc = make_one(config, copy);
		*slash = '/';
	}
	if (!rc)
		rc = make_one(config, copy);
	free(copy);
	return rc;
}

static bool is_served(const struct sockaddr_un *at)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool served = fd >= 0 &&
		      connect(fd, (const struct sockaddr *)at, sizeof(*at)) == 0;
	if (fd >= 0)
		close(fd);
	return served;
}

/* Bound with the mode it shall have: no moment in which others may connect. */
static int bind_new(int fd, const struct sockaddr_un *at)
{
	mode_t before = umask(0117);
	int rc = bind(fd, (const struct sockaddr *)at, sizeof(*at));
	int saved = errno;
	umask(before);
	errno = saved;
	return rc;
}

static int bind_at(int fd, const struct sockaddr_un *at)
{
	struct stat st;
	if (bind_new(fd, at) == 0)
		return 0;
	if (errno != EADDRINUSE || is_served(at))
		return -1;
	if (lstat(at->sun_path, &st) < 0 || !S_ISSOCK(st.st_mode)) {
		errno = EEXIST; /* a file of somebody's */
		return -1;
	}
	return unlink(at->sun_path) < 0 ? -1 : bind_new(fd, at);
}

static int open_at(const struct conf_config *config, const struct sockaddr_un *at)
{
	char *copy = kt_strdup(at->sun_path);
	int rc = control_directory_make(config, dirname(copy));
	free(copy);
	int fd = rc ? -1
		    : socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (bind_at(fd, at) < 0 || give(at->sun_path, config, group_of(config)) < 0 ||
	    listen(fd, BACKLOG) < 0) {
		int saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

int control_socket_open(const struct conf_config *config, char **why)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	const char *path = config->control_socket;
	size_t len = strlen(path);
	*why = NULL;
	if (len >= sizeof(at.sun_path)) {
		*why = kt_format(
		    "its path is longer than %zu octets", sizeof(at.sun_path) - 1);
		return -1;
	}
	if (config->control_group && group_of(config) == no_group) {
		*why = kt_format("there is no group %s", config->control_group);
		return -1;
	}
	memcpy(at.sun_path, path, len);
	int fd = open_at(config, &at);
	if (fd < 0)
		*why = kt_strdup(
		    errno == EADDRINUSE ? "another kotaed serves it" : strerror(errno));
	return fd;
}

static bool in_groups(int fd, gid_t wanted)
{
	gid_t groups[GROUPS_MAX];
	socklen_t len = sizeof(groups);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) < 0)
		return false;
	for (size_t i = 0; i < len / sizeof(*groups); i++)
		if (groups[i] == wanted)
			return true;
	return false;
}

bool control_peer_may_write(int fd, const struct conf_config *config)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return false;
	if (peer.uid == 0 || peer.uid == geteuid())
		return true;
	gid_t wanted = group_of(config);
	return wanted != no_group && (peer.gid == wanted || in_groups(fd, wanted));
}
