import Testing

extension IntegrationTests {
    @Suite struct ProcessNamespaceTests {
        @Test(arguments: Identity.allCases)
        func commandIsProcessOneAndSeesNothingOfTheHost(_ who: Identity) throws {
            try withHako(who) { hako in
                let result = try hako.run("sh", "-c", "echo $$; ps -o pid,comm")
                #expect(result.status == 0, "\(result)")
                #expect(result.lines.first == "1")
                #expect(result.lines.count == 3, "a heading and ps, which took the shell's place: \(result)")
            }
        }

        @Test(arguments: Identity.allCases)
        func hostProcessesAreSeenWhenAsked(_ who: Identity) throws {
            try withHako(who) { hako in
                let result = try hako.run(
                    "--pid=host", "--", "sh", "-c", "readlink /proc/self/ns/pid; ls -d /proc/[0-9]* | wc -l")
                let ours = try host("readlink", "/proc/self/ns/pid").text
                #expect(result.status == 0, "\(result)")
                #expect(result.lines.first == ours)
            }
        }

        @Test(arguments: Identity.allCases)
        func initReapsOrphans(_ who: Identity) throws {
            try withHako(who) { hako in
                let script = "echo $$; sh -c 'sleep 0.1 & sleep 0.1 &'; sleep 0.6; ps -o stat,comm | grep -c '^Z'"
                let result = try hako.run("--init", "--", "sh", "-c", script)
                #expect(result.lines.first != "1", "\(result)")
                #expect(result.lines.last == "0", "\(result)")
            }
        }

        @Test func initPassesTheExitStatusOn() throws {
            try withHako { hako throws in
                #expect(try hako.run("--init", "--", "sh", "-c", "exit 42").status == 42)
                #expect(try hako.run("--init", "--", "sh", "-c", "kill -9 $$").status == 137)
            }
        }

        @Test(arguments: Identity.allCases)
        func everyNamespaceIsItsOwn(_ who: Identity) throws {
            let kinds = ["pid", "mnt", "net", "uts", "ipc", "user", "cgroup", "time"]
            try withHako(who) { hako in
                let script = kinds.map { "readlink /proc/self/ns/\($0)" }.joined(separator: "; ")
                let inside = try hako.run("sh", "-c", script)
                let outside = try host("sh", "-c", script)
                #expect(inside.lines.count == kinds.count, "\(inside)")
                for (kind, pair) in zip(kinds, zip(inside.lines, outside.lines)) {
                    #expect(pair.0 != pair.1, "the \(kind) namespace is the host's")
                }
            }
        }

        @Test func cgroupPathsStartAtTheContainersOwnGroup() throws {
            try withHako { hako in
                let result = try hako.run("cat", "/proc/self/cgroup")
                #expect(result.status == 0, "\(result)")
                #expect(result.lines.allSatisfy { $0.hasSuffix(":/") }, "\(result)")
            }
        }
    }
}
