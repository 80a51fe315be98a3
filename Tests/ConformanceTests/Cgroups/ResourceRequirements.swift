import Foundation

/// config-linux.md, Memory, CPU, Block IO, Huge page limits, PIDs, Unified: what is in the files of the group.
enum ResourceRequirements {
    /// A file of a controller, by the version here.
    private struct File: Sendable {
        var controller: String
        var v1: String?
        var v2: String?

        var name: String? { Machine.cgroupIsV2 ? v2 : v1 }
    }

    private static func value(_ file: File, _ lab: Lab) -> String {
        Machine.read(Machine.group(file.controller, "\(lab.group)/c/\(file.name ?? "")")) ?? "no such file"
    }

    /// A limit of linux.resources as JSON text, and what a file has to hold then.
    private static func limit(
        _ id: String, _ part: String, _ sentence: String, _ resources: String, _ file: File, v1: String? = nil, v2: String? = nil,
        needs more: [Need] = []
    ) -> Requirement {
        let wanted = Machine.cgroupIsV2 ? v2 : v1
        let version = Need(
            reason: "cgroup \(Machine.cgroupIsV2 ? "v2" : "v1") has no such limit", isMet: wanted != nil && file.name != nil)
        let controller = Need.controller(file.controller, file: file.controller == "blkio" ? file.v1 ?? "" : "")
        return Requirement(.must, "resources.\(id)", "config-linux.md, \(part)", sentence, needs: [version, controller] + more) {
            lab in
            let object = try JSONSerialization.jsonObject(with: Data(resources.utf8))
            _ = try lab.create("sleep 30") { $0["linux.resources"] = object }
            let got = value(file, lab)
            try require(
                wanted?.split(separator: "|").contains { $0 == got } == true, "\(file.name ?? "") is \(got), not \(wanted ?? "")")
        }
    }

    static let all: [Requirement] = memory + cpu + others + errors

    private static let noSwap = Need(
        reason: "the kernel does not account for swap here",
        isMet: Machine.cgroupIsV2 || Machine.exists("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes"))

    private static let memory = [
        limit(
            "memory.limit", "Memory", "memory.limit is the most memory the group may use.", #"{"memory":{"limit":67108864}}"#,
            File(controller: "memory", v1: "memory.limit_in_bytes", v2: "memory.max"), v1: "67108864", v2: "67108864"),
        limit(
            "memory.reservation", "Memory", "memory.reservation is the soft limit.", #"{"memory":{"reservation":33554432}}"#,
            File(controller: "memory", v1: "memory.soft_limit_in_bytes", v2: "memory.low"), v1: "33554432", v2: "33554432"),
        limit(
            "memory.swap", "Memory", "memory.swap is the limit of memory and swap together.",
            #"{"memory":{"limit":67108864,"swap":100663296}}"#,
            File(controller: "memory", v1: "memory.memsw.limit_in_bytes", v2: "memory.swap.max"), v1: "100663296", v2: "33554432",
            needs: [noSwap]),
        limit(
            "memory.swap.none", "Memory", "swap equal to limit: no swap at all.",
            #"{"memory":{"limit":67108864,"swap":67108864}}"#,
            File(controller: "memory", v1: "memory.memsw.limit_in_bytes", v2: "memory.swap.max"), v1: "67108864", v2: "0",
            needs: [noSwap]),
        limit(
            "memory.unlimited", "Memory", "-1 is no limit.", #"{"memory":{"limit":-1}}"#,
            File(controller: "memory", v1: "memory.limit_in_bytes", v2: "memory.max"), v1: "9223372036854771712", v2: "max"),
        limit(
            "memory.swappiness", "Memory", "memory.swappiness is set.", #"{"memory":{"swappiness":13}}"#,
            File(controller: "memory", v1: "memory.swappiness"), v1: "13"),
        Requirement(
            .must, "resources.memory.effect", "config-linux.md, Memory", "A program that needs more is killed.",
            needs: [.controller("memory")]
        ) { lab in
            let script = "head -c 60000000 /dev/zero | tail -c 50000000 | wc -c; echo end"
            let seen = try lab.output(script) { $0["linux.resources"] = ["memory": ["limit": 16 << 20, "swap": 16 << 20]] }
            try require(!seen.contains("50000000"), "it had its 50 MB")
            try require(seen.contains("end"), "the shell was killed too")
        },
    ]

    private static let cpu = [
        limit(
            "cpu.shares", "CPU", "cpu.shares is the relative weight (of version 2, by either formula in use).",
            #"{"cpu":{"shares":512}}"#,
            File(controller: "cpu", v1: "cpu.shares", v2: "cpu.weight"), v1: "512", v2: "20|59"),
        limit(
            "cpu.quota", "CPU", "cpu.quota is the time a period.", #"{"cpu":{"quota":20000,"period":50000}}"#,
            File(controller: "cpu", v1: "cpu.cfs_quota_us", v2: "cpu.max"), v1: "20000", v2: "20000 50000"),
        limit(
            "cpu.period", "CPU", "cpu.period is the period's length.", #"{"cpu":{"quota":20000,"period":50000}}"#,
            File(controller: "cpu", v1: "cpu.cfs_period_us", v2: "cpu.max"), v1: "50000", v2: "20000 50000"),
        limit(
            "cpu.quota.alone", "CPU", "A quota without a period is of the kernel's period.", #"{"cpu":{"quota":30000}}"#,
            File(controller: "cpu", v1: "cpu.cfs_quota_us", v2: "cpu.max"), v1: "30000", v2: "30000 100000"),
        limit(
            "cpu.quota.unlimited", "CPU", "A quota of -1 is no limit.", #"{"cpu":{"quota":-1,"period":50000}}"#,
            File(controller: "cpu", v1: "cpu.cfs_quota_us", v2: "cpu.max"), v1: "-1", v2: "max 50000"),
        limit(
            "cpu.burst", "CPU", "cpu.burst is the time that may be saved up.",
            #"{"cpu":{"quota":20000,"period":50000,"burst":10000}}"#,
            File(controller: "cpu", v1: "cpu.cfs_burst_us", v2: "cpu.max.burst"), v1: "10000", v2: "10000"),
        limit(
            "cpu.idle", "CPU", "cpu.idle 1: only time that nobody else wants.", #"{"cpu":{"idle":1}}"#,
            File(controller: "cpu", v1: "cpu.idle", v2: "cpu.idle"), v1: "1", v2: "1"),
        limit(
            "cpu.cpus", "CPU", "cpu.cpus are the processors it may use.", #"{"cpu":{"cpus":"0"}}"#,
            File(controller: "cpuset", v1: "cpuset.cpus", v2: "cpuset.cpus"), v1: "0", v2: "0"),
        limit(
            "cpu.mems", "CPU", "cpu.mems are the memory nodes it may use.", #"{"cpu":{"mems":"0"}}"#,
            File(controller: "cpuset", v1: "cpuset.mems", v2: "cpuset.mems"), v1: "0", v2: "0"),
        Requirement(
            .must, "resources.cpu.cpus.effect", "config-linux.md, CPU", "The program sees those processors alone.",
            needs: [.controller("cpuset"), .twoProcessors]
        ) { lab in
            let seen = try lab.output("nproc") { $0["linux.resources"] = ["cpu": ["cpus": "1"]] }
            try require(seen, is: "1", "nproc")
        },
    ]

    private static let others = [
        limit(
            "pids.limit", "PIDs", "pids.limit is the most processes.", #"{"pids":{"limit":37}}"#,
            File(controller: "pids", v1: "pids.max", v2: "pids.max"), v1: "37", v2: "37"),
        limit(
            "pids.unlimited", "PIDs", "-1 is no limit.", #"{"pids":{"limit":-1}}"#,
            File(controller: "pids", v1: "pids.max", v2: "pids.max"), v1: "max", v2: "max"),
        Requirement(
            .must, "resources.pids.effect", "config-linux.md, PIDs", "Beyond it no process can be made.",
            needs: [.controller("pids")]
        ) { lab in
            let result = try lab.run("echo begin; for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 5 & done; echo all") {
                $0["linux.resources"] = ["pids": ["limit": 8]]
            }
            try require(result.out.contains("begin"), "\(result)")
            try require(!result.out.contains("all"), "twelve were made")
        },
        limit(
            "blockIO.weight", "Block IO", "blockIO.weight is the relative weight.", #"{"blockIO":{"weight":200}}"#,
            File(controller: "blkio", v1: "blkio.weight"), v1: "200"),
        Requirement(
            .must, "resources.hugepageLimits", "config-linux.md, Huge page limits", "hugepageLimits is the most of a page size.",
            needs: [.controller("hugetlb")]
        ) { lab in
            _ = try lab.create("sleep 30") {
                $0["linux.resources"] = ["hugepageLimits": [["pageSize": "2MB", "limit": 4_194_304] as JSON]]
            }
            let name = Machine.cgroupIsV2 ? "hugetlb.2MB.max" : "hugetlb.2MB.limit_in_bytes"
            try require(value(File(controller: "hugetlb", v1: name, v2: name), lab), is: "4194304", name)
        },
        limit(
            "unified", "Unified", "unified writes a file of the group as it is.", #"{"unified":{"memory.high":"50331648"}}"#,
            File(controller: "memory", v2: "memory.high"), v2: "50331648"),
        limit(
            "unified.unknown", "Unified", "One that the runtime knows nothing of too.", #"{"unified":{"cgroup.max.depth":"7"}}"#,
            File(controller: "memory", v2: "cgroup.max.depth"), v2: "7"),
        Requirement(.must, "resources.empty", "config-linux.md, Control groups", "resources may be empty.") { lab in
            try lab.accepts { $0["linux.resources"] = ["memory": JSON(), "cpu": JSON()] }
        },
    ]

    private static let errors = [
        Requirement(
            .must, "resources.unified.noController", "config-linux.md, Unified", "A controller that is not there is an error.",
            needs: [.cgroupV2]
        ) { lab in
            try lab.refuses("nosuch.max") { $0["linux.resources"] = ["unified": ["nosuch.max": "1"]] }
        },
        Requirement(
            .must, "resources.unified.v1", "runtime.md, Create",
            "unified cannot be applied where there is only cgroup v1: an error.",
            needs: [.cgroupV1]
        ) { lab in
            try lab.refuses("memory.high") { $0["linux.resources"] = ["unified": ["memory.high": "50331648"]] }
        },
        Requirement(
            .must, "resources.cpus.notThere", "runtime.md, Create", "A processor that is not there is an error.",
            needs: [.controller("cpuset")]
        ) { lab in
            try lab.refuses("processor 5000") { $0["linux.resources"] = ["cpu": ["cpus": "5000"]] }
        },
        Requirement(
            .must, "resources.hugepage.unknown", "config.md, Valid values", "A page size that does not exist is an error.",
            needs: [.controller("hugetlb")]
        ) { lab in
            try lab.refuses("pages of 3 MB") {
                $0["linux.resources"] = ["hugepageLimits": [["pageSize": "3MB", "limit": 1] as JSON]]
            }
        },
        Requirement(
            .must, "resources.cpu.quota.tooSmall", "runtime.md, Create",
            "A quota the kernel refuses is an error, and nothing is left.",
            needs: [.controller("cpu")]
        ) { lab in
            try lab.refuses("a quota of 5 us") { $0["linux.resources"] = ["cpu": ["quota": 5]] }
        },
    ]
}
