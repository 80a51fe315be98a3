import Foundation
import Testing

extension IntegrationTests {
    /// Names that change while a container starts: another process keeps swapping them (scripts/attacks/swap.c).
    @Suite(.fastMachine) struct RaceEscapeTests {
        /// Runs `body` while two names of a directory take each other's place, over and over.
        private func swapping(_ hako: Hako, _ one: String, _ other: String, _ body: () throws -> Void) throws {
            let swap = hako.path("swap")
            try attack("swap", to: swap)
            let swapper = try Child([swap, one, other], environment: Machine.environment)
            defer { swapper.send(SIGKILL) }
            try body()
            #expect(swapper.isRunning, "nothing was swapped")
        }

        /// Words that run a command `times` times, whatever becomes of it.
        private func repeating(_ times: Int, _ words: [String]) -> [String] {
            ["sh", "-c", "i=0; while [ $i -lt \(times) ]; do \"$@\"; i=$((i+1)); done 2>&1", "sh"] + words
        }

        /// The same bundle with the image's own /dev.
        private func keepImagesDev(_ config: inout [String: Any]) {
            config["mounts"] = (config["mounts"] as? [[String: Any]] ?? []).filter { mount in
                (mount["destination"] as? String)?.hasPrefix("/dev") == false
            }
        }

        private func bind(_ source: String, at destination: String, in config: inout [String: Any]) {
            let mount: [String: Any] = ["destination": destination, "type": "bind", "source": source, "options": ["bind"]]
            config["mounts"] = (config["mounts"] as? [[String: Any]] ?? []) + [mount]
        }

        /// CVE-2025-31133: what files are masked with is the null device, though /dev/null becomes a link and back.
        @Test(arguments: ["/proc/sysrq-trigger", "../etc/victim", "host"])
        func masksAreTheNullDeviceWhileItIsSwapped(_ target: String) throws {
            try withHako { hako in
                let victim = try hako.write("mine\n", to: "victim")
                let target = target == "host" ? "../../../../../../..\(victim)" : target
                try host(
                    "sh", "-c",
                    "cd \(hako.rootfs) && echo secret > etc/secret && echo victim > etc/victim && mknod -m 666 dev/null c 1 3 "
                        + "&& ln -s \(target) dev/link")
                // `h` has the kernel print a line, should it reach it.
                let script =
                    "echo now $(stat -c %F /dev/null); echo mask $(stat -c %t:%T /etc/secret /proc/timer_list); "
                    + "echo h > /etc/secret; cat /etc/secret /etc/victim"
                let bundle = try Bundle(hako, ["sh", "-c", script]) { config in
                    keepImagesDev(&config)
                    config.at("linux", "maskedPaths", ["/etc/secret", "/proc/timer_list"])
                    config.at("linux", "readonlyPaths", [String]())
                }
                try swapping(hako, "\(hako.rootfs)/dev/null", "\(hako.rootfs)/dev/link") {
                    let words = repeating(300, hako.runtimeWords(["run", "--bundle", bundle.path, "c1"]))
                    let loop = try hako.spawn(words).finish(within: 120)
                    let seen = Set(loop.lines.filter { $0.hasPrefix("now ") })
                    #expect(seen == ["now symbolic link", "now character special file"], "the race was not run: \(seen)")
                    let rest = Set(loop.lines).subtracting(seen)
                    #expect(rest == ["mask 1:3 1:3", "victim"], "\(rest)")
                }
                #expect(try host("cat", victim).text == "mine")
            }
        }

        /// CVE-2025-52565: the terminal's place is a link to the host's, a file that is there or one that is not.
        @Test(arguments: [("console", "/there"), ("console", "/made"), ("pts", "")])
        func theTerminalStaysInsideWhileItsPlaceIsSwapped(_ name: String, _ target: String) throws {
            try withHako { hako in
                let outside = hako.path("outside")
                try host(
                    "sh", "-c",
                    "mkdir \(outside) && cd \(outside) && for f in there ptmx 0; do echo mine > $f; done && cd \(hako.rootfs)/dev "
                        + "&& mkdir pts && touch console && mknod -m 666 null c 1 3 && ln -s ../../../../../../..\(outside)\(target) link"
                )
                let script = "echo now $(stat -c %F /dev/\(name)); echo pwned > /dev/console"
                let bundle = try Bundle(hako, ["sh", "-c", script]) { config in
                    keepImagesDev(&config)
                    config.at("process", "terminal", true)
                    let options = ["newinstance", "ptmxmode=0666"]
                    let pts: [String: Any] = [
                        "destination": "/dev/pts", "type": "devpts", "source": "devpts", "options": options,
                    ]
                    config["mounts"] = (config["mounts"] as? [[String: Any]] ?? []) + [pts]
                }
                try swapping(hako, "\(hako.rootfs)/dev/\(name)", "\(hako.rootfs)/dev/link") {
                    let words = repeating(200, hako.runtimeWords(["run", "--bundle", bundle.path, "c1"]))
                    let terminal = try Terminal(
                        words, environment: Machine.environment, directory: hako.directory, columns: 80, rows: 24)
                    let loop = try terminal.finish(within: 120)
                    #expect(
                        !loop.timedOut && loop.out.contains("now symbolic link"), "the race was not run: \(loop.out.suffix(900))")
                }
                #expect(try host("ls", outside).lines == ["0", "ptmx", "there"], "something was made outside")
                #expect(try host("sh", "-c", "cat \(outside)/*").lines == ["mine", "mine", "mine"])
            }
        }

        /// CVE-2021-30465, CVE-2024-45310: a container swaps a directory of a volume for a link, while another one that has the
        /// volume too gets mounts below it. The link leads to the host's folder with the source of the other's last mount.
        @Test func aVolumeSharedWithTheAttackerLeadsNowhere() throws {
            try withHako { hako in
                let folder = hako.path("folder")
                // The same names inside, so that most starts go well.
                try host(
                    "sh", "-c",
                    """
                    cd \(hako.directory) && mkdir -p shared/dir folder/volumes/own secrets lure \(hako.rootfs)\(folder) \
                    && ln -s ../../../../../../..\(folder) shared/link && touch secrets/marker && ln -s \(hako.path("secrets")) lure/own
                    """)
                try attack("swap", to: hako.path("shared/swap"))
                let attacker = try Bundle(hako, ["/v/swap", "/v/dir", "/v/link"], named: "attacker") { config in
                    bind(hako.path("shared"), at: "/v", in: &config)
                }
                let start = "exec \"$@\" > /dev/null 2>&1"
                let words = hako.runtimeWords(["run", "--detach", "--bundle", attacker.path, "attacker"])
                #expect(try hako.spawn(["sh", "-c", start, "sh"] + words).finish().status == 0)
                defer { _ = try? hako.runtime("delete", "--force", "attacker") }

                let script = "echo now $(stat -c %F /v/dir); ls /w"
                let bundle = try Bundle(hako, ["sh", "-c", script]) { config in
                    bind(hako.path("shared"), at: "/v", in: &config)
                    for name in ["/v/dir/new/deep", "/v/dir/volumes"] { bind(hako.path("lure"), at: name, in: &config) }
                    bind("/etc/hostname", at: "/v/dir/file", in: &config)
                    bind("\(folder)/volumes/own", at: "/w", in: &config)
                }
                let loop = try hako.spawn(repeating(500, hako.runtimeWords(["run", "--bundle", bundle.path, "c1"])))
                    .finish(within: 120)
                let seen = Set(loop.lines.filter { $0.hasPrefix("now ") })
                #expect(seen == ["now symbolic link", "now directory"], "the race was not run: \(loop.out.suffix(900))")
                #expect(!loop.out.contains("marker"), "the host's files show: \(loop.out.suffix(900))")
                #expect(try host("find", folder, "-mindepth", "1").lines == ["\(folder)/volumes", "\(folder)/volumes/own"])
            }
        }

        /// openat2(2) gives EAGAIN when anything is renamed while it follows a `..`: who renames keeps nobody from starting.
        @Test func renamesElsewhereKeepNoContainerFromStarting() throws {
            try withHako { hako in
                try host(
                    "sh", "-c",
                    "cd \(hako.directory) && mkdir one other && cd \(hako.rootfs)/var && rm -rf run && ln -s ../run run")
                let bundle = try Bundle(hako, ["echo", "up"]) { config in
                    let mount = ["destination": "/var/run/a/b", "type": "tmpfs", "source": "tmpfs"]
                    config["mounts"] = (config["mounts"] as? [[String: Any]] ?? []) + [mount]
                }
                try swapping(hako, hako.path("one"), hako.path("other")) {
                    let words = repeating(100, hako.runtimeWords(["run", "--bundle", bundle.path, "c1"]))
                    let loop = try hako.spawn(words).finish(within: 60)
                    #expect(loop.lines == [String](repeating: "up", count: 100), "\(Set(loop.lines))")
                }
            }
        }
    }
}
