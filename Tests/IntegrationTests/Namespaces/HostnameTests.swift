import Testing

extension IntegrationTests {
    @Suite struct HostnameTests {
        @Test(arguments: Identity.allCases)
        func hostnameAndDomainName(_ who: Identity) throws {
            try withHako(who) { hako in
                let result = try hako.run(
                    "--hostname", "box", "--domainname", "example.test", "--", "sh", "-c",
                    "hostname; cat /proc/sys/kernel/domainname")
                #expect(result.lines == ["box", "example.test"], "\(result)")
            }
        }

        @Test func defaultHostnameIsTheContainersIdentifier() throws {
            try withHako { hako in
                let outside = try host("hostname").text
                let inside = try hako.run("hostname")
                #expect(inside.text.count == 12 && inside.text.allSatisfy(\.isHexDigit), "\(inside)")
                #expect(try host("hostname").text == outside)
            }
        }

        @Test func hostUtsNamespace() throws {
            try withHako { hako in
                let result = try hako.run("--uts=host", "--", "hostname")
                #expect(result.text == (try host("hostname").text), "\(result)")
            }
        }

        @Test(arguments: Identity.allCases)
        func messageQueuesAndSharedMemoryArePrivate(_ who: Identity) throws {
            try withHako(who) { hako in
                let result = try hako.run(
                    "sh", "-c", "ls /dev/mqueue | wc -l; tail -n +2 /proc/sysvipc/shm | wc -l; readlink /proc/self/ns/ipc")
                #expect(Array(result.lines.prefix(2)) == ["0", "0"], "\(result)")
                #expect(result.lines.last != (try host("readlink", "/proc/self/ns/ipc").text))
            }
        }

        @Test(arguments: Identity.allCases)
        func hostIpcNamespace(_ who: Identity) throws {
            try withHako(who) { hako in
                let result = try hako.run("--ipc=host", "--", "readlink", "/proc/self/ns/ipc")
                #expect(result.text == (try host("readlink", "/proc/self/ns/ipc").text), "\(result)")
            }
        }
    }
}
