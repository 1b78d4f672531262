/* SPDX-License-Identifier: EUPL-1.2 */
/* Whole files: bounded reading, all-or-nothing writing. */
#include "poterne/base/file.h"

#include "torture.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

struct room {
    char dir[64];
    char path[PT_PATH_MAX];
};

static void enter(struct room *room)
{
    (void)snprintf(room->dir, sizeof room->dir, "/tmp/pt-file-XXXXXX");
    cr_assert_not_null(mkdtemp(room->dir));
}

static const char *in(struct room *room, const char *name)
{
    cr_assert(pt_ok(pt_file_join(room->dir, name, room->path, sizeof room->path)));
    return room->path;
}

static size_t entries(const char *path)
{
    size_t n = 0U;
    DIR *dir = opendir(path);
    cr_assert_not_null(dir);
    for (const struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 ? 1U : 0U;
    }
    (void)closedir(dir);
    return n;
}

static void leave(struct room *room)
{
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf %s", room->dir);
    cr_assert_eq(system(command), 0);
}

Test(file, what_is_not_a_readable_regular_file_is_refused)
{
    struct room room;
    struct pt_buf buf;
    enter(&room);
    pt_buf_init(&buf, 64U);
    pt_status st = pt_file_read(in(&room, "none"), &buf);
    cr_assert_eq(st.code, PT_E_ABSENT);
    cr_assert_eq(st.aux, (uint32_t)ENOENT);
    st = pt_file_read(room.dir, &buf);
    cr_assert_eq(st.code, PT_E_IO);
    cr_assert_eq(st.aux, (uint32_t)EISDIR);
    cr_assert_eq(mkfifo(in(&room, "fifo"), 0600), 0);
    cr_assert_eq(pt_file_read(room.path, &buf).code, PT_E_IO); /* and does not hang */
    cr_assert_eq(buf.len, 0U);
    cr_assert(pt_ok(pt_buf_status(&buf)));
    pt_buf_done(&buf);
    leave(&room);
}

Test(file, the_maximum_of_the_buffer_is_the_bound)
{
    struct room room;
    enter(&room);
    char content[5000];
    memset(content, 'x', sizeof content);
    cr_assert(pt_ok(pt_file_create(in(&room, "f"), pt_slice_of(content, sizeof content), 0600)));
    for (size_t max = sizeof content - 1U; max <= sizeof content + 1U; max++) {
        struct pt_buf buf;
        pt_buf_init(&buf, max);
        const pt_status st = pt_file_read(room.path, &buf);
        cr_assert_eq(st.code, max < sizeof content ? PT_E_LIMIT : PT_OK);
        cr_assert_eq(buf.len, max < sizeof content ? 0U : sizeof content);
        pt_buf_done(&buf);
    }
    leave(&room);
}

Test(file, reading_appends_and_a_failure_leaves_what_was_there)
{
    struct room room;
    struct pt_buf buf;
    enter(&room);
    pt_buf_init(&buf, 8U);
    pt_buf_put_str(&buf, "abc");
    cr_assert(pt_ok(pt_file_create(in(&room, "long"), PT_SLICE("123456"), 0600)));
    cr_assert_eq(pt_file_read(room.path, &buf).code, PT_E_LIMIT);
    cr_assert(pt_slice_eq(pt_buf_slice(&buf), PT_SLICE("abc")));
    cr_assert(pt_ok(pt_file_create(in(&room, "short"), PT_SLICE("12345"), 0600)));
    cr_assert(pt_ok(pt_file_read(room.path, &buf)));
    cr_assert(pt_slice_eq(pt_buf_slice(&buf), PT_SLICE("abc12345")));
    pt_buf_put_byte(&buf, 'x');
    cr_assert_eq(pt_file_read(room.path, &buf).code, PT_E_LIMIT); /* the buffer had failed before */
    pt_buf_done(&buf);
    leave(&room);
}

Test(file, an_empty_file_is_read_and_written)
{
    struct room room;
    struct pt_buf buf = {0};
    enter(&room);
    cr_assert(pt_ok(pt_file_replace(in(&room, "empty"), PT_SLICE_EMPTY, 0600)));
    cr_assert(pt_ok(pt_file_read(room.path, &buf)));
    cr_assert_eq(buf.len, 0U);
    leave(&room);
}

Test(file, out_of_memory_writes_nothing_and_leaves_no_temporary_file)
{
    struct room room;
    struct pt_buf buf;
    enter(&room);
    pt_buf_init(&buf, 64U);
    torture_arm(0U);
    const pt_status written = pt_file_create(in(&room, "f"), PT_SLICE("abc"), 0600);
    torture_disarm();
    cr_assert_eq(written.code, PT_E_NOMEM);
    cr_assert_eq(entries(room.dir), 0U);
    cr_assert(pt_ok(pt_file_create(room.path, PT_SLICE("abc"), 0600)));
    torture_arm(0U);
    const pt_status st = pt_file_read(room.path, &buf);
    torture_disarm();
    cr_assert_eq(st.code, PT_E_NOMEM);
    pt_buf_done(&buf);
    leave(&room);
}

Test(file, create_never_overwrites)
{
    struct room room;
    struct pt_buf buf;
    enter(&room);
    pt_buf_init(&buf, 64U);
    cr_assert(pt_ok(pt_file_create(in(&room, "f"), PT_SLICE("first"), 0600)));
    cr_assert_eq(pt_file_create(room.path, PT_SLICE("second"), 0600).code, PT_E_EXISTS);
    cr_assert(pt_ok(pt_file_read(room.path, &buf)));
    cr_assert(pt_slice_eq(pt_buf_slice(&buf), PT_SLICE("first")));
    cr_assert_eq(entries(room.dir), 1U);
    pt_buf_done(&buf);
    leave(&room);
}

Test(file, create_does_not_follow_a_dangling_link)
{
    struct room room;
    enter(&room);
    cr_assert_eq(symlink("elsewhere", in(&room, "link")), 0);
    cr_assert_eq(pt_file_create(room.path, PT_SLICE("x"), 0600).code, PT_E_EXISTS);
    cr_assert_eq(entries(room.dir), 1U);
    leave(&room);
}

Test(file, replace_changes_content_and_mode_and_leaves_nothing_beside)
{
    struct room room;
    struct pt_buf buf;
    struct stat info;
    enter(&room);
    pt_buf_init(&buf, 64U);
    (void)umask(0077);
    cr_assert(pt_ok(pt_file_replace(in(&room, "f"), PT_SLICE("first"), 0600)));
    cr_assert(pt_ok(pt_file_replace(room.path, PT_SLICE("second"), 0644)));
    cr_assert(pt_ok(pt_file_read(room.path, &buf)));
    cr_assert(pt_slice_eq(pt_buf_slice(&buf), PT_SLICE("second")));
    cr_assert_eq(stat(room.path, &info), 0);
    cr_assert_eq(info.st_mode & 0777U, 0644U);
    cr_assert_eq(entries(room.dir), 1U);
    pt_buf_done(&buf);
    leave(&room);
}

Test(file, a_path_without_folder_is_in_the_current_one)
{
    struct room room;
    enter(&room);
    cr_assert_eq(chdir(room.dir), 0);
    cr_assert(pt_ok(pt_file_create("plain", PT_SLICE("x"), 0600)));
    cr_assert_eq(entries("."), 1U);
    leave(&room);
}

Test(file, impossible_targets_are_refused)
{
    struct room room;
    char name[300];
    enter(&room);
    cr_assert_eq(pt_file_create(in(&room, "absent/f"), PT_SLICE("x"), 0600).code, PT_E_ABSENT);
    cr_assert_eq(pt_file_create(in(&room, ""), PT_SLICE("x"), 0600).code, PT_E_ARG);
    memset(name, 'n', sizeof name);
    name[250] = '\0';
    cr_assert_eq(pt_file_create(in(&room, name), PT_SLICE("x"), 0600).code, PT_E_LIMIT);
    cr_assert_eq(mkdir(in(&room, "d"), 0700), 0);
    cr_assert_eq(pt_file_replace(room.path, PT_SLICE("x"), 0600).code, PT_E_IO);
    cr_assert_eq(entries(room.dir), 1U);
    leave(&room);
}

Test(file, a_write_that_stops_half_way_keeps_the_old_content)
{
    struct room room;
    struct pt_buf buf;
    char large[8192] = {0};
    enter(&room);
    pt_buf_init(&buf, 64U);
    cr_assert(pt_ok(pt_file_create(in(&room, "f"), PT_SLICE("old"), 0600)));
    (void)signal(SIGXFSZ, SIG_IGN);
    const struct rlimit limit = {.rlim_cur = 4096U, .rlim_max = RLIM_INFINITY};
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    const pt_status st = pt_file_replace(room.path, pt_slice_of(large, sizeof large), 0600);
    const struct rlimit none = {.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &none), 0);
    cr_assert_eq(st.code, PT_E_IO);
    cr_assert_eq(st.aux, (uint32_t)EFBIG);
    cr_assert(pt_ok(pt_file_read(room.path, &buf)));
    cr_assert(pt_slice_eq(pt_buf_slice(&buf), PT_SLICE("old")));
    cr_assert_eq(entries(room.dir), 1U);
    pt_buf_done(&buf);
    leave(&room);
}

Test(file, temporary_names_left_by_a_crash_are_stepped_over_but_not_for_ever)
{
    struct room room;
    enter(&room);
    for (unsigned i = 0U; i < 16U; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, ".f.%ld.%u", (long)getpid(), i);
        cr_assert(pt_ok(pt_file_create(in(&room, "f"), PT_SLICE("x"), 0600)), "%u left over", i);
        cr_assert_eq(unlink(room.path), 0);
        const int fd = open(in(&room, name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        cr_assert_geq(fd, 0);
        (void)close(fd);
    }
    const pt_status st = pt_file_create(in(&room, "f"), PT_SLICE("x"), 0600);
    cr_assert_eq(st.code, PT_E_IO); /* not PT_E_EXISTS: the target does not exist */
    cr_assert_eq(entries(room.dir), 16U);
    leave(&room);
}

Test(file, folders_are_made_all_the_way_and_again)
{
    struct room room;
    enter(&room);
    cr_assert(pt_ok(pt_file_mkdirs(in(&room, "a/b//c"), 0750)));
    cr_assert(pt_ok(pt_file_mkdirs(room.path, 0750)));
    cr_assert(pt_ok(pt_file_mkdirs(in(&room, "a/b/d/"), 0750)));
    cr_assert(pt_ok(pt_file_create(in(&room, "a/f"), PT_SLICE("x"), 0600)));
    const pt_status st = pt_file_mkdirs(in(&room, "a/f/g"), 0750);
    cr_assert_eq(st.code, PT_E_IO);
    cr_assert_eq(st.aux, (uint32_t)ENOTDIR);
    cr_assert_eq(pt_file_mkdirs("", 0750).code, PT_E_ARG);
    leave(&room);
}

Test(file, a_folder_path_that_is_too_long_is_refused)
{
    char path[PT_PATH_MAX + 1U];
    memset(path, 'p', sizeof path);
    path[PT_PATH_MAX] = '\0';
    cr_assert_eq(pt_file_mkdirs(path, 0750).code, PT_E_LIMIT);
    path[0] = '/';
    path[PT_PATH_MAX - 2U] = '/';
    cr_assert_neq(pt_file_create(path, PT_SLICE("x"), 0600).code, PT_OK);
}

Test(file, joining_is_exact_about_room)
{
    char out[8] = "keep";
    cr_assert_eq(pt_file_join("abc", "defg", out, sizeof out).code, PT_E_LIMIT);
    cr_assert_eq(pt_file_join("abcdefgh", "", out, sizeof out).code, PT_E_LIMIT);
    cr_assert_eq(pt_file_join("abcdefg", "", out, sizeof out).code, PT_E_LIMIT);
    cr_assert_eq(pt_file_join("a", "b", out, 0U).code, PT_E_LIMIT);
    cr_assert_str_eq(out, "keep");
    cr_assert(pt_ok(pt_file_join("abc", "def", out, sizeof out)));
    cr_assert_str_eq(out, "abc/def");
    cr_assert(pt_ok(pt_file_join("abc/", "def", out, sizeof out)));
    cr_assert_str_eq(out, "abc/def");
    cr_assert(pt_ok(pt_file_join("", "def", out, sizeof out)));
    cr_assert_str_eq(out, "def");
    cr_assert(pt_ok(pt_file_join("/", "d", out, sizeof out)));
    cr_assert_str_eq(out, "/d");
}
