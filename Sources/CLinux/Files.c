#include "Files.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <stdio.h>
#include <unistd.h>

const int hako_seek_data = SEEK_DATA, hako_seek_hole = SEEK_HOLE;

int hako_syncfs(int fd) { return syncfs(fd); }

int hako_exchange(const char *path, const char *other) {
    return renameat2(AT_FDCWD, path, AT_FDCWD, other, RENAME_EXCHANGE);
}

int hako_clone_tree(int dirfd, const char *path) {
    return open_tree(dirfd, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
}
