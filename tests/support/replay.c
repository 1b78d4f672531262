/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Runs a fuzz target over the files of its corpus with an ordinary compiler: what fuzzing found
 * once stays found. An empty corpus is a failure, not a success.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX (1U << 22)

static bool replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return false;
    }
    uint8_t *room = malloc(INPUT_MAX);
    const size_t n = room != NULL ? fread(room, 1U, INPUT_MAX, file) : 0U;
    (void)fclose(file);
    /* An allocation of exactly n bytes: the sanitizer sees the first byte read past it. */
    uint8_t *exact = malloc(n > 0U ? n : 1U);
    const bool ready = room != NULL && exact != NULL;
    for (size_t i = 0U; ready && i < n; i++) {
        exact[i] = room[i];
    }
    free(room);
    if (ready) {
        (void)LLVMFuzzerTestOneInput(exact, n);
    }
    free(exact);
    return ready;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fputs("usage: replay CORPUS\n", stderr);
        return 2;
    }
    DIR *folder = opendir(argv[1]);
    if (folder == NULL) {
        perror(argv[1]);
        return 1;
    }
    unsigned seen = 0U;
    bool ok = true;
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        char path[4096];
        (void)snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        ok = replay(path) && ok;
        seen++;
    }
    (void)closedir(folder);
    (void)printf("Replayed: %u\n", seen);
    return ok && seen > 0U ? 0 : 1;
}
