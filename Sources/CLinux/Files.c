#include "Files.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

const int hako_seek_data = SEEK_DATA, hako_seek_hole = SEEK_HOLE;

int hako_syncfs(int fd) { return syncfs(fd); }

int hako_clone_tree(int dirfd, const char *path) {
    return open_tree(dirfd, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
}
