import Foundation

/// runtime.md, State and Query State.
enum StateRequirements {
    static let all: [Requirement] = [
        Requirement(.must, "state.json", "runtime.md, Query State", "The state of a container is given as a JSON object.") {
            lab in
            let container = try lab.create("sleep 30")
            _ = try container.state()
        },
        Requirement(.must, "state.ociVersion", "runtime.md, State", "It has ociVersion, a version number of the specification.") {
            lab in
            let version = try lab.create("sleep 30").state()["ociVersion"] as? String ?? ""
            try require(version.contains(/^[0-9]+\.[0-9]+\.[0-9]+/), "ociVersion is \"\(version)\"")
        },
        Requirement(.must, "state.id", "runtime.md, State", "It has the container's id.") { lab in
            let container = try lab.create("sleep 30")
            try require(container.state()["id"] as? String ?? "", is: container.id, "id")
        },
        Requirement(.must, "state.bundle", "runtime.md, State", "It has the absolute path of the bundle.") { lab in
            let container = try lab.create("sleep 30")
            try require(container.state()["bundle"] as? String ?? "", is: container.bundle, "bundle")
        },
        Requirement(
            .must, "state.bundle.relative", "runtime.md, State",
            "The bundle's path is absolute though create was given a relative one."
        ) { lab in
            let bundle = try lab.bundle(try lab.config("sleep 30"))
            let id = lab.own("relative")
            let name = URL(filePath: bundle).lastPathComponent
            let made = try lab.command(["create", "--bundle", name, id]).finish()
            try require(made.status == 0, "create: \(made)")
            let result = try lab.runtime("state", id)
            let state = try JSONSerialization.jsonObject(with: Data(result.out.utf8)) as? JSON
            try require(state?["bundle"] as? String ?? "", is: bundle, "bundle")
        },
        Requirement(.must, "state.status.created", "runtime.md, State", "After create the status is created.") { lab in
            try require(try lab.create("sleep 30").status, is: "created", "status")
        },
        Requirement(.must, "state.status.running", "runtime.md, State", "After start, while its process runs, it is running.") {
            lab in
            try require(try lab.start("sleep 30").status, is: "running", "status")
        },
        Requirement(.must, "state.status.stopped", "runtime.md, State", "Once its process has exited, the status is stopped.") {
            lab in
            let container = try lab.start("exit 3")
            try container.waits(for: "stopped")
        },
        Requirement(
            .must, "state.status.stopped.createdKilled", "runtime.md, State",
            "A created container whose process was killed is stopped."
        ) { lab in
            let container = try lab.create("sleep 30")
            try container.stop()
        },
        Requirement(
            .must, "state.pid.created", "runtime.md, State", "A created container has the process id its process has here."
        ) { lab in
            let container = try lab.create("sleep 30")
            let pid = try container.pid
            try require(pid > 1 && Machine.exists("/proc/\(pid)"), "pid is \(pid)")
        },
        Requirement(.must, "state.pid.running", "runtime.md, State", "A running container has the id of the program it runs.") {
            lab in
            let container = try lab.start("exec sleep 31.5")
            let pid = try container.pid
            let found = eventually { (Machine.read("/proc/\(pid)/cmdline") ?? "").contains("31.5") }
            try require(found, "the process \(pid) is another")
        },
        Requirement(.must, "state.pid.same", "runtime.md, State", "The process that create made is the one that start runs.") {
            lab in
            let container = try lab.create("sleep 30")
            let before = try container.pid
            try container.start()
            try require("\(try container.pid)", is: "\(before)", "pid after start")
        },
        Requirement(.must, "state.annotations", "runtime.md, State", "The annotations of the configuration are in the state.") {
            lab in
            let given = ["com.example.key": "a value", "com.example.empty": ""]
            let container = try lab.create("sleep 30") { $0["annotations"] = given }
            let got = try container.state()["annotations"] as? [String: String] ?? [:]
            try require(given.allSatisfy { got[$0.key] == $0.value }, "annotations are \(got)")
        },
        Requirement(
            .must, "state.annotations.none", "runtime.md, State", "Without annotations they are absent or an empty object."
        ) { lab in
            let got = try lab.create("sleep 30").state()["annotations"]
            try require(got == nil || (got as? JSON)?.isEmpty == true, "annotations are \(String(describing: got))")
        },
        Requirement(.must, "state.noID", "runtime.md, Query State", "Without an id it is an error.") { lab in
            _ = try lab.create("sleep 30")
            try require(try lab.runtime("state").status != 0, "state without an id succeeds")
        },
        Requirement(.must, "state.unknown", "runtime.md, Query State", "Of a container that does not exist it is an error.") {
            lab in
            let container = try lab.create("sleep 30")
            _ = try container.state()
            try require(try lab.runtime("state", "nobody").status != 0, "there is a state of nobody")
        },
        Requirement(.must, "state.afterDelete", "runtime.md, Delete", "A deleted container has no state any more.") { lab in
            let container = try lab.start("exit 0")
            try container.waits(for: "stopped")
            try container.delete()
            try require(try lab.runtime("state", container.id).status != 0, "its state is still there")
        },
    ]
}
