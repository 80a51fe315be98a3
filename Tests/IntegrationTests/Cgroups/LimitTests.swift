import Testing

extension IntegrationTests {
    @Suite struct LimitTests {
        static let limits: [Limit] = [
            Limit(
                options: ["--memory", "64m"], v1: ("memory", "memory.limit_in_bytes", "67108864"),
                v2: ("memory.max", ["67108864"])),
            Limit(
                options: ["--memory", "64m", "--memory-swap", "128m"], v1: ("memory", "memory.memsw.limit_in_bytes", "134217728"),
                v2: ("memory.swap.max", ["67108864"])),
            Limit(
                options: ["--memory-reservation", "32m"], v1: ("memory", "memory.soft_limit_in_bytes", "33554432"),
                v2: ("memory.low", ["33554432"])),
            Limit(options: ["--cpus", "0.5"], v1: ("cpu", "cpu.cfs_quota_us", "50000"), v2: ("cpu.max", ["50000 100000"])),
            Limit(
                options: ["--cpu-period", "50000", "--cpu-quota", "20000"], v1: ("cpu", "cpu.cfs_period_us", "50000"),
                v2: ("cpu.max", ["20000 50000"])),
            // Two published conversions of shares to weights are in use.
            Limit(options: ["--cpu-shares", "512"], v1: ("cpu", "cpu.shares", "512"), v2: ("cpu.weight", ["20", "59"])),
            Limit(options: ["--cpuset-cpus", "0"], v1: ("cpuset", "cpuset.cpus", "0"), v2: ("cpuset.cpus", ["0"])),
            Limit(options: ["--cpuset-mems", "0"], v1: ("cpuset", "cpuset.mems", "0"), v2: ("cpuset.mems", ["0"])),
            Limit(options: ["--pids-limit", "50"], v1: ("pids", "pids.max", "50"), v2: ("pids.max", ["50"])),
            Limit(options: ["--pids-limit", "-1"], v1: ("pids", "pids.max", "max"), v2: ("pids.max", ["max"])),
        ]

        @Test(arguments: limits)
        func limitIsSeenInside(_ limit: Limit) throws {
            guard limit.isSupported, let place = limit.place else {
                return print("skipped here: no kernel support for \(limit.options)")
            }
            try withHako { hako in
                let result = try hako.spawn(hako.hakoWords(hako.runWords(limit.options + ["--", "cat", place]))).finish()
                #expect(limit.expected.contains(result.text), "\(result)")
                #expect(result.err == "")
            }
        }

        @Test(.cgroupV2, arguments: limits)
        func limitIsSeenInsideByAPlainUserWithADelegatedGroup(_ limit: Limit) throws {
            guard limit.isSupported, let place = limit.place else {
                return print("skipped here: no kernel support for \(limit.options)")
            }
            try withHako(.user) { hako in
                let result = try hako.spawn(hako.hakoWords(hako.runWords(limit.options + ["--", "cat", place]))).finish()
                #expect(limit.expected.contains(result.text), "\(result)")
            }
        }

        @Test(.cgroupV1, arguments: [["--memory", "64m"], ["--cpus", "0.5"], ["--pids-limit", "50"]])
        func plainUserWithoutADelegatedGroupIsToldSo(_ options: [String]) throws {
            try withHako(.user) { hako in
                let result = try hako.spawn(hako.hakoWords(hako.runWords(options + ["--", "true"]))).finish()
                #expect(result.status == 125 && result.oneErrorLine, "\(result)")
            }
        }

        static let throttles = [
            ("--device-read-bps", "1mb", "read_bps", "rbps"), ("--device-write-bps", "2mb", "write_bps", "wbps"),
            ("--device-read-iops", "100", "read_iops", "riops"), ("--device-write-iops", "200", "write_iops", "wiops"),
        ]

        @Test(.requires(blockDevice != nil, "no block device"), arguments: throttles)
        func throttleOfADevice(_ option: String, _ amount: String, _ old: String, _ new: String) throws {
            guard let device = blockDevice else { return }
            let place = Machine.cgroupIsV2 ? "io.max" : "blkio/blkio.throttle.\(old)_device"
            let value = amount.hasSuffix("mb") ? Int(amount.dropLast(2))! << 20 : Int(amount)!
            try withHako { hako in
                let result = try hako.run(option, "\(device.node):\(amount)", "--", "cat", "/sys/fs/cgroup/\(place)")
                #expect(result.text.hasPrefix(device.number), "\(result)")
                #expect(result.text.contains(Machine.cgroupIsV2 ? "\(new)=\(value)" : " \(value)"), "\(result)")
            }
        }

        @Test func blockWeightIsAppliedOrRefusedInOneLine() throws {
            try withHako { hako in
                // Which file there is depends on the kernel and its I/O scheduler; one of them has the weight.
                let result = try hako.run(
                    "--blkio-weight", "300", "--", "sh", "-c",
                    "cd /sys/fs/cgroup; cat blkio/blkio.weight blkio/blkio.bfq.weight io.bfq.weight io.weight 2>/dev/null; true")
                if result.status == 0 {
                    #expect(result.lines.contains { ["300", "default 300", "default 2930"].contains($0) }, "\(result)")
                } else {
                    #expect(result.status == 125 && result.oneErrorLine && result.err.contains("weight"), "\(result)")
                }
            }
        }

        @Test(.cgroupV1) func oomKillerIsDisabled() throws {
            try withHako { hako in
                let result = try hako.run(
                    "--memory", "64m", "--oom-kill-disable", "--", "head", "-n", "1", "/sys/fs/cgroup/memory/memory.oom_control")
                #expect(result.text == "oom_kill_disable 1", "\(result)")
            }
        }

        @Test func defaultPidsLimit() throws {
            try withHako { hako in
                let result = try hako.run("cat", Machine.cgroupIsV2 ? "/sys/fs/cgroup/pids.max" : "/sys/fs/cgroup/pids/pids.max")
                #expect(Int(result.text).map { $0 > 0 && $0 <= 32768 } == true, "\(result)")
            }
        }
    }
}
