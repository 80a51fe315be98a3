import Foundation
import Testing

extension IntegrationTests {
    /// `linux.netDevices`, from a network namespace of the test's own.
    @Suite struct NetworkDeviceTests {
        private func run(
            _ hako: Hako, _ devices: [String: Any], _ script: String, mapped: Bool = false
        ) throws -> Outcome {
            let bundle = try Bundle(hako, ["sh", "-c", script]) { config in
                config.at("linux", "netDevices", devices)
                if mapped { config.addUserNamespace() }
            }
            let prepare = """
                ip link add hako-a address 02:00:00:00:00:01 mtu 1400 type veth peer name hako-b && \
                ip address add 10.99.0.1/24 dev hako-a && ip address add fd00:99::1/64 dev hako-a nodad && \
                ip link add hako-c type veth peer name hako-d && exec "$@"
                """
            let words = hako.runtimeWords(["run", "--bundle", bundle.path, "c1"])
            return try hako.spawn(["unshare", "--net", "sh", "-c", prepare, "sh"] + words).finish()
        }

        /// What `ip` says of a device, in the words that stay the same.
        private static let show = "ip address show in0; cat /sys/class/net/in0/address /sys/class/net/in0/mtu; ls /sys/class/net"

        @Test(arguments: [false, true]) func aDeviceComesInWithItsAddresses(_ mapped: Bool) throws {
            try withHako { hako in
                let result = try run(hako, ["hako-a": ["name": "in0"], "hako-c": [:]], Self.show, mapped: mapped)
                for text in ["10.99.0.1/24", "fd00:99::1/64", "02:00:00:00:00:01", "1400", ",UP", "hako-c", "lo"] {
                    #expect(result.out.contains(text), "\(text) is missing: \(result)")
                }
                #expect(result.status == 0 && !result.out.contains("hako-b"), "\(result)")
            }
        }

        static let wrong: [([String: String], String)] = [
            (["hako-x": ""], "hako-x"), (["hako-a": "lo"], "lo already"), (["hako-a": "a/b"], "a/b"), (["lo": "lo2"], "its kind"),
            (["hako-a": "x", "hako-b": "x"], "two devices"),
        ]

        @Test(arguments: wrong.indices) func wrongOnesAreRefused(_ index: Int) throws {
            try withHako { hako in
                let (names, text) = Self.wrong[index]
                let result = try run(hako, names.mapValues { ["name": $0] }, "true")
                #expect(result.status == 1 && result.oneErrorLine && result.err.contains(text), "\(result)")
                #expect(try hako.runtime("state", "c1").err.contains("does not exist"))
            }
        }

        @Test func theHostsOwnStayInTheHostsNamespace() throws {
            try withHako { hako in
                let bundle = try Bundle(hako, ["true"]) { config in
                    var linux = config["linux"] as? [String: Any] ?? [:]
                    linux["netDevices"] = ["hako-a": [:] as [String: Any]]
                    linux["namespaces"] = [["type": "mount"], ["type": "pid"]]
                    config["linux"] = linux
                    config["hostname"] = nil
                }
                let result = try hako.runtime("run", "--bundle", bundle.path, "c1")
                #expect(result.status == 1 && result.oneErrorLine && result.err.contains("network namespace"), "\(result)")
            }
        }
    }
}
