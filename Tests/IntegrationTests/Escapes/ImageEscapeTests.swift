import Foundation
import Testing

extension IntegrationTests {
    /// Images that hold something else than they should where the runtime looks.
    @Suite struct ImageEscapeTests {
        /// A container whose /dev is the image's own directory.
        private func withDevOfTheImage(
            _ hako: Hako, _ command: [String], _ change: (inout [String: Any]) -> Void
        ) throws -> Bundle {
            try Bundle(hako, command) { config in
                config["mounts"] = (config["mounts"] as? [[String: Any]] ?? []).filter { mount in
                    (mount["destination"] as? String)?.hasPrefix("/dev") == false
                }
                change(&config)
            }
        }

        /// CVE-2025-31133: the image's /dev/null is a link when files are masked with the null device.
        @Test(arguments: ["../etc/victim", "/etc/victim", "/proc/self/mem", "nothing"])
        func masksAreTheNullDeviceWhateverTheImageHas(_ target: String) throws {
            try withHako { hako in
                try host(
                    "sh", "-c",
                    "cd \(hako.rootfs) && echo secret > etc/secret && echo victim > etc/victim && ln -snf \(target) dev/null"
                )
                let script = "cat /etc/secret; stat -c %t:%T /etc/secret; cat /etc/victim"
                let bundle = try withDevOfTheImage(hako, ["sh", "-c", script]) {
                    $0.at("linux", "maskedPaths", ["/etc/secret", "/proc/kcore"])
                }
                let result = try hako.runtime("run", "--bundle", bundle.path, "c1")
                #expect(result.lines == ["1:3", "victim"], "\(result)")
            }
        }

        /// CVE-2025-52565: /dev/console of the image is a link when the terminal is mounted on it.
        @Test(arguments: ["../../../../../../../..", ""]) func theConsoleStaysInside(_ up: String) throws {
            try withHako { hako in
                let outside = try hako.write("mine\n", to: "outside")
                try host(
                    "sh", "-c", "cd \(hako.rootfs) && rm -rf dev/console && ln -s \(up)\(outside) dev/console && mkdir -p dev/pts"
                )
                let bundle = try withDevOfTheImage(hako, ["sh", "-c", "echo pwned > /dev/console"]) { config in
                    config.at("process", "terminal", true)
                    config["mounts"] =
                        (config["mounts"] as? [[String: Any]] ?? []) + [
                            [
                                "destination": "/dev/pts", "type": "devpts", "source": "devpts",
                                "options": ["newinstance", "ptmxmode=0666"],
                            ]
                        ]
                }
                let words = hako.runtimeWords(["run", "--bundle", bundle.path, "c1"]).joined(separator: " ")
                let result = try hako.spawn(["sh", "-c", "sleep 2 | script -qec '\(words)' /dev/null"]).finish()
                #expect(!result.timedOut, "\(result)")
                #expect(try host("cat", outside).text == "mine", "\(result)")
                #expect(try host("stat", "-c", "%F", outside).text == "regular file")
                _ = try hako.runtime("delete", "--force", "c1")
            }
        }

        static let accounts = [
            "truncate -s 2G etc/group", "rm etc/passwd; mkfifo etc/passwd", "rm etc/passwd; mkdir etc/passwd",
            "rm etc/passwd; ln -s /proc/self/environ etc/passwd",
            "rm etc/passwd; ln -s ../../../../../../../../etc/shadow etc/passwd",
            "rm etc/passwd; mknod etc/passwd c 1 5",
        ]

        /// CVE-2026-47262 and its like: the image's accounts are bounded, files, and the image's.
        @Test(.fastMachine, arguments: accounts) func accountsAreBoundedFilesOfTheImage(_ prepare: String) throws {
            try withHako { hako in
                try host("sh", "-c", "cd \(hako.rootfs) && \(prepare)")
                let result = try hako.run("--user", "nosuchuser", "--", "true", within: 20)
                #expect(result.status == 125 && result.oneErrorLine, "\(result)")
                let named = try hako.run("--user", "1000:nosuchgroup", "--", "true", within: 20)
                #expect(named.status == 125 && named.oneErrorLine, "\(named)")
            }
        }

        /// CVE-2026-30892: what is not a number or a name is never root by accident.
        @Test(arguments: [
            "4294967296", "-1", "0x0", "1e3", " 0", "0 ", "+0", "", ":", "1000:", ":1000", "1000:4294967296", "1000:-1",
            "1000:1000:1000",
            "4294967295",
        ])
        func wrongUsersAreRefused(_ user: String) throws {
            try withHako { hako in
                let bundle = try Bundle(hako, ["sleep", "60"])
                let start = "exec \"$@\" > /dev/null 2>&1"
                let words = hako.runtimeWords(["run", "--detach", "--bundle", bundle.path, "c1"])
                #expect(try hako.spawn(["sh", "-c", start, "sh"] + words).finish().status == 0)
                defer { _ = try? hako.runtime("delete", "--force", "c1") }
                let entered = try hako.runtime("exec", "--user", user, "c1", "id", "-u")
                #expect(entered.status != 0 && entered.oneErrorLine && entered.text == "", "exec: \(entered)")
                let run = try hako.run("--user", user, "--", "id", "-u")
                #expect(user.isEmpty || (run.status == 125 && run.oneErrorLine && run.text == ""), "run: \(run)")
            }
        }
    }
}
