import Testing

extension IntegrationTests {
    /// `--sysctl` for one of the container's network devices, which is connected while the container is made.
    @Suite struct DeviceSettingTests {
        private static let setting = "net.ipv4.conf.eth0.rp_filter"
        private static let file = "/proc/sys/net/ipv4/conf/eth0/rp_filter"

        private func read(_ lab: NetworkLab, _ options: String...) throws -> Outcome {
            let words = ["run"] + options + ["--rootfs", lab.hako.rootfs, "cat", Self.file]
            return try lab.hako.spawn(lab.hako.hakoWords(words)).finish(within: 30)
        }

        @Test(arguments: Identity.allCases)
        func devicesOfBridges(_ who: Identity) throws {
            try withLab(who) { lab in
                let hako = lab.hako
                #expect(try hako("network", "create", "web").status == 0)
                let set = try read(lab, "--network", "web", "--name", "c1", "--sysctl", "\(Self.setting)=2")
                #expect(set.status == 0 && set.text == "2", "\(set)")
                let again = try hako("start", "-a", "c1")
                #expect(again.text == "2", "\(again)")
                let none = try read(lab, "--rm", "--network", "web", "--sysctl", "net.ipv4.conf.eth1.rp_filter=2")
                #expect(none.status == 125 && none.oneErrorLine && none.err.contains("no device eth1, but eth0"), "\(none)")
                let two = try read(
                    lab, "--rm", "--network", "web:interface_name=wan", "--sysctl", "net.ipv4.conf.wan.rp_filter=2", "--sysctl",
                    "\(Self.setting)=1")
                #expect(two.status == 125 && two.err.contains("no device eth0, but wan"), "\(two)")
                #expect(try hako("rm", "-f", "c1").status == 0)
                #expect(try hako("network", "rm", "web").status == 0)
            }
        }

        @Test(.requires(Machine.exists("/usr/bin/pasta"), "passt is missing"))
        func devicesOfAPlainUsersOwnNetwork() throws {
            try withLab(.user) { lab in
                let set = try read(lab, "--rm", "--network", "pasta", "--sysctl", "\(Self.setting)=2")
                #expect(set.status == 0 && set.text == "2", "\(set)")
            }
        }

        @Test func withoutANetwork() throws {
            try withLab { lab in
                let none = try read(lab, "--rm", "--network", "none", "--sysctl", "\(Self.setting)=2")
                #expect(none.status == 125 && none.oneErrorLine && none.err.contains("rp_filter"), "\(none)")
            }
        }
    }
}
