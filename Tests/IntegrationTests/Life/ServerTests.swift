import Testing

extension IntegrationTests {
    /// redis, PostgreSQL and lighttpd as people run them: scripts/servers.sh.
    @Suite struct ServerTests {
        @Test(
            .fastMachine, .requires(Machine.exists("\(Machine.rootfs)/servers.tar"), "no root file system with servers was made"))
        func serversServe() throws {
            try withHako { hako in
                let made = try hako("import", "\(Machine.rootfs)/servers.tar", "servers:1", within: 60)
                #expect(made.status == 0, "\(made)")
                let words = hako.hakoWords([]).joined(separator: " ")
                let outcome = try host("unshare", "-n", "\(Machine.scripts)/servers.sh", words, hako.path("servers"), within: 120)
                #expect(
                    outcome.lines == [
                        "healthy", "a page is served", "clients write and read", "killed, it is started again, with its data",
                        "restarted, with its data and its log", "volumes outlive containers",
                    ], "\(outcome)")
            }
        }
    }
}
