import Foundation

/// config.md, Linux Process: scheduler, ioPriority, execCPUAffinity.
enum SchedulingRequirements {
    private static let section = "config.md, Linux Process"

    /// The policy and the priority of a process: fields 41 and 40 of /proc/PID/stat; nice is field 19.
    private static func stat(_ container: Container) throws -> [Substring] {
        (Machine.read("/proc/\(try container.pid)/stat") ?? "").split(separator: ")").last?.split(separator: " ") ?? []
    }

    private static func policy(_ name: String, _ number: String) -> Requirement {
        Requirement(.must, "scheduler.\(name)", section, "scheduler.policy SCHED_\(name) is the process's policy.") { lab in
            let container = try lab.start("exec sleep 30") {
                $0["process.scheduler"] = ["policy": "SCHED_\(name)"]
            }
            let fields = try stat(container)
            try require(fields.count > 38 ? String(fields[38]) : "", is: number, "policy")
        }
    }

    static let all: [Requirement] = [
        policy("OTHER", "0"), policy("BATCH", "3"), policy("IDLE", "5"),
        Requirement(.must, "scheduler.nice", section, "scheduler.nice is its nice value.") { lab in
            let container = try lab.start("exec sleep 30") {
                $0["process.scheduler"] = ["policy": "SCHED_OTHER", "nice": 7] as JSON
            }
            let fields = try stat(container)
            try require(fields.count > 16 ? String(fields[16]) : "", is: "7", "nice")
        },
        Requirement(.must, "scheduler.nice.absent", section, "Without nice it is 0, whatever the caller's is.") { lab in
            let bundle = try lab.bundle(
                try lab.config("cut -d ' ' -f 19 /proc/self/stat") { $0["process.scheduler"] = ["policy": "SCHED_OTHER"] })
            let words = [Machine.runtime, "--root", lab.stateRoot, "run", "--bundle", bundle, lab.own("c")]
            try require(try lab.host("sh", "-c", "nice -n 5 \(words.joined(separator: " "))"), is: "0", "nice")
        },
        Requirement(.must, "scheduler.unknown", "config.md, Valid values", "A policy that does not exist is an error.") { lab in
            try lab.refuses("SCHED_NOSUCH") { $0["process.scheduler"] = ["policy": "SCHED_NOSUCH"] }
        },
        Requirement(.must, "ioPriority.idle", section, "ioPriority sets the class.") { lab in
            let seen = try lab.output("ionice -p $$") {
                $0["process.ioPriority"] = ["class": "IOPRIO_CLASS_IDLE", "priority": 0] as JSON
            }
            try require(seen.hasPrefix("idle"), "ionice: \(seen)")
        },
        Requirement(.must, "ioPriority.level", section, "And the level within it.") { lab in
            let seen = try lab.output("ionice -p $$") {
                $0["process.ioPriority"] = ["class": "IOPRIO_CLASS_BE", "priority": 6] as JSON
            }
            try require(seen.contains("best-effort") && seen.contains("6"), "ionice: \(seen)")
        },
        Requirement(.must, "ioPriority.unknown", "config.md, Valid values", "A class that does not exist is an error.") { lab in
            try lab.refuses("IOPRIO_CLASS_NOSUCH") {
                $0["process.ioPriority"] = ["class": "IOPRIO_CLASS_NOSUCH", "priority": 1] as JSON
            }
        },
        Requirement(
            .must, "execCPUAffinity.notInit", section, "execCPUAffinity is not for the container's own process.",
            needs: [.twoProcessors]
        ) { lab in
            let seen = try lab.output("grep Cpus_allowed_list /proc/self/status | cut -f2") {
                $0["process.execCPUAffinity"] = ["initial": "0", "final": "0"]
            }
            try require(seen.contains("-") || seen.contains(","), "processors: \(seen)")
        },
        Requirement(
            .must, "execCPUAffinity.final", section, "final is the set of processors of a process that exec starts.",
            needs: [.twoProcessors]
        ) { lab in
            let container = try lab.start("exec sleep 30") { $0["process.execCPUAffinity"] = ["initial": "0", "final": "1"] }
            let result = try container.exec("grep", "Cpus_allowed_list", "/proc/self/status")
            try require(result.text.split(separator: "\t").last.map(String.init) ?? "", is: "1", "processors")
        },
    ]
}
