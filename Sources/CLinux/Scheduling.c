#include "Scheduling.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <unistd.h>

// As in linux/sched/types.h, version 0 of the structure and later.
struct scheduling_attributes {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

int hako_set_scheduler(uint32_t policy, uint64_t flags, int32_t nice, uint32_t priority, uint64_t runtime,
                       uint64_t deadline, uint64_t period) {
    struct scheduling_attributes a = {sizeof a, policy, flags, nice, priority, runtime, deadline, period};
    return (int)syscall(SYS_sched_setattr, 0, &a, 0);
}

int hako_set_io_priority(int value) { return (int)syscall(SYS_ioprio_set, 1, 0, value); }

int hako_set_affinity(const uint64_t *mask, size_t words) {
    return (int)syscall(SYS_sched_setaffinity, 0, words * sizeof *mask, mask) < 0 ? -1 : 0;
}

int hako_set_memory_policy(int mode, const uint64_t *nodes, size_t words) {
    return (int)syscall(SYS_set_mempolicy, mode, words ? nodes : NULL, words * 64);
}

int hako_set_personality(unsigned long domain) { return personality(domain); }
