import Testing

extension IntegrationTests {
    /// The runtime in place of runc: each script under scripts/peers/ starts an engine of its own and says what went as it should.
    @Suite(.fastMachine) struct PeerTests {
        @Test(.requires(Machine.exists("/usr/bin/podman"), "podman is not installed"))
        func podman() throws { try drive("podman") }

        @Test(.requires(Machine.exists("/usr/bin/podman"), "podman is not installed"))
        func podmanOfAPlainUser() throws { try drive("podman-user") }

        @Test(.requires(Machine.hasPeers, "containerd was not unpacked (scripts/peers/fetch.sh)"))
        func containerd() throws { try drive("containerd") }

        @Test(.requires(Machine.hasPeers, "docker was not unpacked (scripts/peers/fetch.sh)"))
        func docker() throws { try drive("docker") }

        @Test(.requires(Machine.hasPeers, "containerd was not unpacked (scripts/peers/fetch.sh)"))
        func kubernetesRuntimeInterface() throws { try drive("cri") }

        @Test(.requires(Machine.hasPeers, "docker was not unpacked (scripts/peers/fetch.sh)"))
        func swarm() throws { try drive("swarm") }

        private func drive(_ name: String) throws {
            try withHako { hako in
                let environment = [
                    "RUNTIME": Machine.runtime, "WORK": hako.path("w"), "ROOTFS": "\(Machine.rootfs)/busybox",
                    "PEERS": Machine.peers,
                    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": hako.directory,
                ]
                try host("mkdir", hako.path("w"))
                let script = "\(Machine.scripts)/peers/\(name).sh"
                let result = try Child(["unshare", "--mount", "--propagation", "private", script], environment: environment)
                    .finish(within: 120)
                #expect(result.status == 0 && result.lines.count > 10 && !result.timedOut, "\(result)")
            }
        }
    }
}
