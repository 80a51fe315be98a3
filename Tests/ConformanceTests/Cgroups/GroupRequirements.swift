import Foundation

/// config-linux.md, Cgroups Path.
enum GroupRequirements {
    private static let section = "config-linux.md, Cgroups Path"

    /// The groups of a process, one a line of /proc/PID/cgroup, without those of a tree that is not mounted.
    private static func groups(_ container: Container) throws -> [String] {
        (Machine.read("/proc/\(try container.pid)/cgroup") ?? "").split(separator: "\n").map { String($0) }
    }

    static let all: [Requirement] = [
        Requirement(.must, "cgroupsPath.absolute", section, "An absolute path is taken from where the groups are mounted.") {
            lab in
            let container = try lab.create("sleep 30")
            let tree = Machine.groupTrees.first { Machine.exists("\($0)\(lab.group)/c/cgroup.procs") }
            guard let tree else { throw Unmet("there is no group \(lab.group)/c") }
            let members = Machine.read("\(tree)\(lab.group)/c/cgroup.procs") ?? ""
            try require(
                members.split(separator: "\n").contains { String($0) == "\((try? container.pid) ?? 0)" }, "it holds \(members)")
        },
        Requirement(.must, "cgroupsPath.made", section, "Groups that do not exist are made, at any depth.") { lab in
            _ = try lab.create("sleep 30") { $0["linux.cgroupsPath"] = "\(lab.group)/one/two/three" }
            let there = Machine.groupTrees.contains { Machine.exists("\($0)\(lab.group)/one/two/three") }
            try require(there, "there is none")
        },
        Requirement(
            .must, "cgroupsPath.everyController", section,
            "The process is in that group of each controller whose limits it was given.",
            needs: [.cgroupV1, .controller("memory"), .controller("cpu"), .controller("pids")]
        ) { lab in
            let container = try lab.create("sleep 30") {
                $0["linux.resources"] = ["memory": ["limit": 100 << 20], "cpu": ["shares": 100], "pids": ["limit": 50]] as JSON
            }
            let lines = try groups(container)
            for name in ["memory", "cpu", "pids"] {
                let line = lines.first { $0.split(separator: ":")[1].split(separator: ",").contains(Substring(name)) } ?? ""
                try require(line.hasSuffix(":\(lab.group)/c"), "\(name): \(line)")
            }
        },
        Requirement(.must, "cgroupsPath.same", section, "The same value leads to the same place each time.") { lab in
            var places: [[String]] = []
            for _ in 0..<2 {
                let container = try lab.create("sleep 30") { $0["linux.cgroupsPath"] = "hako-conformance-relative" }
                places.append(try groups(container))
                try container.delete(force: true)
            }
            for tree in Machine.groupTrees { rmdir("\(tree)/hako-conformance-relative") }
            try require(places[0] == places[1], "it was \(places[0]), then \(places[1])")
        },
        Requirement(.must, "cgroupsPath.relative", section, "A relative path is taken.") { lab in
            let container = try lab.create("sleep 30") { $0["linux.cgroupsPath"] = "hako-conformance-relative" }
            let lines = try groups(container)
            try container.delete(force: true)
            for tree in Machine.groupTrees { rmdir("\(tree)/hako-conformance-relative") }
            try require(lines.contains { $0.contains("hako-conformance-relative") }, "groups: \(lines)")
        },
        Requirement(.must, "cgroupsPath.absent", section, "Without a path the runtime chooses one, and a container runs.") {
            lab in
            try lab.accepts { $0["linux.cgroupsPath"] = nil }
        },
        Requirement(.must, "cgroupsPath.children", section, "What the program starts is in the group.") { lab in
            let container = try lab.start("sleep 30 & sleep 30 & echo ready; wait")
            try container.prints("ready")
            guard let tree = Machine.groupTrees.first(where: { Machine.exists("\($0)\(lab.group)/c/cgroup.procs") }) else {
                throw Unmet("there is no group")
            }
            let count = (Machine.read("\(tree)\(lab.group)/c/cgroup.procs") ?? "").split(separator: "\n").count
            try require("\(count)", is: "3", "processes in the group")
        },
        Requirement(
            .must, "cgroupsPath.parentLimits", section, "The group above, which the runtime did not make, stays as it is."
        ) { lab in
            guard let tree = Machine.groupTrees.first(where: { $0.hasSuffix("/pids") || Machine.cgroupIsV2 }) else {
                throw Skip(reason: "no controller pids here")
            }
            let above = "\(tree)\(lab.group)"
            try FileManager.default.createDirectory(atPath: above, withIntermediateDirectories: true)
            let container = try lab.start("exit 0")
            try container.waits(for: "stopped")
            try container.delete()
            try require(Machine.exists(above), "the group above was removed")
        },
    ]
}
