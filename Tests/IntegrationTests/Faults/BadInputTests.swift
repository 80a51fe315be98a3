import Foundation
import Testing

/// One thing a user can get wrong.
struct BadInput: CustomTestStringConvertible {
    var name: String
    /// ROOT, DIR stand for the test's root file system and directory.
    var words: [String]
    var status = 125
    /// What the line has to name.
    var names: [String] = []

    var testDescription: String { name }

    static let all = [
        BadInput(name: "missing rootfs", words: ["--rootfs", "DIR/nowhere", "true"], names: ["DIR/nowhere"]),
        BadInput(name: "rootfs is a file, not a tar", words: ["--rootfs", "DIR/plain", "true"], names: ["DIR/plain"]),
        BadInput(name: "rootfs is empty", words: ["--rootfs", "DIR/empty", "true"], names: ["DIR/empty"]),
        BadInput(name: "rootfs tar is cut off", words: ["--rootfs", "DIR/cut.tar", "true"], names: ["DIR/cut.tar"]),
        BadInput(name: "rootfs gzip is cut off", words: ["--rootfs", "DIR/cut.tar.gz", "true"], names: ["DIR/cut.tar.gz"]),
        BadInput(name: "tar that climbs out", words: ["--rootfs", "DIR/climb.tar", "true"], names: ["climb"]),
        BadInput(name: "unknown image", words: ["no-such-image", "true"], names: ["no-such-image"]),
        BadInput(name: "unknown flag", words: ["--no-such-flag", "--rootfs", "ROOT", "true"], names: ["--no-such-flag"]),
        BadInput(name: "memory is a word", words: ["--memory", "lots", "--rootfs", "ROOT", "true"], names: ["lots"]),
        BadInput(name: "memory is below the least", words: ["--memory", "1k", "--rootfs", "ROOT", "true"], names: ["memory"]),
        BadInput(name: "memory is negative", words: ["--memory=-5m", "--rootfs", "ROOT", "true"]),
        BadInput(
            name: "swap below memory", words: ["--memory", "64m", "--memory-swap", "32m", "--rootfs", "ROOT", "true"],
            names: ["swap"]),
        BadInput(name: "cpus is a word", words: ["--cpus", "many", "--rootfs", "ROOT", "true"], names: ["many"]),
        BadInput(
            name: "more cpus than there are", words: ["--cpuset-cpus", "4095", "--rootfs", "ROOT", "true"], names: ["processors"]),
        BadInput(name: "cpuset is a word", words: ["--cpuset-cpus", "a-b", "--rootfs", "ROOT", "true"], names: ["a-b"]),
        BadInput(name: "unknown capability", words: ["--cap-add", "FLY", "--rootfs", "ROOT", "true"], names: ["FLY"]),
        BadInput(
            name: "unknown security option", words: ["--security-opt", "magic=1", "--rootfs", "ROOT", "true"], names: ["magic"]),
        BadInput(
            name: "unknown namespace path", words: ["--network", "ns:/no/such/ns", "--rootfs", "ROOT", "true"],
            names: ["/no/such/ns"]),
        BadInput(
            name: "namespace path is no namespace", words: ["--network", "ns:/etc/passwd", "--rootfs", "ROOT", "true"],
            names: ["/etc/passwd"]),
        BadInput(
            name: "namespace of another kind", words: ["--network", "ns:/proc/self/ns/uts", "--rootfs", "ROOT", "true"],
            names: ["/proc/self/ns/uts"]),
        BadInput(
            name: "unknown network", words: ["--network", "no-such-network", "--rootfs", "ROOT", "true"],
            names: ["no-such-network"]),
        BadInput(
            name: "missing volume source", words: ["--mount", "type=bind,src=/no/such/dir,dst=/d", "--rootfs", "ROOT", "true"],
            names: ["/no/such/dir"]),
        BadInput(name: "volume without a target", words: ["--mount", "type=bind,src=/etc", "--rootfs", "ROOT", "true"]),
        BadInput(name: "relative volume target", words: ["-v", "/etc:data", "--rootfs", "ROOT", "true"], names: ["data"]),
        BadInput(name: "unknown volume option", words: ["-v", "/etc:/data:bogus", "--rootfs", "ROOT", "true"], names: ["bogus"]),
        BadInput(
            name: "unknown mount type", words: ["--mount", "type=magic,dst=/d", "--rootfs", "ROOT", "true"], names: ["magic"]),
        BadInput(
            name: "missing device", words: ["--device", "/dev/no-such", "--rootfs", "ROOT", "true"], names: ["/dev/no-such"]),
        BadInput(
            name: "device is a file", words: ["--device", "/etc/passwd", "--rootfs", "ROOT", "true"], names: ["/etc/passwd"]),
        BadInput(name: "unknown limit", words: ["--ulimit", "wings=1", "--rootfs", "ROOT", "true"], names: ["wings"]),
        BadInput(
            name: "soft limit above the hard one", words: ["--ulimit", "nofile=200:100", "--rootfs", "ROOT", "true"],
            names: ["nofile"]),
        BadInput(name: "unknown user", words: ["--user", "nobody-here", "--rootfs", "ROOT", "true"], names: ["nobody-here"]),
        BadInput(name: "unknown group", words: ["--user", "0:nobody-here", "--rootfs", "ROOT", "true"], names: ["nobody-here"]),
        BadInput(name: "umask is no octal number", words: ["--umask", "999", "--rootfs", "ROOT", "true"], names: ["999"]),
        BadInput(
            name: "missing environment file", words: ["--env-file", "/no/env", "--rootfs", "ROOT", "true"], names: ["/no/env"]),
        BadInput(
            name: "map that overlaps", words: ["--uidmap", "0:1000:10", "--uidmap", "5:2000:10", "--rootfs", "ROOT", "true"]),
        BadInput(name: "map that is no map", words: ["--uidmap", "0-1000", "--rootfs", "ROOT", "true"], names: ["0-1000"]),
        BadInput(name: "name with a slash", words: ["--name", "a/b", "--rootfs", "ROOT", "true"], names: ["a/b"]),
        BadInput(name: "unknown signal", words: ["--stop-signal", "SIGWHAT", "--rootfs", "ROOT", "true"], names: ["SIGWHAT"]),
        BadInput(name: "unknown detach keys", words: ["--detach-keys", "ctrl-", "--rootfs", "ROOT", "true"], names: ["ctrl-"]),
        BadInput(
            name: "host name too long", words: ["--hostname", String(repeating: "h", count: 65), "--rootfs", "ROOT", "true"]),
        BadInput(name: "no command and no default", words: ["--rootfs", "DIR/empty"], names: []),
        BadInput(name: "nothing at all", words: []),
        BadInput(
            name: "working directory is a file", words: ["--workdir", "/etc/passwd", "--rootfs", "ROOT", "true"],
            names: ["/etc/passwd"]),
        BadInput(name: "command not found", words: ["--rootfs", "ROOT", "no-such"], status: 127, names: ["no-such"]),
        BadInput(name: "command is a directory", words: ["--rootfs", "ROOT", "/etc"], status: 126, names: ["/etc"]),
        BadInput(
            name: "command is not executable", words: ["--rootfs", "ROOT", "/etc/passwd"], status: 126, names: ["/etc/passwd"]),
        BadInput(
            name: "command for another machine", words: ["--rootfs", "ROOT", "/bin/foreign"], status: 126, names: ["/bin/foreign"]
        ),
        BadInput(
            name: "script without its interpreter", words: ["--rootfs", "ROOT", "/bin/script"], status: 127,
            names: ["/bin/script"]),
    ]
}

extension IntegrationTests {
    @Suite struct BadInputTests {
        private func prepare(_ hako: Hako) throws {
            let root = hako.rootfs, directory = hako.directory
            try host(
                "sh", "-c",
                """
                cd \(directory); mkdir empty; echo not a tar > plain; head -c 700000 \(Machine.rootfs)/busybox.tar > cut.tar; \
                head -c 500000 \(Machine.rootfs)/busybox.tar.gz > cut.tar.gz; \
                printf '\\177ELF\\002\\001\\001%050d' 0 > \(root)/bin/foreign; printf '#!/no/such/shell\\n' > \(root)/bin/script; \
                chmod 755 \(root)/bin/foreign \(root)/bin/script; chown -h \(hako.identity.id) empty \(root)/bin/foreign \(root)/bin/script
                """)
            _ = try host("python3", "\(Machine.scripts)/hostile-tars.py", directory)
        }

        @Test(arguments: Identity.allCases, BadInput.all.sampled)
        func oneLineTheRightStatusAndNothingLeft(_ who: Identity, _ input: BadInput) throws {
            try withHako(who) { hako in
                try prepare(hako)
                let fill = { (word: String) in
                    word.replacingOccurrences(of: "ROOT", with: hako.rootfs).replacingOccurrences(of: "DIR", with: hako.directory)
                }
                let words = hako.hakoWords(["run", "--rm"] + input.words.map(fill))
                let result = try hako.spawn(words).finish()
                #expect(result.status == input.status, "\(result)")
                #expect(result.oneErrorLine, "not one line: \(result)")
                #expect(result.err.hasPrefix("hako: "), "\(result)")
                for name in input.names { #expect(result.err.contains(fill(name)), "does not name \(name): \(result)") }
                #expect(!result.err.contains("Fatal") && !result.err.contains(".swift"), "\(result)")
                #expect(try hako("ps", "-aq").text == "", "a container is left")
                #expect(try hako.newGroups().isEmpty)
            }
        }

        @Test(arguments: Identity.allCases, ["dotdot", "absolute", "symlink", "hardlink", "symlink-dir"])
        func hostileTarDoesNotReachOutside(_ who: Identity, _ kind: String) throws {
            try withHako(who) { hako in
                try prepare(hako)
                let result = try hako.run("--rootfs", "\(hako.directory)/\(kind).tar", "--", "true")
                #expect(!Machine.exists("/tmp/hako-escaped") && !Machine.exists("\(hako.directory)/hako-escaped"), "\(result)")
                let found = try host("find", "/etc", "/tmp", "-maxdepth", "1", "-name", "hako-escaped").text
                #expect(found == "")
            }
        }

        @Test func noRights() throws {
            try withHako(.user) { hako in
                try host("sh", "-c", "mkdir -p \(hako.path("closed")) && chmod 700 \(hako.path("closed"))")
                try host("chown", "0:0", hako.path("closed"))
                let result = try hako.run("--rootfs", hako.path("closed"), "--", "true")
                #expect(result.status == 125 && result.oneErrorLine && result.err.contains("closed"), "\(result)")
            }
        }

        @Test(arguments: [
            ["rm", "nobody"], ["start", "nobody"], ["diff", "nobody"], ["export", "nobody"], ["no-such-command"],
        ])
        func unknownContainersAndCommands(_ words: [String]) throws {
            try withHako { hako in
                let result = try hako.spawn(hako.hakoWords(words)).finish()
                #expect((1...125).contains(result.status) && result.oneErrorLine && result.err.contains(words.last!), "\(result)")
            }
        }

        @Test func aNameInUse() throws {
            try withHako { hako in
                #expect(try hako.run("--name", "twice", "--", "true").status == 0)
                let result = try hako.run("--name", "twice", "--", "true")
                #expect(result.status == 125 && result.oneErrorLine && result.err.contains("twice"), "\(result)")
            }
        }
    }
}
