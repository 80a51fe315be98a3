import Testing

extension IntegrationTests {
    /// Which control group `exec` puts its process in.
    @Suite struct ExecGroupTests {
        /// Runs a container that sleeps, in a group of its own, with a group `sub` below that.
        private func withSubgroup(_ body: (Hako, _ group: String) throws -> Void) throws {
            try withHako { hako in
                let bundle = try Bundle(hako, ["sleep", "60"]) { $0.at("linux", "resources", ["pids": ["limit": 10]]) }
                let started = try hako.runtime("run", "--detach", "--bundle", bundle.path, "c1")
                #expect(started.status == 0, "\(started)")
                defer { _ = try? hako.runtime("delete", "--force", "c1") }
                let group = "\(Machine.cgroupTree("pids"))/hako/c1"
                let made = try host("mkdir", "\(group)/sub")
                #expect(made.status == 0, "\(made)")
                try body(hako, group)
            }
        }

        @Test func theNamedOneBelowTheContainers() throws {
            try withSubgroup { hako, group in
                let place = Machine.cgroupIsV2 ? "sub" : "pids:/sub"
                let result = try hako.runtime("exec", "--detach", "--cgroup", place, "c1", "sleep", "60")
                #expect(result.status == 0, "\(result)")
                #expect(try host("cat", "\(group)/sub/cgroup.procs").lines.count == 1)
                #expect(try host("cat", "\(group)/cgroup.procs").lines.count == 1)
            }
        }

        @Test(arguments: [
            ("../c1", "is not below"), ("none", "there is no control group"), ("none:sub", "in no control group of"),
        ])
        func aWrongOneIsRefused(_ place: String, _ message: String) throws {
            try withSubgroup { hako, _ in
                let result = try hako.runtime("exec", "--cgroup", place, "c1", "true")
                #expect(result.status != 0 && result.oneErrorLine && result.err.contains(message), "\(result)")
            }
        }

        /// As where the container is a whole system: its group hands controllers on, so that it may hold no process.
        @Test(.requires(Machine.cgroupIsV2, "the v2 tree has no controllers here"))
        func theInitsIfTheContainersCanHoldNone() throws {
            try withSubgroup { hako, group in
                let move = "cat \(group)/cgroup.procs > \(group)/sub/cgroup.procs && echo +pids > \(group)/cgroup.subtree_control"
                let moved = try host("sh", "-c", move)
                #expect(moved.status == 0, "\(moved)")
                let result = try hako.runtime("exec", "--detach", "c1", "sleep", "60")
                #expect(result.status == 0, "\(result)")
                #expect(try host("cat", "\(group)/sub/cgroup.procs").lines.count == 2)
            }
        }
    }
}
