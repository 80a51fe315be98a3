import Foundation

/// runtime.md, Kill and Delete.
enum EndRequirements {
    /// Says when a signal comes.
    private static let trapping = "trap 'echo got term' TERM; trap 'echo got usr1' USR1; echo ready; while :; do sleep 0.05; done"

    private static func ready(_ lab: Lab, group: String = "c") throws -> Container {
        let container = try lab.start(trapping) { $0["linux.cgroupsPath"] = "\(lab.group)/\(group)" }
        try container.prints("ready")
        return container
    }

    static let all: [Requirement] = [
        Requirement(.must, "kill.sends", "runtime.md, Kill", "The signal named is sent to the container's process.") { lab in
            let container = try ready(lab)
            try container.kill("USR1")
            try container.prints("got usr1")
            try require(!container.out.contains("got term"), "TERM came as well")
        },
        Requirement(.must, "kill.noID", "runtime.md, Kill", "Without an id it is an error.") { lab in
            let container = try ready(lab)
            try require(try lab.runtime("kill").status != 0, "kill without an id succeeds")
            try require(try container.status, is: "running", "status")
        },
        Requirement(.must, "kill.unknown", "runtime.md, Kill", "Of a container that does not exist it is an error.") { lab in
            try ready(lab).kill("USR1")
            try require(try lab.runtime("kill", "nobody", "USR1").status != 0, "kill succeeds")
        },
        Requirement(.must, "kill.created", "runtime.md, Kill", "A created container gets the signal too.") { lab in
            let container = try lab.create("sleep 30")
            try container.kill("KILL")
            try container.waits(for: "stopped")
        },
        Requirement(.must, "kill.stopped", "runtime.md, Kill", "Of a stopped container it is an error.") { lab in
            let container = try lab.start("exit 0")
            try container.waits(for: "stopped")
            try require(try lab.runtime("kill", container.id, "KILL").status != 0, "kill succeeds")
            try require(try container.status, is: "stopped", "status")
        },
        Requirement(.flag, "kill.default", "kill", "Without a signal it is TERM.") { lab in
            let container = try ready(lab)
            try require(try lab.runtime("kill", container.id).status == 0, "kill fails")
            try container.prints("got term")
        },
        Requirement(.flag, "kill.names", "kill", "A signal may be named TERM, SIGTERM or 15.") { lab in
            for name in ["TERM", "SIGTERM", "15"] {
                let container = try ready(lab, group: name)
                try container.kill(name)
                try container.prints("got term")
            }
        },
        Requirement(.flag, "kill.unknownSignal", "kill", "A signal that does not exist is an error.") { lab in
            let container = try ready(lab)
            try require(try lab.runtime("kill", container.id, "NOSUCH").status != 0, "NOSUCH is sent")
            try require(try container.status, is: "running", "status")
        },
        Requirement(.flag, "kill.all", "kill --all", "Every process of the container gets the signal.") { lab in
            let container = try lab.start("sleep 41.5 & sleep 41.5 & echo ready; wait")
            try container.prints("ready")
            let result = try lab.runtime("kill", "--all", container.id, "KILL")
            try require(result.status == 0, "\(result)")
            try container.waits(for: "stopped")
        },
        Requirement(
            .flag, "kill.all.sharedPids", "kill --all",
            "So too when it has no pid namespace of its own: none of its processes is left."
        ) { lab in
            let container = try lab.start("setsid sleep 47.25 & echo ready; exec sleep 47.25") { $0.without(namespace: "pid") }
            try container.prints("ready")
            let result = try lab.runtime("kill", "--all", container.id, "KILL")
            try require(result.status == 0, "\(result)")
            let gone = try eventually { try lab.host("sh", "-c", "pgrep -f -x 'sleep 47.25' || true").isEmpty }
            try require(gone, "a process is left")
        },
        Requirement(.must, "delete.noID", "runtime.md, Delete", "Without an id it is an error.") { lab in
            let container = try lab.start("exit 0")
            try container.waits(for: "stopped")
            try require(try lab.runtime("delete").status != 0, "delete without an id succeeds")
            try require(try container.status, is: "stopped", "status")
        },
        Requirement(.must, "delete.unknown", "runtime.md, Delete", "Of a container that does not exist it is an error.") { lab in
            _ = try lab.create("sleep 30").status
            try require(try lab.runtime("delete", "nobody").status != 0, "delete succeeds")
        },
        Requirement(
            .must, "delete.running", "runtime.md, Delete", "Of a running container it is an error, and the container goes on."
        ) { lab in
            let container = try ready(lab)
            let pid = try container.pid
            try require(try lab.runtime("delete", container.id).status != 0, "delete succeeds")
            try require(try container.status, is: "running", "status")
            try require("\(try container.pid)", is: "\(pid)", "pid")
        },
        Requirement(
            .must, "delete.created", "runtime.md, Delete",
            "Of a created container, which is not stopped, it is an error without effect."
        ) { lab in
            let container = try lab.create("echo it ran")
            try require(try lab.runtime("delete", container.id).status != 0, "delete succeeds")
            try require(try container.status, is: "created", "status")
            try container.start()
            try container.prints("it ran")
        },
        Requirement(.must, "delete.stopped", "runtime.md, Delete", "A stopped container is deleted.") { lab in
            let container = try lab.start("exit 0")
            try container.waits(for: "stopped")
            try container.delete()
        },
        Requirement(.must, "delete.groups", "runtime.md, Delete", "Its control groups are deleted with it.") { lab in
            let container = try lab.start("exec sleep 30")
            let there = Machine.groupTrees.filter { Machine.exists("\($0)\(lab.group)/c") }
            try require(!there.isEmpty, "it had no group at cgroupsPath")
            try container.stop()
            try container.delete()
            let left = Machine.groupTrees.filter { Machine.exists("\($0)\(lab.group)/c") }
            try require(left.isEmpty, "left: \(left)")
        },
        Requirement(
            .must, "delete.notOthers", "runtime.md, Delete",
            "What the container did not create is not deleted: a bind mount's source."
        ) { lab in
            let source = try lab.folder("source")
            _ = try lab.write("kept", to: "source/file")
            let container = try lab.start("cat /mnt/file") { $0.bind(source, "/mnt") }
            try container.waits(for: "stopped")
            try container.delete()
            try require(lab.read("source/file"), is: "kept", "the file")
            try require(Machine.exists("\(container.bundle)/config.json"), "the bundle is gone")
        },
        Requirement(.must, "delete.idIsFree", "runtime.md, Delete", "Its id may be used again.") { lab in
            let container = try lab.start("exit 0")
            try container.waits(for: "stopped")
            try container.delete()
            let again = try lab.runtime("create", "--bundle", container.bundle, container.id)
            try require(again.status == 0, "\(again)")
        },
        Requirement(.flag, "delete.force.running", "delete --force", "A running container is killed and deleted.") { lab in
            let container = try ready(lab)
            let pid = try container.pid
            try container.delete(force: true)
            try require(try lab.runtime("state", container.id).status != 0, "it is still there")
            let ended = eventually { !Machine.exists("/proc/\(pid)") || Machine.read("/proc/\(pid)/cmdline") == "" }
            try require(ended, "its process runs on")
        },
        Requirement(.flag, "delete.force.created", "delete --force", "A created container too.") { lab in
            let container = try lab.create("sleep 30")
            try container.delete(force: true)
            try require(try lab.runtime("state", container.id).status != 0, "it is still there")
        },
        Requirement(.flag, "delete.force.unknown", "delete --force", "One that does not exist is no error.") { lab in
            try lab.create("sleep 30").delete(force: true)
            try require(try lab.runtime("state", "nobody").status != 0, "it exists")
            let result = try lab.runtime("delete", "--force", "nobody")
            try require(result.status == 0, "\(result)")
        },
    ]
}
