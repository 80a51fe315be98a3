import Foundation

/// runtime.md, Lifecycle: what a hook that fails does to its container.
enum HookFailureRequirements {
    private static let section = "runtime.md, Lifecycle"

    /// A failure during create.
    private static func ofCreate(_ kind: String) -> Requirement {
        Requirement(
            .must, "hooks.\(kind).failure", section, "A \(kind) hook that fails: create fails, and the container is destroyed."
        ) { lab in
            try lab.works()
            let id = lab.own("c")
            let bundle = try lab.bundle(try lab.config("echo ran > /dev/shm/x; sleep 30") { $0.hook(kind, "exit 3") })
            let result = try lab.runtime("create", "--bundle", bundle, id)
            try require(result.status != 0, "create succeeds")
            try require(try lab.runtime("state", id).status != 0, "the container is left")
            let left = Machine.groupTrees.filter { Machine.exists("\($0)\(lab.group)/c") }
            try require(left.isEmpty, "a group is left: \(left)")
        }
    }

    private static func poststop(after kind: String) -> Requirement {
        Requirement(.must, "hooks.\(kind).failure.poststop", section, "After a \(kind) hook that failed, poststop hooks run.") {
            lab in
            let id = lab.own("c")
            let bundle = try lab.bundle(
                try lab.config("sleep 30") {
                    $0.hook(kind, "exit 3")
                    $0.hook("poststop", "echo done > \(lab.path("poststop"))")
                })
            try require(try lab.runtime("run", "--bundle", bundle, id).status != 0, "run succeeds")
            _ = try lab.runtime("delete", "--force", id)
            try require(lab.read("poststop"), is: "done", "poststop")
        }
    }

    static let all: [Requirement] = [
        ofCreate("prestart"), ofCreate("createRuntime"), ofCreate("createContainer"),
        Requirement(.must, "hooks.failure.later", section, "Hooks after one that failed do not run.") { lab in
            try lab.works()
            let id = lab.own("c")
            let bundle = try lab.bundle(
                try lab.config("sleep 30") {
                    $0.hook("createRuntime", "exit 3")
                    $0.hook("createRuntime", "echo ran > \(lab.path("second"))")
                    $0.hook("createContainer", "echo ran > \(lab.path("second"))")
                })
            try require(try lab.runtime("create", "--bundle", bundle, id).status != 0, "create succeeds")
            try require(!Machine.exists(lab.path("second")), "a later hook ran")
        },
        Requirement(
            .must, "hooks.startContainer.failure", section,
            "A startContainer hook that fails: start fails, the program does not run."
        ) { lab in
            try lab.works()
            let container = try lab.create("echo it ran; sleep 30") { $0.hook("startContainer", "exit 3") }
            try require(try lab.runtime("start", container.id).status != 0, "start succeeds")
            try require(container.out.isEmpty, "the program ran")
        },
        Requirement(
            .must, "hooks.startContainer.failure.stops", section, "And the container is stopped or gone."
        ) { lab in
            let container = try lab.create("sleep 30") { $0.hook("startContainer", "exit 3") }
            _ = try lab.runtime("start", container.id)
            let ended = try eventually {
                let result = try lab.runtime("state", container.id)
                return result.status != 0 || result.out.contains("stopped")
            }
            try require(ended, "it goes on")
        },
        Requirement(.must, "hooks.poststart.failure", section, "A poststart hook that fails: start fails.") { lab in
            let container = try lab.create("sleep 30") { $0.hook("poststart", "exit 3") }
            try require(try lab.runtime("start", container.id).status != 0, "start succeeds")
        },
        Requirement(.must, "hooks.poststart.failure.stops", section, "And the container is stopped.") { lab in
            let container = try lab.create("sleep 30") { $0.hook("poststart", "exit 3") }
            _ = try lab.runtime("start", container.id)
            let ended = try eventually(within: 2) {
                let result = try lab.runtime("state", container.id)
                return result.status != 0 || result.out.contains("stopped")
            }
            try require(ended, "it goes on")
        },
        Requirement(.must, "hooks.poststop.failure", section, "A poststop hook that fails is a warning: delete succeeds.") {
            lab in
            let container = try lab.start("exit 0") { $0.hook("poststop", "exit 3") }
            try container.waits(for: "stopped")
            try container.delete()
            try require(try lab.runtime("state", container.id).status != 0, "the container is left")
        },
        Requirement(.must, "hooks.poststop.failure.later", section, "The poststop hooks after it run.") { lab in
            let container = try lab.start("exit 0") {
                $0.hook("poststop", "exit 3")
                $0.hook("poststop", "echo ran > \(lab.path("second"))")
            }
            try container.waits(for: "stopped")
            _ = try lab.runtime("delete", container.id)
            try require(lab.read("second"), is: "ran", "the second hook")
        },
        poststop(after: "createRuntime"), poststop(after: "startContainer"),
        Requirement(
            .must, "hooks.timeout", "config.md, POSIX-platform Hooks", "A hook that runs out of time is ended, and has failed."
        ) { lab in
            try lab.works()
            let id = lab.own("c")
            let bundle = try lab.bundle(
                try lab.config("sleep 30") { $0.hook("createRuntime", "exec sleep 48.75", ["timeout": 1]) })
            let start = monotonic()
            try require(try lab.runtime("create", "--bundle", bundle, id).status != 0, "create succeeds")
            try require(monotonic() - start < 10 * Machine.slowness, "it took \(monotonic() - start) s")
            let gone = try eventually { try lab.host("sh", "-c", "pgrep -f -x 'sleep 48.75' || true").isEmpty }
            try require(gone, "the hook runs on")
        },
        Requirement(.must, "hooks.notThere", "config.md, POSIX-platform Hooks", "A hook whose path is not there has failed.") {
            lab in
            try lab.refuses("a hook that is not there") { $0.add("hooks.createRuntime", ["path": "/nothing/here"]) }
        },
        Requirement(
            .must, "hooks.startContainer.path", "config.md, POSIX-platform Hooks",
            "The path of a startContainer hook is one of the container's, those of others the host's."
        ) { lab in
            let root = try lab.privateRoot()
            try lab.host(
                "sh", "-c", "printf '#!/bin/sh\\ntouch /marked\\n' > \(root)/bin/only-inside && chmod 755 \(root)/bin/only-inside"
            )
            try lab.accepts {
                $0["root.path"] = root
                $0.add("hooks.startContainer", ["path": "/bin/only-inside", "env": ["PATH=/bin"]] as JSON)
            }
            try require(Machine.exists("\(root)/marked"), "it did not run")
            try lab.refuses("a createRuntime hook of the container's") {
                $0["root.path"] = root
                $0.add("hooks.createRuntime", ["path": "/bin/only-inside"])
            }
        },
    ]
}
