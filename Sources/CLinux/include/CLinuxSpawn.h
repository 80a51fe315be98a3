// posix_spawn's GNU parts (closefrom, setsid), which Swift's view of glibc leaves out.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

// Starts a program whose descriptors are exactly targets[i] = sources[i]; every source is above every target, and
// `highest` is the highest target. No signal is blocked or ignored in it. -1 and errno when it cannot be executed.
pid_t hako_spawn(const char *path, char *const argv[], char *const envp[], const int *targets, const int *sources,
                 size_t count, int highest, bool new_session);

// environ(7): Swift does not import a mutable global.
char *const *hako_environment(void);
