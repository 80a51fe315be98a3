// What Glibc hides behind _GNU_SOURCE, which Swift's importer does not define.
#pragma once

// All of a file system that holds `fd` is on disk when it returns.
int hako_syncfs(int fd);

// Two names change places, at once: renameat2(2) with RENAME_EXCHANGE.
int hako_exchange(const char *path, const char *other);

// A tree as a detached mount of its own, without the mounts below it: open_tree(2) with OPEN_TREE_CLONE.
int hako_clone_tree(int dirfd, const char *path);

// The values of lseek(2)'s `whence` for sparse files.
extern const int hako_seek_data, hako_seek_hole;

// The flags of an inode are ioctl_iflags(2), whose numbers are macros: sets FS_TOPDIR_FL.
int hako_mark_top_of_hierarchy(int fd);
