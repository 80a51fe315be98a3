// System calls of scheduling without a wrapper in glibc, or declared only with _GNU_SOURCE; each for the calling thread.
#pragma once

#include <stddef.h>
#include <stdint.h>

// sched_setattr; `policy` and `flags` are the kernel's SCHED_* and SCHED_FLAG_*.
int hako_set_scheduler(uint32_t policy, uint64_t flags, int32_t nice, uint32_t priority, uint64_t runtime,
                       uint64_t deadline, uint64_t period);
// ioprio_set: the class shifted by 13, and the priority.
int hako_set_io_priority(int value);
// sched_setaffinity and set_mempolicy take a bit for each processor, or memory node.
int hako_set_affinity(const uint64_t *mask, size_t words);
int hako_set_memory_policy(int mode, const uint64_t *nodes, size_t words);
int hako_set_personality(unsigned long domain);
