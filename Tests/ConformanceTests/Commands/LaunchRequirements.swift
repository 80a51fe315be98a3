import Foundation

/// create and run, and the flags of every command.
enum LaunchRequirements {
    private static func pidFile(_ lab: Lab, _ container: Container) throws {
        try require(lab.read("pid"), is: "\(try container.pid)", "the pid file")
    }

    static let all: [Requirement] = [
        Requirement(.flag, "run.exitStatus", "run", "run ends with the program's exit status.") { lab in
            for status in [0, 1, 42, 255] {
                let result = try lab.run("exit \(status)") { $0["linux.cgroupsPath"] = "\(lab.group)/s\(status)" }
                try require("\(result.status)", is: "\(status)", "exit status")
            }
        },
        Requirement(.flag, "run.exitStatus.signal", "run", "Of a program that a signal ended it is 128 and the signal's number.")
        { lab in
            // The first process of a pid namespace cannot be ended so from inside.
            let result = try lab.run("kill -TERM $$") { $0.without(namespace: "pid") }
            try require("\(result.status)", is: "143", "exit status")
        },
        Requirement(.flag, "run.streams", "run", "The program has the runtime's standard streams.") { lab in
            let bundle = try lab.bundle(try lab.config("cat; echo err >&2"))
            let result = try lab.runtime("run", "--bundle", bundle, lab.own("c"), stdin: "given\n")
            try require(result.text, is: "given", "standard output")
            try require(result.err.contains("err"), "standard error: \(result.err)")
        },
        Requirement(.flag, "run.deletes", "run", "When it has ended the container is deleted.") { lab in
            try lab.accepts()
            try require(try lab.runtime("list", "-q").text, is: "", "containers")
            let left = Machine.groupTrees.filter { Machine.exists("\($0)\(lab.group)/c") }
            try require(left.isEmpty, "a group is left: \(left)")
        },
        Requirement(
            .flag, "run.error", "run", "A container that cannot be made: an exit status that is not zero, and one message."
        ) { lab in
            let result = try lab.run("true") { $0["process.args"] = ["/nothing/here"] }
            try require(result.status != 0, "it is 0")
            try require(result.err.contains("/nothing/here") || result.err.contains("nothing/here"), "it says \(result.err)")
        },
        Requirement(.flag, "run.signals", "run", "A signal to run goes to the program.") { lab in
            let bundle = try lab.bundle(try lab.config("trap 'echo got; exit 7' TERM; echo ready; while :; do sleep 0.05; done"))
            let command = try lab.command(["run", "--bundle", bundle, lab.own("c")])
            try require(eventually { command.out.contains("ready") }, "it does not run")
            command.send(SIGTERM)
            let result = try command.finish()
            try require(result.status == 7 && result.out.contains("got"), "\(result)")
        },
        Requirement(.flag, "run.detach", "run --detach", "run returns once the program runs, and leaves it running.") { lab in
            let bundle = try lab.bundle(try lab.config("exec sleep 30"))
            let result = try lab.runtime("run", "--detach", "--bundle", bundle, lab.own("c"))
            try require(result.status == 0, "\(result)")
            try require(try lab.runtime("state", "c").out.contains("running"), "it does not run")
        },
        Requirement(.flag, "run.pidFile", "run --pid-file", "The program's process id is written to the file.") { lab in
            let bundle = try lab.bundle(try lab.config("exec sleep 30"))
            let result = try lab.runtime("run", "-d", "--pid-file", lab.path("pid"), "--bundle", bundle, lab.own("c"))
            try require(result.status == 0, "\(result)")
            try pidFile(lab, Container(lab: lab, id: "c", bundle: bundle, command: try lab.helper("true")))
        },
        Requirement(.flag, "create.pidFile", "create --pid-file", "So it is by create.") { lab in
            let container = try lab.create("sleep 30", ["--pid-file", lab.path("pid")])
            try pidFile(lab, container)
        },
        Requirement(.flag, "create.bundle.default", "create --bundle", "Without --bundle it is the working directory.") { lab in
            let bundle = try lab.bundle(try lab.config("sleep 30"))
            let result = try lab.command(["create", lab.own("c")], in: bundle).finish()
            try require(result.status == 0, "\(result)")
            try require(try lab.runtime("state", "c").out.contains("created"), "it is not there")
        },
        Requirement(.flag, "create.bundle.short", "create -b", "-b is --bundle.") { lab in
            let bundle = try lab.bundle(try lab.config("sleep 30"))
            let result = try lab.runtime("create", "-b", bundle, lab.own("c"))
            try require(result.status == 0, "\(result)")
            try require(try lab.runtime("state", "c").out.contains("created"), "it is not there")
        },
        Requirement(.flag, "run.preserveFds", "run --preserve-fds", "That many descriptors from 3 on are the program's.") { lab in
            let file = open(try lab.write("through\n", to: "given"), O_RDONLY)
            let high = fcntl(file, F_DUPFD_CLOEXEC, 50)
            defer { close(file); close(high) }
            let bundle = try lab.bundle(try lab.config("cat <&3"))
            let words = ["run", "--preserve-fds", "1", "--bundle", bundle, lab.own("c")]
            let result = try lab.command(words, descriptors: [high]).finish()
            try require(result.text, is: "through", "what descriptor 3 gives: \(result)")
        },
        Requirement(.flag, "run.preserveFds.none", "run --preserve-fds", "Without it they are not.") { lab in
            let file = open(try lab.write("through\n", to: "given"), O_RDONLY)
            let high = fcntl(file, F_DUPFD_CLOEXEC, 50)
            defer { close(file); close(high) }
            let bundle = try lab.bundle(try lab.config("cat <&3 2>/dev/null || echo none"))
            let result = try lab.command(["run", "--bundle", bundle, lab.own("c")], descriptors: [high]).finish()
            try require(result.text, is: "none", "what descriptor 3 gives")
        },
        Requirement(.flag, "run.noNewKeyring", "run --no-new-keyring", "It is taken.") { lab in
            try lab.accepts(["--no-new-keyring"])
        },
        Requirement(.flag, "run.noPivot", "run --no-pivot", "The root is changed without pivot_root(2).") { lab in
            try require(try lab.output("echo fine", ["--no-pivot"]), is: "fine", "output")
        },
        Requirement(.flag, "root", "--root", "Containers of one state directory are not seen from another.") { lab in
            let container = try lab.create("sleep 30")
            let other = try lab.host(
                "sh", "-c", "\(Machine.runtime) --root \(lab.path("other")) state \(container.id) && echo seen || echo none")
            try require(other, is: "none", "the container")
        },
        Requirement(.flag, "log", "--log", "Errors are appended to the file.") { lab in
            let result = try lab.command(["state", "nobody"], globals: ["--log", lab.path("log")]).finish()
            try require(result.status != 0, "it succeeds")
            try require(!lab.read("log").isEmpty, "the file is empty")
        },
        Requirement(.flag, "log.json", "--log-format json", "Each is an object with level and msg.") { lab in
            let globals = ["--log", lab.path("log"), "--log-format", "json"]
            _ = try lab.command(["state", "nobody"], globals: globals).finish()
            let line = lab.read("log").split(separator: "\n").last.map(String.init) ?? ""
            guard let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? JSON else {
                throw Unmet("the line is \"\(line)\"")
            }
            try require(object["level"] as? String == "error", "level is \(String(describing: object["level"]))")
            try require(!(object["msg"] as? String ?? "").isEmpty, "there is no msg")
        },
        Requirement(.flag, "log.format.unknown", "--log-format", "A form that does not exist is an error.") { lab in
            let good = try lab.command(["list", "-q"], globals: ["--log-format", "json"]).finish()
            try require(good.status == 0, "json is not: \(good)")
            let result = try lab.command(["list", "-q"], globals: ["--log-format", "nosuch"]).finish()
            try require(result.status != 0, "it is accepted")
        },
        Requirement(.flag, "version", "--version", "It says its name, its version, and that of the specification.") { lab in
            let result = try lab.runtime("--version")
            try require(result.status == 0 && result.out.contains("version"), "\(result)")
            try require(result.out.contains(/spec: [0-9]+\.[0-9]+\.[0-9]+/), "the specification's is not there: \(result.out)")
        },
        Requirement(.flag, "help", "--help", "It lists the commands.") { lab in
            let result = try lab.runtime("--help")
            let text = result.out + result.err
            try require(["create", "start", "state", "kill", "delete"].allSatisfy(text.contains), "\(result)")
        },
        Requirement(.flag, "command.unknown", "COMMAND", "A command that does not exist is an error.") { lab in
            let result = try lab.runtime("nosuchcommand")
            try require(result.status != 0, "it is accepted")
            try require(try lab.runtime("list", "-q").status == 0, "one that exists is refused")
        },
        Requirement(.flag, "flag.unknown", "FLAGS", "A flag that does not exist is an error.") { lab in
            let result = try lab.runtime("list", "--nosuchflag")
            try require(result.status != 0, "it is accepted")
            try require(try lab.runtime("list", "-q").status == 0, "one that exists is refused")
        },
    ]
}
