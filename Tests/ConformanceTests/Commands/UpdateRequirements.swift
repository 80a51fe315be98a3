import Foundation

/// update: what is in the files of the group afterwards.
enum UpdateRequirements {
    private static func value(_ lab: Lab, _ controller: String, _ name: String) -> String {
        Machine.read(Machine.group(controller, "\(lab.group)/c/\(name)")) ?? "no such file"
    }

    /// A flag, the file it changes (version 1 and 2), and what that holds then.
    private static func flag(
        _ name: String, _ given: String, _ controller: String, v1: (String, String)?, v2: (String, String)?
    ) -> Requirement {
        let wanted = Machine.cgroupIsV2 ? v2 : v1
        let here = Need(reason: "cgroup \(Machine.cgroupIsV2 ? "v2" : "v1") has no such limit", isMet: wanted != nil)
        return Requirement(
            .flag, "update.\(name)", "update --\(name)", "It changes the limit.", needs: [here, .controller(controller)]
        ) { lab in
            let container = try lab.start("exec sleep 30") {
                $0["linux.resources"] = ["memory": ["limit": 100 << 20], "cpu": ["quota": 50000, "period": 100_000]] as JSON
            }
            let result = try lab.runtime("update", "--\(name)", given, container.id)
            guard result.status == 0, let (file, text) = wanted else { throw Unmet("\(result)") }
            let got = value(lab, controller, file)
            try require(text.split(separator: "|").contains { $0 == got }, "\(file) is \(got), not \(text)")
        }
    }

    static let all: [Requirement] = [
        flag("memory", "67108864", "memory", v1: ("memory.limit_in_bytes", "67108864"), v2: ("memory.max", "67108864")),
        flag(
            "memory-reservation", "33554432", "memory", v1: ("memory.soft_limit_in_bytes", "33554432"),
            v2: ("memory.low", "33554432")),
        flag("cpu-share", "256", "cpu", v1: ("cpu.shares", "256"), v2: ("cpu.weight", "10|35")),
        flag("cpu-quota", "30000", "cpu", v1: ("cpu.cfs_quota_us", "30000"), v2: ("cpu.max", "30000 100000")),
        flag("cpu-period", "80000", "cpu", v1: ("cpu.cfs_period_us", "80000"), v2: nil),
        flag("cpuset-cpus", "0", "cpuset", v1: ("cpuset.cpus", "0"), v2: ("cpuset.cpus", "0")),
        flag("cpuset-mems", "0", "cpuset", v1: ("cpuset.mems", "0"), v2: ("cpuset.mems", "0")),
        flag("pids-limit", "55", "pids", v1: ("pids.max", "55"), v2: ("pids.max", "55")),
        Requirement(
            .flag, "update.resources.stdin", "update --resources -", "The resources come as JSON on standard input.",
            needs: [.controller("pids")]
        ) { lab in
            let container = try lab.start("exec sleep 30")
            let result = try lab.runtime("update", "--resources", "-", container.id, stdin: "{\"pids\":{\"limit\":44}}")
            try require(result.status == 0, "\(result)")
            try require(value(lab, "pids", "pids.max"), is: "44", "pids.max")
        },
        Requirement(.flag, "update.resources.file", "update --resources", "Or in a file.", needs: [.controller("pids")]) { lab in
            let container = try lab.start("exec sleep 30")
            let file = try lab.write("{\"pids\":{\"limit\":45}}", to: "resources.json")
            let result = try lab.runtime("update", "-r", file, container.id)
            try require(result.status == 0, "\(result)")
            try require(value(lab, "pids", "pids.max"), is: "45", "pids.max")
        },
        Requirement(
            .flag, "update.others", "update", "Limits that are not named stay.",
            needs: [.controller("pids"), .controller("memory")]
        ) { lab in
            let container = try lab.start("exec sleep 30") { $0["linux.resources"] = ["memory": ["limit": 64 << 20]] }
            _ = try lab.runtime("update", "--pids-limit", "20", container.id)
            try require(value(lab, "pids", "pids.max"), is: "20", "pids.max")
            let file = Machine.cgroupIsV2 ? "memory.max" : "memory.limit_in_bytes"
            try require(value(lab, "memory", file), is: "\(64 << 20)", file)
        },
        Requirement(.flag, "update.running", "update", "The container goes on.", needs: [.controller("pids")]) { lab in
            let container = try lab.start("exec sleep 30")
            let pid = try container.pid
            _ = try lab.runtime("update", "--pids-limit", "20", container.id)
            try require("\(try container.pid) \(try container.status)", is: "\(pid) running", "process and status")
        },
        Requirement(.flag, "update.unknown", "update", "Of a container that does not exist it is an error.") { lab in
            _ = try lab.start("exec sleep 30")
            try require(try lab.runtime("update", "--pids-limit", "20", "nobody").status != 0, "it succeeds")
        },
        Requirement(.flag, "update.invalid", "update", "A limit that is no number is an error.", needs: [.controller("pids")]) {
            lab in
            let container = try lab.start("exec sleep 30") { $0["linux.resources"] = ["pids": ["limit": 60]] }
            try require(try lab.runtime("update", "--pids-limit", "many", container.id).status != 0, "it succeeds")
            try require(value(lab, "pids", "pids.max"), is: "60", "pids.max")
        },
    ]
}
