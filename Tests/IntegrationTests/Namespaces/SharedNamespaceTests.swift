import Foundation
import Testing

extension IntegrationTests {
    /// Namespaces of another container: `--network container:NAME` and its like.
    @Suite struct SharedNamespaceTests {
        private static let script = "for n in net pid ipc uts user; do readlink /proc/self/ns/$n; done"

        private func start(_ hako: Hako, _ options: String...) throws {
            let words = hako.runWords(["-d", "--name", "first", "--hostname", "shared"] + options + ["--", "sleep", "1000"])
            let started = try hako.spawn(hako.hakoWords(words)).finish(within: 20)
            #expect(started.status == 0, "\(started)")
        }

        private func join(_ hako: Hako, _ kinds: [String] = ["network", "pid", "ipc", "uts"], script: String) throws -> Outcome {
            let words = kinds.flatMap { ["--\($0)", "container:first"] }
            return try hako.spawn(hako.hakoWords(hako.runWords(words + ["--", "sh", "-c", script]))).finish(within: 20)
        }

        @Test(arguments: Identity.allCases)
        func allAreShared(_ who: Identity) throws {
            try withHako(who) { hako in
                try start(hako)
                let first = try hako("exec", "first", "sh", "-c", Self.script)
                let second = try join(hako, script: Self.script)
                #expect(second.status == 0 && second.lines == first.lines, "\(first) \(second)")
                let inside = try join(
                    hako,
                    script:
                        "hostname; cat /etc/hostname; ls /sys/class/net; ps -o args | grep -c '[s]leep 1000'; mount | grep -c mqueue"
                )
                #expect(inside.lines == ["shared", "shared", "lo", "1", "1"], "\(inside)")
                #expect(try hako("exec", "first", "sh", "-c", "echo here > /dev/shm/file").status == 0)
                #expect(try join(hako, ["ipc"], script: "cat /dev/shm/file; echo there > /dev/shm/file").text == "here")
                #expect(try hako("exec", "first", "cat", "/dev/shm/file").text == "there")
                // What it writes is root's, as if it were alone.
                let owner = try join(hako, script: "touch /f && stat -c %u:%g /f /etc /dev/null /etc/hosts")
                #expect(owner.lines.first == "0:0" && owner.lines.last == "0:0", "\(owner)")
            }
        }

        @Test(.fastMachine, arguments: Identity.allCases)
        func theNetworkAloneBringsTheUserNamespace(_ who: Identity) throws {
            try withHako(who) { hako in
                try start(hako)
                let first = try hako("exec", "first", "sh", "-c", Self.script).lines
                let second = try join(hako, ["network"], script: Self.script).lines
                #expect(second.count == 5 && second[0] == first[0] && second[4] == first[4], "\(first) \(second)")
                #expect(second[1] != first[1] && second[2] != first[2] && second[3] != first[3])
                // It may do to the network what its root may, and no more.
                let added = try join(
                    hako, ["network", "uts"], script: "ifconfig lo:1 127.0.0.9; ip addr show lo | grep -c 127.0.0.9")
                #expect(added.text == "0", "\(added)")
                let granted = try hako.run(
                    "--network", "container:first", "--cap-add", "NET_ADMIN", "--", "sh", "-c",
                    "ifconfig lo:1 127.0.0.9 && ip addr show lo | grep -c 127.0.0.9")
                #expect(granted.text == "1", "\(granted)")
                let users = try join(hako, ["userns"], script: Self.script).lines
                #expect(users.count == 5 && users[4] == first[4] && users[0] != first[0], "\(users)")
            }
        }

        @Test(.fastMachine, arguments: Identity.allCases)
        func theyTalkOverLoopback(_ who: Identity) throws {
            try withHako(who) { hako in
                try start(hako)
                let server = hako.runWords(
                    ["-d", "--name", "server", "--network", "container:first", "--", "sh", "-c", "echo hello | nc -l -p 8000"])
                #expect(try hako.spawn(hako.hakoWords(server)).finish(within: 20).status == 0)
                let heard = try eventually { try hako("exec", "first", "nc", "127.0.0.1", "8000").text == "hello" }
                #expect(heard)
            }
        }

        @Test(.fastMachine, arguments: Identity.allCases)
        func theyFollowTheFirstThroughARestart(_ who: Identity) throws {
            try withHako(who) { hako in
                try start(hako)
                let words = hako.runWords(
                    ["-d", "--name", "second", "--network", "container:first", "--", "sh", "-c", "readlink /proc/self/ns/net"])
                #expect(try hako.spawn(hako.hakoWords(words)).finish(within: 20).status == 0)
                #expect(try eventually { try hako("ps", "-q").lines.count == 1 })
                #expect(try hako("stop", "-t", "0", "first").status == 0)
                let refused = try hako("start", "second")
                #expect(refused.status == 125 && refused.err.contains("which is not running"), "\(refused)")
                #expect(refused.err.split(separator: "\n").count == 1)
                #expect(try hako("start", "first").status == 0)
                #expect(try hako("start", "second").status == 0)
                let net = try hako("exec", "first", "readlink", "/proc/self/ns/net").text
                #expect(try eventually { try hako("logs", "second").lines.last == net })
                let kept = try hako("rm", "-f", "first")
                #expect(kept.status == 0, "\(kept)")
                let gone = try hako("start", "second")
                #expect(gone.status == 125 && gone.err.contains("which is gone"), "\(gone)")
            }
        }

        @Test(.fastMachine) func whatOthersNeedIsNotRemovedAndInspectSaysWhat() throws {
            try withHako { hako in
                try start(hako)
                let words = [
                    "create", "--name", "second", "--network", "container:first", "--ipc", "container:first", "--rootfs",
                    hako.rootfs, "true",
                ]
                let made = try hako.spawn(hako.hakoWords(words)).finish(within: 20)
                #expect(made.status == 0, "\(made)")
                let copied = try hako("cp", "second:/etc/hosts", hako.path("copied"))
                #expect(copied.status == 0, "\(copied)")
                #expect(try hako("stop", "-t", "0", "first").status == 0)
                let refused = try hako("rm", "first")
                #expect(refused.status == 125 && refused.err.contains("container second"), "\(refused)")
                let id = try hako("inspect", "-f", "{{.Id}}", "first").text
                #expect(try hako("inspect", "-f", "{{.HostConfig.NetworkMode}}", "second").text == "container:\(id)")
                #expect(
                    try hako("ps", "-a", "-f", "name=second", "--format", "{{.Shared}}").text.contains("network=container:\(id)"))
                #expect(try hako("rm", "second").status == 0)
                #expect(try hako("rm", "first").status == 0)
            }
        }

        /// As root: no user namespace, and the host's network, are shared as they are.
        @Test(.fastMachine) func whatTheFirstHasOfTheHostsIsTheHosts() throws {
            try withHako { hako in
                let words = [
                    "run", "-d", "--name", "first", "--userns", "host", "--network", "host", "--rootfs", hako.rootfs, "sleep",
                    "1000",
                ]
                #expect(try hako.spawn(hako.hakoWords(words)).finish(within: 20).status == 0)
                let shared = try join(
                    hako, ["network", "ipc"], script: "readlink /proc/self/ns/user; readlink /proc/self/ns/net")
                let own = try host("readlink", "/proc/self/ns/user", "/proc/self/ns/net")
                #expect(shared.lines == own.lines, "\(shared)")
            }
        }

        @Test(
            .fastMachine,
            arguments: [
                (["--network", "container:nobody"], "no such container: nobody"),
                (["--network", "container:"], "name is missing"),
                (["--network", "container:first", "--userns", "auto"], "leave --userns"),
                (["--uts", "container:first", "--hostname", "x"], "--hostname"),
                (["--network", "container:first", "--ipc", "container:other"], "different user namespaces"),
                (["--cgroupns", "container:first"], "private, host"),
            ])
        func whatCannotBeIsRefused(_ flags: [String], _ text: String) throws {
            try withHako { hako in
                try start(hako)
                #expect(try hako("create", "--name", "other", "--rootfs", hako.rootfs, "true").status == 0)
                let outcome = try hako.spawn(hako.hakoWords(hako.runWords(flags + ["--", "true"]))).finish(within: 10)
                #expect(outcome.status == 125 && outcome.err.contains(text), "\(flags): \(outcome)")
                #expect(outcome.err.split(separator: "\n").count == 1, "\(outcome)")
            }
        }
    }
}
