// What Swift cannot say of the kernel's interface: system calls without a libc wrapper, variadic functions, macros.
// No policy here; every function returns what the system call does, with errno set.
#pragma once

#include "CLinuxSpawn.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <sys/types.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <termios.h>
#include <unistd.h>

// clone3 has no wrapper. The child continues in the caller's code, as after fork(2).
pid_t hako_clone3(uint64_t flags, int *pidfd, int exit_signal, int cgroup_fd);

// execveat with AT_EMPTY_PATH is declared only with _GNU_SOURCE.
int hako_execute_descriptor(int fd, char *const argv[], char *const envp[]);

// memfd_create is declared only with _GNU_SOURCE; close-on-exec.
int hako_memfd(const char *name);

// openat2 has no wrapper.
int hako_openat2(int dirfd, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve);

// pivot_root has no wrapper.
int hako_pivot_root(const char *new_root, const char *put_old);

// fsconfig's constants and ioctl, fcntl and prctl are variadic or enum macros that Swift does not import.
int hako_fsconfig_string(int fs, const char *key, const char *value);
int hako_fsconfig_flag(int fs, const char *key);
int hako_fsconfig_create(int fs);
int hako_ioctl_int(int fd, unsigned long request, long argument);
int hako_ioctl_pointer(int fd, unsigned long request, void *argument);
int hako_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d);
int hako_fcntl_int(int fd, int command, int argument);
int hako_open(const char *path, int flags, mode_t mode);
int hako_openat(int dirfd, const char *path, int flags, mode_t mode);

// The capability system calls have no wrapper; 64-bit masks over the version 3 ABI.
int hako_capset(uint64_t effective, uint64_t permitted, uint64_t inheritable);
int hako_capget(uint64_t *effective, uint64_t *permitted, uint64_t *inheritable);

// keyctl(KEYCTL_JOIN_SESSION_KEYRING) lives in libkeyutils otherwise.
long hako_join_session_keyring(const char *name);

// seccomp(2) has no wrapper: installs a filter of `count` instructions of 8 bytes.
int hako_seccomp_set_filter(unsigned int flags, const void *instructions, unsigned short count);

// bpf(2) has no wrapper: a cgroup device program, loaded, and attached to a cgroup directory.
int hako_bpf_load_cgroup_device(const void *instructions, uint32_t count, char *log, uint32_t log_size);
int hako_bpf_attach_cgroup_device(int cgroup_fd, int program_fd);

// A message with up to 32 descriptors: CMSG_* are macros.
ssize_t hako_send_descriptors(int socket, const void *data, size_t size, const int *fds, size_t count);
// `*count` is how many fit on entry, how many came on return; all are close-on-exec.
ssize_t hako_receive_descriptors(int socket, void *data, size_t size, int *fds, size_t *count);

// Brings an interface of this network namespace up (SIOCGIFFLAGS, SIOCSIFFLAGS on struct ifreq, a union).
int hako_interface_up(const char *name);

// Declared only with _GNU_SOURCE, which Swift's Glibc module is built without.
int hako_setns(int fd, int kind);
int hako_unshare(int flags);
int hako_accept(int socket);
int hako_accept_nonblocking(int socket, struct sockaddr *address, socklen_t *size);
int hako_pipe(int fds[2]);
int hako_close_on_exec_from(unsigned int first);
int hako_close_from(unsigned int first);
int hako_prlimit(pid_t pid, int resource, uint64_t soft, uint64_t hard);

// The W* macros of wait(2): 0-255 for an exit, 128 + n for a signal.
int hako_exit_code(int status);

// set*id for this thread only, without glibc's signal to threads there are none of; also valid after a raw clone.
int hako_setresuid(uint32_t uid);
int hako_setresgid(uint32_t gid);
int hako_setgroups(const uint32_t *groups, size_t count);

// Values of macros whose types Swift does not import.
extern const unsigned long hako_tiocsctty, hako_tiocgwinsz, hako_tiocswinsz, hako_tiocgptpeer, hako_tiocsptlck;
extern const uint64_t hako_clone_newtime, hako_clone_into_cgroup, hako_clone_pidfd;
extern const uint64_t hako_resolve_in_root, hako_resolve_no_magiclinks, hako_resolve_no_symlinks,
    hako_resolve_beneath, hako_resolve_no_xdev;
