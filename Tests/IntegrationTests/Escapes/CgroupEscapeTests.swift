import Foundation
import Testing

extension IntegrationTests {
    /// CVE-2023-25809: a group of the host's that belongs to the container's root, as those of a login session belong to its user, is
    /// not written to from a container that asks for writable control groups without a namespace of them.
    @Suite struct CgroupEscapeTests {
        /// The trees of this machine, and in each a group of the container's root that is not the container's.
        private static let trees: [String] = {
            let found = try? host("awk", "/ - cgroup2? / { print $5 }", "/proc/self/mountinfo").lines
            return Array(Set(found ?? [])).sorted()
        }()
        private static let name = "hako-test-victim"

        private func withVictims(of owner: Int, _ body: () throws -> Void) throws {
            let victims = Self.trees.map { "\($0)/\(Self.name)" }
            defer { for victim in victims { _ = try? host("sh", "-c", "rmdir \(victim)/in; rmdir \(victim)") } }
            for victim in victims { try host("sh", "-c", "mkdir \(victim) && chown -R \(owner) \(victim)") }
            try body()
        }

        /// The container's /sys is its own, or the host's, which brings the host's trees along.
        private func bundle(_ hako: Hako, hostsSys: Bool, _ command: String) throws -> Bundle {
            try Bundle(hako, ["sh", "-c", command]) { config in
                config.remove(namespace: "cgroup")
                if hako.identity == .root { config.addUserNamespace() }
                let options = ["nosuid", "noexec", "nodev"]
                var mounts = (config["mounts"] as? [[String: Any]] ?? []).filter {
                    ($0["destination"] as? String)?.hasPrefix("/sys") == false
                }
                mounts.append(
                    hostsSys
                        ? ["destination": "/sys", "type": "none", "source": "/sys", "options": options + ["rbind", "ro"]]
                        : ["destination": "/sys", "type": "sysfs", "source": "sysfs", "options": options])
                mounts.append(["destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": options])
                config["mounts"] = mounts
            }
        }

        @Test(arguments: Identity.allCases, [false, true]) func groupsOfTheHostsAreNotWritten(
            _ who: Identity, _ hostsSys: Bool
        ) throws {
            try withHako(who) { hako in
                let script = """
                    ls -d /sys/fs/cgroup/* > /dev/null && echo mounted; find /sys/fs/cgroup -name \(Self.name) | while read d; do
                    mkdir $d/in && echo made $d/in; echo 1 > $d/notify_on_release && echo wrote $d; done 2>/dev/null; true
                    """
                let bundle = try bundle(hako, hostsSys: hostsSys, script)
                try withVictims(of: who == .root ? 100_000 : who.id) {
                    let result = try hako.runtime("run", "--bundle", bundle.path, "c1")
                    #expect(result.status == 0 && result.lines == ["mounted"], "\(result)")
                    #expect(try host("find", "/sys/fs/cgroup", "-path", "*/\(Self.name)/in").text == "")
                }
            }
        }
    }
}
