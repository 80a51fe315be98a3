import Foundation
import Testing

extension IntegrationTests {
    /// Networks whose containers share a link of the host's: they are neighbours of the host's neighbours.
    @Suite(.requires(Machine.exists("/usr/bin/python3"), "python3 is missing"))
    struct SharedLinkTests {
        private static let hasIpvlan: Bool = {
            let words = "ip link add one0 type veth peer name two0 && ip link add link one0 name three0 type ipvlan"
            let child = try? Child(["unshare", "--net", "sh", "-c", words], environment: Machine.environment)
            return (try? child?.finish(within: 30).status) == 0
        }()

        /// Busybox, as a guest's own root can be no container's.
        private func serve(_ lab: NetworkLab, _ name: String) throws {
            let made = try lab.hako(
                "run", "-d", "--name", name, "--network", "lan", "--rootfs", lab.hako.rootfs + ":O", "nc", "-ll", "-p", "80",
                "-e", "echo", name)
            #expect(made.status == 0, "\(made)")
        }

        private func neighbours(_ driver: String, _ options: String..., routed: Bool = false) throws {
            try withLab { lab in
                if routed {
                    let route = try lab.onOutside("ip", "route", "add", "192.0.2.96/28", "via", NetworkLab.hostAddress)
                    #expect(route.status == 0, "\(route)")
                }
                let made = try lab.hako.spawn(
                    lab.hako.hakoWords(
                        ["network", "create", "-d", driver, "-o", "parent=up0"] + options + [
                            "--subnet", "192.0.2.0/24", "--gateway", NetworkLab.outsideAddress, "--ip-range",
                            "192.0.2.100-192.0.2.110", "lan",
                        ])
                ).finish()
                #expect(made.status == 0, "\(made)")
                try serve(lab, "one")
                try serve(lab, "two")
                #expect(try lab.address("one", "lan") == "192.0.2.100")
                #expect(eventually { (try? lab.ask(from: .outside, "192.0.2.100", 80)) == "one" })
                #expect(try lab.hako("exec", "two", "nc", "-w", "5", "192.0.2.100", "80").text == "one")
                let server = try lab.serverOutside(7000)
                defer { server.send(SIGKILL) }
                let words = ["exec", "two", "nc", "-w", "5", NetworkLab.outsideAddress, "7000"]
                let seen = { try? lab.hako.spawn(lab.hako.hakoWords(words)).finish().text }
                #expect(eventually { seen() == "192.0.2.101" })
                let kind = try Child(
                    lab.hako.prefix + ["nsenter", "-t", lab.hako("inspect", "-f", "{{.State.Pid}}", "one").text, "-n"]
                        + ["ip", "-d", "link", "show", "eth0"], environment: Machine.environment
                ).finish()
                #expect(kind.out.contains(" \(driver) "), "\(kind)")
                let ports = try lab.hako(
                    "run", "--rm", "--network", "lan", "-p", "80:80", "--rootfs", lab.hako.rootfs + ":O", "true")
                #expect(ports.status == 125 && ports.oneErrorLine, "\(ports)")
                try lab.hako("rm", "-f", "one", "two")
            }
        }

        @Test func macvlan() throws { try neighbours("macvlan") }

        @Test(.requires(hasIpvlan, "the kernel has no ipvlan; the guest's has")) func ipvlan() throws {
            try neighbours("ipvlan")
        }

        @Test(.requires(hasIpvlan, "the kernel has no ipvlan; the guest's has")) func ipvlanByAddresses() throws {
            // Nobody answers for such an address: the other host has to know whom to ask.
            try neighbours("ipvlan", "-o", "mode=l3s", routed: true)
        }
    }
}
