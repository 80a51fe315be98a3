import Testing

extension IntegrationTests {
    @Suite struct KernelSettingTests {
        @Test(arguments: Identity.allCases)
        func resourceLimits(_ who: Identity) throws {
            try withHako(who) { hako in
                let result = try hako.run(
                    "--ulimit", "nofile=100:200", "--ulimit", "core=0", "--", "sh", "-c", "ulimit -n; ulimit -Hn; ulimit -c")
                #expect(result.lines == ["100", "200", "0"], "\(result)")
            }
        }

        static let settings = [
            ("net.ipv4.ip_unprivileged_port_start", "80"), ("kernel.msgmax", "4096"), ("net.ipv4.ip_forward", "1"),
            ("fs.mqueue.msg_max", "20"),
        ]

        @Test(arguments: Identity.allCases, settings)
        func settingsOfItsOwnNamespaces(_ who: Identity, _ setting: (String, String)) throws {
            try withHako(who) { hako in
                let path = "/proc/sys/" + setting.0.map { $0 == "." ? "/" : String($0) }.joined()
                let before = try host("cat", path).text
                let result = try hako.run("--sysctl", "\(setting.0)=\(setting.1)", "--", "cat", path)
                #expect(result.text == setting.1, "\(result)")
                #expect(try host("cat", path).text == before)
            }
        }

        @Test(arguments: [
            ["--sysctl", "vm.swappiness=1"], ["--network", "host", "--sysctl", "net.ipv4.ip_forward=1"],
            ["--ipc", "host", "--sysctl", "kernel.msgmax=4096"], ["--sysctl", "../../x=1"], ["--sysctl", "net"],
        ])
        func settingsOfTheHostAreRefused(_ options: [String]) throws {
            try withHako { hako in
                let result = try hako.spawn(hako.hakoWords(hako.runWords(options + ["--", "true"]))).finish()
                #expect(result.status == 125 && result.oneErrorLine, "\(result)")
            }
        }

        @Test func pingNeedsNoCapability() throws {
            try withHako { hako in
                let result = try hako.run("cat", "/proc/sys/net/ipv4/ping_group_range")
                #expect(result.text.split(separator: "\t").first == "0" && result.text != "1\t0", "\(result)")
            }
        }

        @Test(arguments: Identity.allCases)
        func sharedMemorySize(_ who: Identity) throws {
            try withHako(who) { hako in
                for (options, expected) in [([], "65536"), (["--shm-size", "8m"], "8192")] {
                    let look = ["--", "sh", "-c", "df -k /dev/shm | tail -n 1 | awk '{print $2}'"]
                    let result = try hako.spawn(hako.hakoWords(hako.runWords(options + look))).finish()
                    #expect(result.text == expected, "\(options): \(result)")
                }
            }
        }

        @Test(.requires(Machine.exists("/usr/share/zoneinfo/Europe/Paris"), "no tzdata"))
        func timezone() throws {
            try withHako { hako in
                let result = try hako.run("--timezone", "Europe/Paris", "--", "md5sum", "/etc/localtime")
                let wanted = try host("md5sum", "/usr/share/zoneinfo/Europe/Paris").text.prefix(32)
                #expect(result.text.hasPrefix(wanted), "\(result)")
                let bad = try hako.run("--timezone", "Nowhere/City", "--", "true")
                #expect(bad.status == 125 && bad.oneErrorLine, "\(bad)")
            }
        }
    }
}
