/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What a process gives up before it works (SYS-01, SYS-02, CRY-08): core dumps, ptrace, new
 * privileges, its user, its groups, its capabilities. Order matters: groups before user,
 * capabilities last, and a check that none of it can be taken back.
 */
#include "gateway/proc/proc_int.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

PT_RESULT pt_process_no_dump(void)
{
    const struct rlimit none = {0};
    if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L) != 0) {
        return PT_FAIL_AUX(PT_E_IO, errno);
    }
    return PT_SUCCESS;
}

PT_RESULT pt_process_harden(void)
{
    PT_TRY(pt_process_no_dump());
    (void)umask(077);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) != 0 ||
        prctl(PR_SET_PDEATHSIG, (long)SIGTERM, 0L, 0L, 0L) != 0) {
        return PT_FAIL_AUX(PT_E_IO, errno);
    }
    return PT_SUCCESS;
}

/* Without CAP_SETPCAP the bounding set cannot change; PR_SET_NO_NEW_PRIVS makes it idle anyway. */
static PT_RESULT drop_bounding_set(void)
{
    for (long cap = 0; cap <= CAP_LAST_CAP; cap++) {
        if (prctl(PR_CAPBSET_DROP, cap, 0L, 0L, 0L) != 0 && errno != EINVAL && errno != EPERM) {
            return PT_FAIL_AUX(PT_E_IO, errno);
        }
    }
    return PT_SUCCESS;
}

/* Permitted, effective and inheritable; what is ambient goes with them. */
static PT_RESULT drop_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    const struct __user_cap_data_struct none[2] = {0};
    if (syscall(SYS_capset, &header, none) != 0) {
        return PT_FAIL_AUX(PT_E_IO, errno);
    }
    return PT_SUCCESS;
}

static PT_RESULT become(uid_t uid, gid_t gid)
{
    if (setgroups(0U, NULL) != 0 || setresgid(gid, gid, gid) != 0 ||
        setresuid(uid, uid, uid) != 0) {
        return PT_FAIL_AUX(PT_E_IO, errno);
    }
    /* setresuid() clears what harden() set about parents and dumps */
    if (prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L) != 0 ||
        prctl(PR_SET_PDEATHSIG, (long)SIGTERM, 0L, 0L, 0L) != 0) {
        return PT_FAIL_AUX(PT_E_IO, errno);
    }
    PT_BUG_ON(setresuid(0U, 0U, 0U) == 0);
    return PT_SUCCESS;
}

static PT_RESULT change_user(const char *user, uid_t fallback_uid)
{
    if (user[0] != '\0') {
        const struct passwd *entry = getpwnam(user);
        PT_ENSURE(entry != NULL, PT_E_ABSENT);
        PT_ENSURE(entry->pw_uid != 0U, PT_E_ARG);
        return become(entry->pw_uid, entry->pw_gid);
    }
    return fallback_uid != (uid_t)-1 ? become(fallback_uid, (gid_t)fallback_uid) : PT_SUCCESS;
}

/* A service manager may start another user than root with capabilities: they go too. */
PT_RESULT pt_process_drop(const char *user, uid_t fallback_uid)
{
    PT_TRY(drop_bounding_set());
    if (geteuid() == 0U) {
        PT_TRY(change_user(user, fallback_uid));
    }
    return drop_capabilities();
}
