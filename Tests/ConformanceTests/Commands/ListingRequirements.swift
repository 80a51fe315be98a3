import Foundation

/// list, ps, pause, resume, events, spec.
enum ListingRequirements {
    private static func list(_ lab: Lab) throws -> [JSON] {
        let result = try lab.runtime("list", "--format", "json")
        guard result.status == 0 else { throw Unmet("list: \(result)") }
        guard let all = try? JSONSerialization.jsonObject(with: Data(result.out.utf8)) as? [JSON] else {
            throw Unmet("list prints no JSON list: \(result.text)")
        }
        return all
    }

    private static func ids(_ lab: Lab, _ container: Container) throws -> [Int] {
        let result = try lab.runtime("ps", "--format", "json", container.id)
        guard result.status == 0 else { throw Unmet("ps: \(result)") }
        guard let all = try? JSONSerialization.jsonObject(with: Data(result.out.utf8)) as? [Int] else {
            throw Unmet("ps prints no JSON list of ids: \(result.text)")
        }
        return all
    }

    private static func json(_ result: Outcome) throws -> JSON {
        guard let object = try? JSONSerialization.jsonObject(with: Data(result.out.utf8)) as? JSON else {
            throw Unmet("\(result)")
        }
        return object
    }

    static let all: [Requirement] = [
        Requirement(.flag, "list.quiet", "list -q", "One id a line.") { lab in
            let one = try lab.create("sleep 30")
            let two = try lab.create("sleep 30") { $0["linux.cgroupsPath"] = "\(lab.group)/two" }
            let result = try lab.runtime("list", "-q")
            try require(result.lines.map(\.trimmed).sorted() == [one.id, two.id].sorted(), "\(result.out)")
        },
        Requirement(.flag, "list.quiet.empty", "list -q", "Nothing when there is none.") { lab in
            let container = try lab.create("sleep 30")
            try require(try lab.runtime("list", "--quiet").text, is: container.id, "containers")
            try container.delete(force: true)
            let result = try lab.runtime("list", "--quiet")
            try require(result.status == 0 && result.text.isEmpty, "\(result)")
        },
        Requirement(.flag, "list.table", "list", "A table with the id, the process id, the status and the bundle.") { lab in
            let container = try lab.create("sleep 30")
            let result = try lab.runtime("list")
            let line = result.lines.first { $0.contains(container.bundle) } ?? ""
            try require(
                line.contains("\(try container.pid)") && line.contains("created") && line.hasPrefix(container.id), "\(result.out)"
            )
        },
        Requirement(.flag, "list.json", "list --format json", "A list of objects with id, pid, status and bundle.") { lab in
            let container = try lab.create("sleep 30")
            let entry = try list(lab).first ?? [:]
            try require(entry["id"] as? String ?? "", is: container.id, "id")
            try require("\(entry["pid"] as? Int ?? 0)", is: "\(try container.pid)", "pid")
            try require(entry["status"] as? String ?? "", is: "created", "status")
            try require(entry["bundle"] as? String ?? "", is: container.bundle, "bundle")
            try require(entry["created"] is String, "there is no created")
        },
        Requirement(.flag, "list.json.follows", "list --format json", "The status follows the container's.") { lab in
            let container = try lab.start("exec sleep 30")
            try require(try list(lab).first?["status"] as? String ?? "", is: "running", "status")
            try container.stop()
            try require(try list(lab).first?["status"] as? String ?? "", is: "stopped", "status")
        },
        Requirement(.flag, "ps.json", "ps --format json", "The host's ids of all its processes.") { lab in
            let container = try lab.start("sleep 30 & echo ready; wait")
            try container.prints("ready")
            let all = try ids(lab, container)
            try require(all.count == 2 && all.contains(try container.pid), "\(all)")
        },
        Requirement(.flag, "ps.table", "ps", "A table of its processes.") { lab in
            let container = try lab.start("exec sleep 30")
            let result = try lab.runtime("ps", container.id)
            try require(
                result.status == 0 && result.out.contains("PID") && result.out.contains("\(try container.pid)"), "\(result)")
        },
        Requirement(.flag, "ps.unknown", "ps", "Of a container that does not exist it is an error.") { lab in
            let container = try lab.start("exec sleep 30")
            _ = try ids(lab, container)
            try require(try lab.runtime("ps", "nobody").status != 0, "it succeeds")
        },
        Requirement(.flag, "pause", "pause", "Its processes stand still, and the status is paused.") { lab in
            let container = try lab.start("i=0; while :; do i=$((i+1)); echo $i; sleep 0.02; done")
            try container.prints("3")
            let result = try lab.runtime("pause", container.id)
            try require(result.status == 0, "\(result)")
            try require(try container.status, is: "paused", "status")
            let before = container.out
            usleep(useconds_t(200_000 * Machine.slowness))
            try require(container.out == before, "it goes on")
            _ = try lab.runtime("resume", container.id)
        },
        Requirement(.flag, "resume", "resume", "They go on, and the status is running.") { lab in
            let container = try lab.start("i=0; while :; do i=$((i+1)); echo $i; sleep 0.02; done")
            try container.prints("3")
            _ = try lab.runtime("pause", container.id)
            let before = container.out
            let result = try lab.runtime("resume", container.id)
            try require(result.status == 0, "\(result)")
            try require(try container.status, is: "running", "status")
            try require(eventually { container.out != before }, "it stands still")
        },
        Requirement(.flag, "pause.exec", "exec", "In a paused container exec is an error.") { lab in
            let container = try lab.start("exec sleep 30")
            _ = try lab.runtime("pause", container.id)
            let command = try lab.command(["exec", container.id, "true"])
            let result = try command.finish(within: 3)
            _ = try lab.runtime("resume", container.id)
            try require(result.status != 0 && !result.timedOut, "\(result)")
        },
        Requirement(.flag, "pause.delete", "delete --force", "A paused container can be deleted with --force.") { lab in
            let container = try lab.start("exec sleep 30")
            _ = try lab.runtime("pause", container.id)
            try require(try container.status, is: "paused", "status")
            try container.delete(force: true)
            try require(try lab.runtime("state", container.id).status != 0, "it is still there")
        },
        Requirement(.flag, "events.stats", "events --stats", "One line of JSON with type stats, id and data.") { lab in
            let container = try lab.start("exec sleep 30")
            let result = try lab.runtime("events", "--stats", container.id)
            let object = try json(result)
            try require(object["type"] as? String ?? "", is: "stats", "type")
            try require(object["id"] as? String ?? "", is: container.id, "id")
            try require(object["data"] is JSON, "there is no data")
        },
        Requirement(
            .flag, "events.stats.memory", "events --stats", "The data has the memory and the processes in use.",
            needs: [.controller("pids"), .controller("memory")]
        ) { lab in
            let container = try lab.start("exec sleep 30")
            let result = try lab.runtime("events", "--stats", container.id)
            let data = try json(result)["data"] as? JSON ?? [:]
            try require("\((data["pids"] as? JSON)?["current"] as? Int ?? 0)", is: "1", "pids.current")
            let usage = (data["memory"] as? JSON)?["usage"] as? JSON ?? [:]
            try require(usage["usage"] as? Int ?? 0 > 0, "memory.usage.usage is missing")
        },
        Requirement(.flag, "spec", "spec", "It writes a config.json that runs a container once a root is there.") { lab in
            let bundle = try lab.folder("bundle")
            let made = try lab.command(["spec"], in: bundle).finish()
            try require(made.status == 0, "\(made)")
            guard var object = try? JSONSerialization.jsonObject(with: Data(lab.read("bundle/config.json").utf8)) as? JSON else {
                throw Unmet("it writes no JSON")
            }
            try require(object["ociVersion"] is String, "there is no ociVersion")
            var process = object["process"] as? JSON ?? [:]
            process["terminal"] = false
            process["args"] = ["echo", "fine"]
            // The limits it asks for are more than this machine may give.
            process["rlimits"] = nil
            process["capabilities"] = nil
            object["process"] = process
            object["root"] = ["path": Machine.rootfs]
            var linux = object["linux"] as? JSON ?? [:]
            linux["cgroupsPath"] = "\(lab.group)/c"
            object["linux"] = linux
            try JSONSerialization.data(withJSONObject: object).write(to: URL(filePath: "\(bundle)/config.json"))
            let result = try lab.runtime("run", "--bundle", bundle, lab.own("c"))
            try require(result.text, is: "fine", "output: \(result)")
        },
        Requirement(.flag, "spec.exists", "spec", "A config.json that is there is not written over.") { lab in
            let bundle = try lab.folder("bundle")
            try require(
                try lab.command(["spec"], in: try lab.folder("other")).finish().status == 0, "nor is one written elsewhere")
            _ = try lab.write("mine", to: "bundle/config.json")
            try require(try lab.command(["spec"], in: bundle).finish().status != 0, "it succeeds")
            try require(lab.read("bundle/config.json"), is: "mine", "the file")
        },
        Requirement(.flag, "spec.bundle", "spec --bundle", "It may be written elsewhere.") { lab in
            let bundle = try lab.folder("bundle")
            let result = try lab.runtime("spec", "--bundle", bundle)
            try require(result.status == 0 && Machine.exists("\(bundle)/config.json"), "\(result)")
        },
        Requirement(.flag, "spec.rootless", "spec --rootless", "For a plain user: with a user namespace and its maps.") { lab in
            let bundle = try lab.folder("bundle")
            let result = try lab.command(["spec", "--rootless"], in: bundle).finish()
            try require(result.status == 0, "\(result)")
            let object = try JSONSerialization.jsonObject(with: Data(lab.read("bundle/config.json").utf8)) as? JSON
            let linux = object?["linux"] as? JSON ?? [:]
            let types = (linux["namespaces"] as? [JSON] ?? []).compactMap { $0["type"] as? String }
            try require(types.contains("user") && linux["uidMappings"] is [JSON], "namespaces: \(types)")
        },
    ]
}
