import Testing

extension IntegrationTests {
    /// Many at once: none waits for another, and none fails.
    @Suite struct CrowdTests {
        @Test(.fastMachine, arguments: Identity.allCases)
        func hundredStartAtOnce(_ who: Identity) throws {
            try withHako(who) { hako in
                _ = hako.rootfs
                let words = hako.hakoWords(
                    hako.runWords(["--rm", "--rootfs", "\(hako.rootfs):O", "--", "sh", "-c", "echo done"]))
                let children = try (0..<100).map { _ in try hako.spawn(words) }
                for child in children {
                    let outcome = try child.finish(within: 60)
                    #expect(outcome.status == 0 && outcome.text == "done", "\(outcome)")
                }
                #expect(try hako("ps", "-aq").text.isEmpty)
                let check = try hako("system", "check")
                #expect(check.status == 0 && !check.text.contains("removed container"), "\(check)")
            }
        }

        /// Names, ids and ranges are each given once.
        @Test(.fastMachine) func whatIsGivenIsGivenOnce() throws {
            try withHako { hako in
                let words = hako.hakoWords(["create", "--rootfs", "\(hako.rootfs):O", "true"])
                let named = hako.hakoWords(["create", "--name", "one", "--rootfs", "\(hako.rootfs):O", "true"])
                let children = try (0..<60).map { try hako.spawn($0 % 3 == 0 ? named : words) }
                let outcomes = try children.map { try $0.finish(within: 60) }
                #expect(outcomes.filter { $0.status == 0 }.count == 41, "one name went to several, or to none")
                let names = try hako("ps", "-a", "--format", "{{.Names}}").lines
                #expect(Set(names).count == 41 && names.count == 41)
                let maps = try hako.spawn(hako.hakoWords(["inspect", "--format", "{{json .Hako.UidMappings}}"] + names)).finish(
                    within: 20)
                #expect(Set(maps.lines).count == 41, "\(maps)")
            }
        }
    }
}
