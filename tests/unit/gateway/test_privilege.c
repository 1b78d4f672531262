/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * gateway/proc/privilege: what a process gives up, and that it cannot take it back. Each test does
 * it in a forked child; the child's exit code is the number of the line that was not as it should.
 */
#include "gateway/proc/proc_int.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534U

/* --- in the child --- */

#define MUST(cond)                                                                                 \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            return __LINE__;                                                                       \
        }                                                                                          \
    } while (0)

static void in_child(int (*what)(void))
{
    int ends[2];
    int line = -1;
    int status = 0;
    cr_assert_eq(pipe(ends), 0);
    const pid_t pid = fork();
    if (pid == 0) {
        const int bad = what();
        (void)!write(ends[1], &bad, sizeof bad);
        _exit(0);
    }
    (void)close(ends[1]);
    cr_assert_eq(read(ends[0], &line, sizeof line), (ssize_t)sizeof line);
    (void)close(ends[0]);
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_expect_eq(line, 0, "line %d", line);
}

static void as_root(int (*what)(void))
{
    if (geteuid() != 0U) {
        cr_skip_test("needs root");
    }
    in_child(what);
}

static bool has_no_capability(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    struct __user_cap_data_struct sets[2];
    memset(sets, 0xFF, sizeof sets);
    if (syscall(SYS_capget, &header, sets) != 0) {
        return false;
    }
    uint32_t all = 0U;
    for (size_t i = 0U; i < PT_COUNT(sets); i++) {
        all |= sets[i].effective | sets[i].permitted | sets[i].inheritable;
    }
    for (unsigned long cap = 0U; cap <= CAP_LAST_CAP; cap++) {
        all |= prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0UL, 0UL) == 1 ? 1U : 0U;
    }
    return all == 0U;
}

static bool is_entirely(uid_t uid)
{
    uid_t u[3];
    gid_t g[3];
    return getresuid(&u[0], &u[1], &u[2]) == 0 && getresgid(&g[0], &g[1], &g[2]) == 0 &&
           u[0] == uid && u[1] == uid && u[2] == uid && g[0] == (gid_t)uid && g[1] == (gid_t)uid &&
           g[2] == (gid_t)uid;
}

/* --- harden (SYS-01, CRY-08) --- */

static int harden(void)
{
    struct rlimit core;
    int on_death = 0;
    MUST(pt_ok(pt_process_harden()));
    MUST(prctl(PR_GET_DUMPABLE, 0L, 0L, 0L, 0L) == 0);
    MUST(prctl(PR_GET_NO_NEW_PRIVS, 0L, 0L, 0L, 0L) == 1);
    MUST(getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_cur == 0U && core.rlim_max == 0U);
    MUST(prctl(PR_GET_PDEATHSIG, (unsigned long)&on_death, 0L, 0L, 0L) == 0);
    MUST(on_death == SIGTERM);
    MUST(umask(0) == 077);
    return 0;
}

Test(privilege, a_hardened_process_leaves_no_dump_and_gains_nothing, .description = "SYS-01 CRY-08")
{
    in_child(harden);
}

static int core_limit_stays(void)
{
    const struct rlimit some = {.rlim_cur = 1024U, .rlim_max = 1024U};
    MUST(pt_ok(pt_process_harden()));
    MUST(pt_ok(pt_process_drop("", NOBODY)));
    MUST(setrlimit(RLIMIT_CORE, &some) != 0);
    return 0;
}

Test(privilege, who_has_dropped_cannot_raise_its_core_limit_again)
{
    as_root(core_limit_stays);
}

/* --- drop (SYS-02) --- */

static int unknown_user(void)
{
    MUST(pt_process_drop("no-such-user-here", NOBODY).code == PT_E_ABSENT);
    return 0;
}

Test(privilege, a_user_that_does_not_exist_is_refused)
{
    as_root(unknown_user);
}

static int root_by_name(void)
{
    MUST(pt_process_drop("root", NOBODY).code == PT_E_ARG);
    return 0;
}

Test(privilege, becoming_root_is_no_dropping)
{
    as_root(root_by_name);
}

static int become_nobody(void)
{
    const gid_t groups[] = {0U, 4U, 6U};
    MUST(setgroups(PT_COUNT(groups), groups) == 0);
    MUST(pt_ok(pt_process_harden()));
    MUST(pt_ok(pt_process_drop("", NOBODY)));
    MUST(is_entirely(NOBODY));
    MUST(getgroups(0, NULL) == 0);
    MUST(has_no_capability());
    MUST(setuid(0U) != 0 && setresuid(0U, 0U, 0U) != 0 && seteuid(0U) != 0);
    MUST(setgid(0U) != 0 && setgroups(1U, groups) != 0);
    MUST(prctl(PR_GET_DUMPABLE, 0L, 0L, 0L, 0L) == 0); /* a change of user would set it again */
    int on_death = 0;
    MUST(prctl(PR_GET_PDEATHSIG, (unsigned long)&on_death, 0L, 0L, 0L) == 0);
    MUST(on_death == SIGTERM);
    return 0;
}

Test(privilege, who_becomes_nobody_has_no_group_no_capability_and_no_way_back,
     .description = "SYS-02")
{
    as_root(become_nobody);
}

static int become_named(void)
{
    const struct passwd *entry = getpwnam("nobody");
    MUST(entry != NULL);
    const uid_t uid = entry->pw_uid;
    MUST(pt_ok(pt_process_drop("nobody", 12345U)));
    MUST(getuid() == uid && geteuid() == uid);
    MUST(has_no_capability());
    return 0;
}

Test(privilege, a_named_user_goes_before_the_fallback)
{
    as_root(become_named);
}

static int keep_user(void)
{
    MUST(pt_ok(pt_process_harden()));
    MUST(pt_ok(pt_process_drop("", (uid_t)-1)));
    MUST(geteuid() == 0U);
    MUST(has_no_capability());
    MUST(setresuid(NOBODY, NOBODY, NOBODY) != 0); /* not even another user without CAP_SETUID */
    for (unsigned long cap = 0U; cap <= CAP_LAST_CAP; cap++) {
        MUST(prctl(PR_CAPBSET_READ, cap, 0UL, 0UL, 0UL) != 1);
    }
    return 0;
}

Test(privilege, root_without_another_user_keeps_its_number_and_no_capability)
{
    as_root(keep_user);
}

/* As a service manager with AmbientCapabilities= starts a daemon. */
static int drop_without_root(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    struct __user_cap_data_struct sets[2] = {{0}};
    const uint32_t bind = 1U << CAP_NET_BIND_SERVICE;
    MUST(prctl(PR_SET_KEEPCAPS, 1L, 0L, 0L, 0L) == 0);
    MUST(setresuid(NOBODY, NOBODY, NOBODY) == 0);
    sets[0] =
        (struct __user_cap_data_struct){.effective = bind, .permitted = bind, .inheritable = bind};
    MUST(syscall(SYS_capset, &header, sets) == 0);
    MUST(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, (unsigned long)CAP_NET_BIND_SERVICE, 0UL,
               0UL) == 0);
    MUST(!has_no_capability());
    MUST(pt_ok(pt_process_drop("", NOBODY)));
    MUST(has_no_capability());
    return 0;
}

Test(privilege, capabilities_given_to_another_user_than_root_go_too)
{
    as_root(drop_without_root);
}

static int drop_twice(void)
{
    MUST(pt_ok(pt_process_drop("", NOBODY)));
    MUST(pt_ok(pt_process_drop("", NOBODY)));
    MUST(geteuid() != 0U);
    return 0;
}

Test(privilege, dropping_again_changes_nothing)
{
    as_root(drop_twice);
}
