#include "daemon/sandbox.h"

#include "base/log.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static int report(struct kt_errs *errs, int code, const char *what, const char *who)
{
	return kt_errs_add(errs, KT_ERROR, code, NULL, 0, 0, NULL, "%s %s: %s", what,
	    who, code == KT_E_SYSTEM ? strerror(errno) : kt_strerror(code));
}

static int find_ids(
    const char *user, const char *group, struct kt_errs *errs, uid_t *uid, gid_t *gid)
{
	const struct passwd *pw = getpwnam(user);
	if (!pw)
		return report(errs, KT_E_NOT_FOUND, "user", user);
	*uid = pw->pw_uid;
	*gid = pw->pw_gid;
	if (!group)
		return 0;
	const struct group *gr = getgrnam(group);
	if (!gr)
		return report(errs, KT_E_NOT_FOUND, "group", group);
	*gid = gr->gr_gid;
	return 0;
}

int sandbox_drop_user(const char *user, const char *group, struct kt_errs *errs)
{
	uid_t uid = (uid_t)-1;
	gid_t gid = (gid_t)-1;
	if (user) {
		int rc = find_ids(user, group, errs, &uid, &gid);
		if (rc)
			return rc;
		if (uid != geteuid() || gid != getegid()) {
			capng_clear(CAPNG_SELECT_BOTH);
			capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED,
			    CAP_NET_BIND_SERVICE);
			if (capng_change_id((int)uid, (int)gid,
				CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING)) {
				return report(errs, KT_E_SYSTEM, "cannot become", user);
			}
			log_info("sandbox: user=%s uid=%u gid=%u", user, uid, gid);
		}
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return report(errs, KT_E_SYSTEM, "cannot set", "no_new_privs");
	return 0;
}
