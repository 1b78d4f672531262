/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * files.c -- names and bytes for the commands of poterne-pki. Secrets are 0400, never
 * overwritten, and take the owner of the folder they land in: run by root, the tool leaves the
 * scribe's keys to the scribe. Layer 1 (pki).
 */
#include "pki/cli/tool_int.h"
#include "poterne/base/file.h"
#include "poterne/base/limits.h"
#include "poterne/pki/policy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *text3(struct tool *tool, pt_slice a, const char *b, const char *c)
{
    struct pt_buf text;
    pt_slice copy = PT_SLICE_EMPTY;
    pt_buf_init(&text, PT_PATH_MAX - 1U);
    pt_buf_put(&text, a);
    pt_buf_put_str(&text, b);
    pt_buf_put_str(&text, c);
    pt_status st = pt_buf_status(&text);
    if (pt_ok(st)) {
        st = pt_arena_dup(tool->arena, pt_buf_slice(&text), &copy);
    }
    pt_buf_done(&text);
    return pt_ok(st) ? copy.ptr : NULL;
}

const char *tool_join(struct tool *tool, const char *dir, const char *name)
{
    const size_t n = strlen(dir);
    return text3(tool, pt_slice_str(dir), n > 0U && dir[n - 1U] == '/' ? "" : "/", name);
}

const char *tool_dir(struct tool *tool, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL) {
        return ".";
    }
    const size_t n = slash == path ? 1U : (size_t)(slash - path);
    return text3(tool, pt_slice_of(path, n), "", "");
}

const char *tool_beside(struct tool *tool, const char *path, const char *name)
{
    const char *dir = tool_dir(tool, path);
    return dir != NULL ? tool_join(tool, dir, name) : NULL;
}

const char *tool_key_beside(struct tool *tool, const char *cert_path)
{
    static const size_t suffix = sizeof(".pem") - 1U;
    const size_t n = strlen(cert_path);
    const bool pem = n > suffix && strcmp(cert_path + n - suffix, ".pem") == 0;
    return text3(tool, pt_slice_of(cert_path, pem ? n - suffix : n), ".key", "");
}

bool tool_exists(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0 || errno != ENOENT;
}

PT_RESULT tool_lock(struct tool *tool)
{
    const char *dir = tool_dir(tool, tool->site.client_crl);
    PT_ENSURE(dir != NULL, PT_E_NOMEM);
    tool->lock = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (tool->lock < 0) {
        return errno == ENOENT || errno == ENOTDIR
                   ? PT_SUCCESS
                   : tool_fail(tool, dir, PT_FAIL_AUX(PT_E_IO, errno));
    }
    return flock(tool->lock, LOCK_EX) == 0 ? PT_SUCCESS
                                           : tool_fail(tool, dir, PT_FAIL_AUX(PT_E_IO, errno));
}

/* The owner of the folder could have put another file of root's under this name meanwhile. */
static bool is_ours(int fd)
{
    struct stat info;
    return fstat(fd, &info) == 0 && info.st_uid == 0U &&
           (S_ISDIR(info.st_mode) || (S_ISREG(info.st_mode) && info.st_nlink == 1U));
}

/* Best effort: without the right to give files away, the operator keeps them. */
static void give_to_owner_of_folder(struct tool *tool, const char *path)
{
    struct stat info;
    const char *dir = tool_dir(tool, path);
    if (geteuid() != 0U || dir == NULL || stat(dir, &info) != 0 || info.st_uid == 0U) {
        return;
    }
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 || !is_ours(fd) || fchown(fd, info.st_uid, info.st_gid) != 0) {
        (void)tool_refuse(tool, path,
                          "ce fichier reste à root : donnez-le au propriétaire du dossier",
                          PT_FAIL(PT_E_IO));
    }
    if (fd >= 0) {
        (void)close(fd);
    }
}

PT_RESULT tool_mkdirs(struct tool *tool, const char *path, mode_t mode)
{
    if (tool_exists(path)) {
        return PT_SUCCESS;
    }
    const pt_status st = pt_file_mkdirs(path, mode);
    if (!pt_ok(st)) {
        return tool_fail(tool, path, st);
    }
    give_to_owner_of_folder(tool, path);
    return PT_SUCCESS;
}

static pt_status written(struct tool *tool, const char *path, pt_status st)
{
    if (!pt_ok(st)) {
        return tool_fail(tool, path, st);
    }
    give_to_owner_of_folder(tool, path);
    (void)fprintf(tool->cli->out, "créé   %s\n", path);
    return PT_SUCCESS;
}

static pt_status folder_of(struct tool *tool, const char *path, mode_t mode)
{
    const char *dir = tool_dir(tool, path);
    PT_ENSURE(dir != NULL, PT_E_NOMEM);
    return tool_mkdirs(tool, dir, (mode & S_IROTH) != 0U ? 0755 : 0700);
}

PT_RESULT tool_write(struct tool *tool, const char *path, pt_slice bytes, mode_t mode)
{
    PT_TRY(folder_of(tool, path, mode));
    return written(tool, path, pt_file_create(path, bytes, mode));
}

PT_RESULT tool_replace(struct tool *tool, const char *path, pt_slice bytes, mode_t mode)
{
    PT_TRY(folder_of(tool, path, mode));
    return written(tool, path, pt_file_replace(path, bytes, mode));
}

static pt_status sync_folder(struct tool *tool, const char *path)
{
    const char *dir = tool_dir(tool, path);
    PT_ENSURE(dir != NULL, PT_E_NOMEM);
    const int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return PT_FAIL_AUX(PT_E_IO, errno);
    }
    const pt_status st = fsync(fd) == 0 ? PT_SUCCESS : PT_FAIL_AUX(PT_E_IO, errno);
    (void)close(fd);
    return st;
}

PT_RESULT tool_rename(struct tool *tool, const char *from, const char *to)
{
    pt_status st = rename(from, to) == 0 ? PT_SUCCESS : PT_FAIL_AUX(PT_E_IO, errno);
    if (pt_ok(st)) {
        st = sync_folder(tool, to);
    }
    if (!pt_ok(st)) {
        return tool_fail(tool, to, st);
    }
    (void)fprintf(tool->cli->out, "placé  %s\n", to);
    return PT_SUCCESS;
}

PT_RESULT tool_keep_copy(struct tool *tool, const char *path, const char *copy)
{
    PT_ENSURE(path != NULL && copy != NULL, PT_E_NOMEM);
    PT_TRY(folder_of(tool, copy, 0400));
    if (link(path, copy) != 0 && errno != EEXIST) {
        return tool_fail(tool, copy, PT_FAIL_AUX(PT_E_IO, errno));
    }
    (void)fprintf(tool->cli->out, "gardé  %s\n", copy);
    return sync_folder(tool, copy);
}

void tool_kept(const struct tool *tool, const char *path)
{
    (void)fprintf(tool->cli->out, "gardé  %s\n", path);
}

PT_RESULT tool_read(struct tool *tool, const char *path, struct pt_buf *out)
{
    const pt_status st = pt_file_read(path, out);
    return pt_ok(st) ? st : tool_fail(tool, path, st);
}

static pt_status key_read(struct tool *tool, const char *path, struct pt_buf *pem)
{
    const pt_status st = pt_key_file_read(path, pem);
    if (st.code == PT_E_DENIED) {
        return tool_refuse(tool, path,
                           "ce fichier de clé est accessible à d'autres que son propriétaire ; "
                           "faites : chmod 0400 (SYS-04)",
                           st);
    }
    return pt_ok(st) ? st : tool_fail(tool, path, st);
}

PT_RESULT tool_key_load(struct tool *tool, const char *path, struct pt_key **ret_key)
{
    struct pt_buf pem;
    pt_buf_init(&pem, PT_SECRET_FILE_MAX);
    pt_status st = key_read(tool, path, &pem);
    if (pt_ok(st)) {
        st = pt_key_from_pem(pt_buf_slice(&pem), ret_key);
        if (!pt_ok(st)) {
            st = tool_refuse(tool, path, "ce n'est pas une clé P-256 ou Ed25519 PKCS#8 sans phrase",
                             st);
        }
    }
    pt_buf_done(&pem);
    return st;
}

static pt_status key_write(struct tool *tool, const char *path, const struct pt_key *key)
{
    struct pt_buf pem;
    pt_buf_init(&pem, PT_SECRET_FILE_MAX);
    pt_status st = pt_key_to_pem(key, &pem);
    if (pt_ok(st)) {
        st = tool_write(tool, path, pt_buf_slice(&pem), 0400);
    } else {
        st = tool_fail(tool, path, st);
    }
    pt_buf_done(&pem);
    return st;
}

static pt_status key_make(struct tool *tool, const char *path, enum pt_key_kind kind,
                          struct pt_key **ret_key)
{
    struct pt_key *key = NULL;
    const char *name = kind == PT_KEY_P256 ? "p-256" : "ed25519";
    pt_status st = pt_policy_require(name, 256U, tool_days(tool));
    if (pt_ok(st)) {
        st = pt_key_generate(kind, &key);
    }
    if (!pt_ok(st)) {
        return tool_fail(tool, path, st);
    }
    st = key_write(tool, path, key);
    if (!pt_ok(st)) {
        (void)pt_key_free(key);
        return st;
    }
    *ret_key = key;
    return PT_SUCCESS;
}

PT_RESULT tool_key_ensure(struct tool *tool, const char *path, enum pt_key_kind kind,
                          struct pt_key **ret_key)
{
    PT_ENSURE(path != NULL, PT_E_NOMEM);
    if (!tool_exists(path)) {
        return key_make(tool, path, kind, ret_key);
    }
    struct pt_key *key = NULL;
    PT_TRY(tool_key_load(tool, path, &key));
    if (pt_key_kind(key) != kind) {
        (void)pt_key_free(key);
        return tool_refuse(tool, path, "cette clé n'est pas du type attendu", PT_FAIL(PT_E_DENIED));
    }
    tool_kept(tool, path);
    *ret_key = key;
    return PT_SUCCESS;
}
