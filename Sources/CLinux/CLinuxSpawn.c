#include "CLinuxSpawn.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

char *const *hako_environment(void) { return environ; }

static int describe(posix_spawn_file_actions_t *actions, const int *targets, const int *sources, size_t count, int highest) {
    for (int target = 0; target <= highest; target++) {
        int e = 0, source = -1;
        for (size_t i = 0; i < count; i++)
            if (targets[i] == target) source = sources[i];
        e = source < 0 ? posix_spawn_file_actions_addclose(actions, target)
                       : posix_spawn_file_actions_adddup2(actions, source, target);
        if (e) return e;
    }
    return posix_spawn_file_actions_addclosefrom_np(actions, highest + 1);
}

pid_t hako_spawn(const char *path, char *const argv[], char *const envp[], const int *targets, const int *sources,
                 size_t count, int highest, bool new_session) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    pid_t pid = -1;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int e = posix_spawn_file_actions_init(&actions);
    if (e) return errno = e, -1;
    e = posix_spawnattr_init(&attributes);
    if (!e) {
        short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | (new_session ? POSIX_SPAWN_SETSID : 0);
        e = describe(&actions, targets, sources, count, highest);
        if (!e) e = posix_spawnattr_setsigmask(&attributes, &none);
        if (!e) e = posix_spawnattr_setsigdefault(&attributes, &all);
        if (!e) e = posix_spawnattr_setflags(&attributes, flags);
        if (!e) e = posix_spawn(&pid, path, &actions, &attributes, argv, envp);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return e ? (errno = e, -1) : pid;
}
