import Foundation
import Testing

extension IntegrationTests {
    @Suite struct MountNamespaceTests {
        @Test(arguments: Identity.allCases)
        func rootIsTheRootfsAndNothingOfTheHostIsMounted(_ who: Identity) throws {
            try withHako(who) { hako in
                let result = try hako.run("sh", "-c", "pwd; ls / | tr '\\n' ' '; echo; cat /proc/self/mountinfo")
                #expect(result.status == 0, "\(result)")
                #expect(result.lines.first == "/")
                #expect(result.lines.dropFirst().first?.split(separator: " ").contains("busybox") == false)
                let places = result.lines.dropFirst(2).map { String($0.split(separator: " ")[4]) }
                let expected = ["/", "/proc", "/sys", "/dev", "/etc/", "/run"]
                for place in places {
                    #expect(expected.contains { place == $0 || ($0 != "/" && place.hasPrefix($0)) }, "\(place) is mounted inside")
                }
                // The old root is gone, not only hidden: exactly one mount is at /.
                #expect(places.filter { $0 == "/" }.count == 1)
            }
        }

        @Test(arguments: Identity.allCases)
        func hostMountTableStaysAsItWas(_ who: Identity) throws {
            try withHako(who) { hako in
                _ = hako.rootfs
                let before = try String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)
                let child = try hako.spawn(hako.hakoWords(hako.runWords(["sh", "-c", "echo up > /tmp/up; sleep 60"])))
                #expect(eventually { Machine.exists("\(hako.rootfs)/tmp/up") })
                let during = try String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)
                #expect(before == during)
                child.send(SIGKILL)
            }
        }

        static let nodes = ["null 1:3", "zero 1:5", "full 1:7", "random 1:8", "urandom 1:9", "tty 5:0"]

        @Test(arguments: Identity.allCases)
        func devicesAreTheUsualOnes(_ who: Identity) throws {
            try withHako(who) { hako in
                let result = try hako.run(
                    "sh", "-c", "cd /dev; for n in null zero full random urandom tty; do echo $n $(stat -c '%t:%T' $n); done; ls")
                #expect(Array(result.lines.prefix(6)) == Self.nodes, "\(result)")
                for name in ["fd", "stdin", "stdout", "stderr", "ptmx", "pts", "shm", "mqueue"] {
                    #expect(result.lines.contains(name), "no /dev/\(name): \(result)")
                }
                let use = try hako.run(
                    "sh", "-c", "echo x > /dev/null && head -c 4 /dev/zero | wc -c && echo y > /dev/shm/f && cat /dev/shm/f")
                #expect(use.lines == ["4", "y"], "\(use)")
            }
        }

        @Test(arguments: [
            ("/proc", "proc"), ("/sys", "sysfs"), ("/dev", "tmpfs"), ("/dev/pts", "devpts"), ("/dev/shm", "tmpfs"),
            ("/dev/mqueue", "mqueue"),
        ])
        func specialFileSystems(_ place: String, _ type: String) throws {
            for who in Identity.allCases {
                try withHako(who) { hako in
                    let result = try hako.run("cat", "/proc/self/mounts")
                    #expect(
                        result.lines.contains { $0.split(separator: " ")[1...2].elementsEqual([place[...], type[...]]) },
                        "\(result)")
                }
            }
        }

        /// As systemd leaves them: the copy of a shared mount is shared too, and pivot_root refuses such a root.
        @Test(arguments: Identity.allCases, ["", ":O"])
        func mountsOfTheHostMayBeShared(_ who: Identity, _ overlay: String) throws {
            try withHako(who) { hako in
                let options = ["-v", "\(hako.directory):/data", "--rootfs", hako.rootfs + overlay]
                let words = hako.hakoWords(hako.runWords(options + ["--", "grep", "-c", "shared:", "/proc/self/mountinfo"]))
                let result = try Child(
                    ["unshare", "--mount", "--propagation", "shared"] + words, environment: Machine.environment
                ).finish()
                #expect(result.text == "0" && result.err == "", "\(result)")
            }
        }

        /// The same for the runtime alone, without a user namespace.
        @Test func mountsOfTheHostMayBeSharedForABundleToo() throws {
            try withHako { hako in
                let bundle = try Bundle(hako, ["grep", "-c", "shared:", "/proc/self/mountinfo"]) { _ in }
                let words = hako.runtimeWords(["run", "--bundle", bundle.path, "c1"])
                let result = try Child(
                    ["unshare", "--mount", "--propagation", "shared"] + words, environment: Machine.environment
                ).finish()
                #expect(result.text == "0" && result.err == "", "\(result)")
            }
        }

        @Test func mountsDoNotPropagateToTheHost() throws {
            try withHako { hako in
                let result = try hako.run(
                    "--cap-add", "SYS_ADMIN", "--security-opt", "seccomp=unconfined", "--", "sh", "-c",
                    "mount -t tmpfs hako-inner /tmp && grep -c hako-inner /proc/self/mounts")
                #expect(result.text == "1", "\(result)")
                #expect(try String(contentsOfFile: "/proc/self/mounts", encoding: .utf8).contains("hako-inner") == false)
            }
        }
    }
}
