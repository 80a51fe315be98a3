import Foundation

/// config.md, Process: terminal and consoleSize.
enum TerminalRequirements {
    private static let section = "config.md, Process"

    /// A created container with a terminal, whose controlling side came over the console socket.
    private static func terminal(
        _ lab: Lab, _ script: String, _ change: (inout Config) throws -> Void = { _ in }
    ) throws -> (Container, Received) {
        let listener = try Listener(lab.path("console"))
        let container = try lab.create(script, ["--console-socket", listener.path]) {
            $0["process.terminal"] = true
            try change(&$0)
        }
        let received = try listener.receive()
        try require(received.descriptors.count == 1, "\(received.descriptors.count) descriptors were sent")
        return (container, received)
    }

    static let all: [Requirement] = [
        Requirement(.must, "terminal.streams", section, "With terminal the three standard streams are one terminal.") { lab in
            let script =
                "for i in 0 1 2; do [ -t $i ] && echo tty$i; done; readlink /proc/self/fd/0; readlink /proc/self/fd/2; echo end; sleep 30"
            let (container, console) = try terminal(lab, script)
            try container.start()
            let seen = try console.shows("end")
            try require(seen.contains("tty0\r\ntty1\r\ntty2"), "streams: \(seen)")
            try require(
                seen.contains("/dev/pts/0\r\n/dev/pts/0") || seen.contains("/dev/console\r\n/dev/console"), "names: \(seen)")
        },
        Requirement(.must, "terminal.controlling", section, "It is the process's controlling terminal.") { lab in
            let (container, console) = try terminal(lab, "echo through > /dev/tty; sleep 30")
            try container.start()
            _ = try console.shows("through")
        },
        Requirement(.must, "terminal.input", section, "What is typed reaches the program.") { lab in
            let (container, console) = try terminal(lab, "read word; echo got-$word; sleep 30")
            try container.start()
            _ = "typed\n".utf8CString.withUnsafeBytes { write(console.descriptors[0], $0.baseAddress, 6) }
            _ = try console.shows("got-typed")
        },
        Requirement(.must, "terminal.console", "config-linux.md, Default Devices", "/dev/console is the terminal.") { lab in
            let (container, console) = try terminal(lab, "ls -l /dev/console | cut -c1; echo over > /dev/console; sleep 30")
            try container.start()
            let seen = try console.shows("over")
            try require(seen.hasPrefix("c"), "it is no device: \(seen)")
        },
        Requirement(.must, "terminal.size", section, "consoleSize is its size.") { lab in
            let (container, console) = try terminal(lab, "stty size; sleep 30") {
                $0["process.consoleSize"] = ["height": 33, "width": 99]
            }
            try container.start()
            _ = try console.shows("33 99")
        },
        Requirement(.must, "terminal.size.ignored", section, "Without terminal consoleSize is ignored.") { lab in
            let seen = try lab.output("[ -t 0 ] && echo tty || echo none") {
                $0["process.consoleSize"] = ["height": 33, "width": 99]
            }
            try require(seen, is: "none", "standard input")
        },
        Requirement(.must, "terminal.false", section, "terminal is false when absent: no stream is a terminal.") { lab in
            let seen = try lab.output("for i in 0 1 2; do [ -t $i ] && echo tty$i; done; echo none") {
                $0["process.terminal"] = nil
            }
            try require(seen, is: "none", "streams")
        },
        Requirement(
            .flag, "terminal.noSocket", "create --console-socket", "A terminal without a console socket is an error of create."
        ) { lab in
            _ = try terminal(lab, "sleep 30")
            let bundle = try lab.bundle(
                try lab.config("sleep 30") {
                    $0["process.terminal"] = true
                    $0["linux.cgroupsPath"] = "\(lab.group)/other"
                })
            try require(try lab.runtime("create", "--bundle", bundle, lab.own("c")).status != 0, "create succeeds")
        },
        Requirement(
            .flag, "terminal.socketNotThere", "create --console-socket", "A console socket nobody listens on is an error."
        ) { lab in
            _ = try terminal(lab, "sleep 30")
            let bundle = try lab.bundle(
                try lab.config("sleep 30") {
                    $0["process.terminal"] = true
                    $0["linux.cgroupsPath"] = "\(lab.group)/other"
                })
            let result = try lab.runtime("create", "--bundle", bundle, "--console-socket", lab.path("none"), lab.own("c"))
            try require(result.status != 0, "create succeeds")
            try require(try lab.runtime("state", "c").status != 0, "a container is left")
        },
        Requirement(.flag, "terminal.exec", "exec --tty --console-socket", "exec gives a terminal too.") { lab in
            let container = try lab.start("exec sleep 30")
            let listener = try Listener(lab.path("console"))
            let words = ["exec", "--tty", "--detach", "--console-socket", listener.path, container.id]
            let result = try lab.command(words + ["sh", "-c", "tty; echo end; sleep 5"]).finish()
            try require(result.status == 0, "\(result)")
            let seen = try listener.receive().shows("end")
            try require(seen.contains("/dev/pts/"), "tty: \(seen)")
        },
    ]
}
