import Testing

extension IntegrationTests {
    @Suite struct NetworkNamespaceTests {
        @Test(arguments: Identity.allCases)
        func noneHasLoopbackOnlyAndItIsUp(_ who: Identity) throws {
            try withHako(who) { hako in
                let script = "ls /sys/class/net; ifconfig lo | grep -c 'UP LOOPBACK'; ifconfig lo | grep -c 127.0.0.1"
                let result = try hako.run("sh", "-c", script)
                #expect(result.lines == ["lo", "1", "1"], "\(result)")
            }
        }

        @Test(arguments: Identity.allCases)
        func hostNetworkIsTheHosts(_ who: Identity) throws {
            try withHako(who) { hako in
                let result = try hako.run("--network", "host", "--", "readlink", "/proc/self/ns/net")
                #expect(result.text == (try host("readlink", "/proc/self/ns/net").text), "\(result)")
            }
        }

        @Test func namespaceByPath() throws {
            try withHako { hako in
                let holder = try Child(
                    ["unshare", "--net", "sh", "-c", "echo ready; exec sleep 60"], environment: Machine.environment)
                let path = "/proc/\(holder.pid)/ns/net"
                let own = try host("readlink", "/proc/self/ns/net").text
                let apart = try eventually { try host("readlink", path).text != own }
                #expect(apart)
                let result = try hako.run("--network", "ns:\(path)", "--", "readlink", "/proc/self/ns/net")
                #expect(result.text == (try host("readlink", path).text), "\(result)")
            }
        }
    }
}
