import Foundation

/// runtime.md, Create and Start.
enum CreateRequirements {
    static let all: [Requirement] = [
        Requirement(.must, "create.noID", "runtime.md, Create", "Without an id it is an error.") { lab in
            let bundle = try lab.bundle(try lab.config("true"))
            try require(try lab.runtime("create", "--bundle", bundle).status != 0, "create without an id succeeds")
            try require(try lab.runtime("create", "--bundle", bundle, lab.own("good")).status == 0, "nor with one")
        },
        Requirement(.must, "create.noBundle", "runtime.md, Create", "A bundle that is not there is an error.") { lab in
            try lab.works()
            let result = try lab.runtime("create", "--bundle", lab.path("nowhere"), lab.own("c"))
            try require(result.status != 0, "create succeeds")
            try require(try lab.runtime("state", "c").status != 0, "a container is left")
        },
        Requirement(.must, "create.noConfig", "bundle.md", "A bundle without config.json is an error.") { lab in
            try lab.works()
            let result = try lab.runtime("create", "--bundle", try lab.folder("empty"), lab.own("c"))
            try require(result.status != 0, "create succeeds")
        },
        Requirement(.must, "create.badJSON", "runtime.md, Create", "A config.json that is not JSON is an error.") { lab in
            try lab.works()
            _ = try lab.folder("bad")
            _ = try lab.write("{ \"ociVersion\": ", to: "bad/config.json")
            let result = try lab.runtime("create", "--bundle", lab.path("bad"), lab.own("c"))
            try require(result.status != 0, "create succeeds")
        },
        Requirement(.must, "create.sameID", "runtime.md, Create", "An id that is in use is an error.") { lab in
            let container = try lab.create("sleep 30")
            let again = try lab.runtime("create", "--bundle", container.bundle, container.id)
            try require(again.status != 0, "a second create succeeds")
            try require(try container.status, is: "created", "status of the first")
        },
        Requirement(.must, "create.sameID.run", "runtime.md, Create", "The same holds for run, and the first goes on.") { lab in
            let container = try lab.start("sleep 30")
            let again = try lab.runtime("run", "--bundle", container.bundle, container.id)
            try require(again.status != 0, "run succeeds")
            try require(try container.status, is: "running", "status of the first")
        },
        Requirement(
            .must, "create.sameID.stopped", "runtime.md, Create", "Until it is deleted, a stopped container keeps its id."
        ) { lab in
            let container = try lab.start("exit 0")
            try container.waits(for: "stopped")
            try require(try lab.runtime("create", "--bundle", container.bundle, container.id).status != 0, "create succeeds")
        },
        Requirement(
            .must, "create.invalidID", "runtime.md, Create",
            "An id that is not valid (../x, a/b) is an error, and nothing is made."
        ) { lab in
            let bundle = try lab.bundle(try lab.config("sleep 30"))
            for id in ["../outside", "a/b", ".."] {
                let result = try lab.runtime("create", "--bundle", bundle, id)
                if result.status == 0 { _ = try lab.runtime("delete", "--force", id) }
                try require(result.status != 0, "the id \(id) is taken")
            }
            try require(!Machine.exists(lab.path("outside")), "something was made outside of --root")
            try require(try lab.runtime("create", "--bundle", bundle, lab.own("a-b_1.c")).status == 0, "a good id is refused")
        },
        Requirement(.must, "create.waits", "runtime.md, Lifecycle", "create does not run the program.") { lab in
            let container = try lab.create("echo it ran")
            usleep(100_000)
            try require(container.out.isEmpty, "the program ran")
            try container.start()
            try container.prints("it ran")
        },
        Requirement(
            .must, "create.configIsRead", "runtime.md, Create",
            "What changes in config.json after create has no effect on the container."
        ) { lab in
            let container = try lab.create("echo first; hostname")
            let other = try lab.config("echo second") { $0["hostname"] = "other" }
            try JSONSerialization.data(withJSONObject: other.json).write(to: URL(filePath: "\(container.bundle)/config.json"))
            try container.start()
            try container.prints("first\nconformance")
        },
        Requirement(
            .must, "create.error.leavesNothing", "runtime.md, Errors",
            "A create that fails leaves no container and no control group."
        ) { lab in
            try lab.refuses("a mount of a file system that does not exist") { $0.mount("/mnt", "nosuchfs") }
            let left = Machine.groupTrees.filter { Machine.exists("\($0)\(lab.group)/c") }
            try require(left.isEmpty, "a group is left: \(left)")
        },
        Requirement(.must, "create.error.idIsFree", "runtime.md, Errors", "After a create that failed its id can be used.") {
            lab in
            let bad = try lab.bundle(try lab.config("true") { $0["root.path"] = "/nonexistent-root" })
            let good = try lab.bundle(try lab.config("true"))
            try require(try lab.runtime("create", "--bundle", bad, lab.own("same")).status != 0, "a missing root is taken")
            let result = try lab.runtime("create", "--bundle", good, "same")
            try require(result.status == 0, "the id is not free: \(result)")
        },
        Requirement(.must, "create.namespacesReady", "runtime.md, Create", "The namespaces are there once create is done.") {
            lab in
            let pid = try lab.create("sleep 30").pid
            for kind in ["mnt", "pid", "uts", "ipc", "net"] {
                let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/\(kind)")
                let its = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/ns/\(kind)")
                try require(own != its, "the \(kind) namespace is the host's")
            }
        },
        Requirement(
            .must, "create.limitsReady", "runtime.md, Create", "The limits of its control group hold once create is done.",
            needs: [.controller("pids")]
        ) { lab in
            _ = try lab.create("sleep 30") { $0["linux.resources"] = ["pids": ["limit": 77]] }
            let file = Machine.group("pids", "\(lab.group)/c/pids.max")
            try require(Machine.read(file) ?? "no file", is: "77", file)
        },
        Requirement(.must, "start.runs", "runtime.md, Start", "start runs the program.") { lab in
            try lab.start("echo it ran").prints("it ran")
        },
        Requirement(.must, "start.noID", "runtime.md, Start", "Without an id it is an error.") { lab in
            let container = try lab.create("sleep 30")
            try require(try lab.runtime("start").status != 0, "start without an id succeeds")
            try require(try container.status, is: "created", "status")
        },
        Requirement(.must, "start.unknown", "runtime.md, Start", "Of a container that does not exist it is an error.") { lab in
            try lab.create("sleep 30").start()
            try require(try lab.runtime("start", "nobody").status != 0, "start succeeds")
        },
        Requirement(.must, "start.running", "runtime.md, Start", "Of a running container it is an error without effect.") { lab in
            let container = try lab.start("echo once; exec sleep 30")
            try container.prints("once")
            let pid = try container.pid
            try require(try lab.runtime("start", container.id).status != 0, "a second start succeeds")
            try require(try container.status, is: "running", "status")
            try require("\(try container.pid)", is: "\(pid)", "pid")
            try require(container.out, is: "once", "output")
        },
        Requirement(.must, "start.stopped", "runtime.md, Start", "Of a stopped container it is an error without effect.") { lab in
            let container = try lab.start("echo once")
            try container.waits(for: "stopped")
            try require(try lab.runtime("start", container.id).status != 0, "a second start succeeds")
            try require(try container.status, is: "stopped", "status")
            try require(container.out, is: "once", "output")
        },
        Requirement(
            .must, "start.noProcess", "runtime.md, Start", "process may be missing at create; start is an error then."
        ) { lab in
            let container = try lab.create("true") { $0["process"] = nil }
            try require(try lab.runtime("start", container.id).status != 0, "start succeeds")
        },
        Requirement(
            .must, "start.noProgram", "config.md, Process", "A program that does not exist is an error of create, start or run."
        ) { lab in
            try lab.refuses("a program that is not there") { $0["process.args"] = ["/nothing/here"] }
        },
    ]
}
