// By itself: linux/fs.h and sys/mount.h do not go together.
#include "Files.h"

#include <linux/fs.h>
#include <sys/ioctl.h>

int hako_mark_top_of_hierarchy(int fd) {
    int flags = 0;
    if (ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0) return -1;
    flags |= FS_TOPDIR_FL;
    return ioctl(fd, FS_IOC_SETFLAGS, &flags);
}
