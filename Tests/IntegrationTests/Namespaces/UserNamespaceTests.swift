import Foundation
import Testing

extension IntegrationTests {
    @Suite struct UserNamespaceTests {
        /// The rows of a map: id inside, id outside, how many.
        private func map(_ text: String) -> [[Int]] {
            text.split(separator: "\n").map { $0.split(separator: " ").compactMap { Int($0) } }
        }

        @Test func rootsContainerHasARangeOfItsOwn() throws {
            try withHako { hako in
                let result = try hako.run("cat", "/proc/self/uid_map")
                let rows = map(result.out)
                #expect(rows.first?.first == 0 && (rows.first?[1] ?? 0) > 0, "\(result)")
                #expect(rows.map { $0[2] }.reduce(0, +) >= 65536, "\(result)")
            }
        }

        @Test func twoContainersDoNotShareARange() throws {
            try withHako { hako in
                let first = try hako.spawn(
                    hako.hakoWords(hako.runWords(["sh", "-c", "cat /proc/self/uid_map > /tmp/map; sleep 60"])))
                #expect(eventually { (try? String(contentsOfFile: "\(hako.rootfs)/tmp/map", encoding: .utf8))?.isEmpty == false })
                let one = map(try String(contentsOfFile: "\(hako.rootfs)/tmp/map", encoding: .utf8))
                let two = map(try hako.run("cat", "/proc/self/uid_map").out)
                #expect(one.first?[1] != two.first?[1])
                first.send(SIGTERM)
            }
        }

        @Test func plainUsersContainerUsesSubordinateIds() throws {
            try withHako(.user) { hako in
                let result = try hako.run("sh", "-c", "cat /proc/self/uid_map; cat /proc/self/gid_map; id -u")
                let expected = [[0, Identity.userID, 1], [1, 1_000_000, 65536]]
                #expect(map(result.out).prefix(4).elementsEqual(expected + expected), "\(result)")
                #expect(result.lines.last == "0")
            }
        }

        @Test func hostUserNamespace() throws {
            try withHako { hako in
                let result = try hako.run(
                    "--userns=host", "--", "sh", "-c", "readlink /proc/self/ns/user; cat /proc/self/uid_map")
                #expect(result.lines.first == (try host("readlink", "/proc/self/ns/user").text), "\(result)")
            }
        }

        @Test func autoUserNamespace() throws {
            try withHako { hako in
                let result = try hako.run("--userns=auto", "--", "cat", "/proc/self/uid_map")
                #expect(map(result.out).first.map { $0[0] == 0 && $0[1] > 0 } == true, "\(result)")
            }
        }

        @Test func keepIdKeepsThePlainUsersId() throws {
            try withHako(.user) { hako in
                let result = try hako.run(
                    "--userns=keep-id", "--", "sh", "-c", "id -u; id -g; touch /tmp/mine; stat -c %u /tmp/mine")
                #expect(result.lines == ["64321", "64321", "64321"], "\(result)")
            }
        }

        @Test func mapsByHand() throws {
            try withHako { hako in
                let result = try hako.run(
                    "--uidmap", "0:200000:1000", "--uidmap", "1000:300000:500", "--gidmap", "0:400000:2000", "--", "sh", "-c",
                    "cat /proc/self/uid_map; echo; cat /proc/self/gid_map")
                #expect(
                    map(result.out).filter { !$0.isEmpty } == [[0, 200000, 1000], [1000, 300000, 500], [0, 400000, 2000]],
                    "\(result)")
            }
        }

        @Test(arguments: Identity.allCases)
        func filesOnTheHostKeepTheirOwners(_ who: Identity) throws {
            try withHako(who) { hako in
                let result = try hako.run("sh", "-c", "stat -c %u /bin/busybox; touch /tmp/sample; stat -c %u:%g /tmp/sample")
                #expect(result.lines == ["0", "0:0"], "\(result)")
                #expect(try host("stat", "-c", "%u", "\(hako.rootfs)/tmp/sample").text == "\(who.id)")
            }
        }

        @Test func filesOfAnotherIdAreKeptByIdOnTheHost() throws {
            try withHako { hako throws in
                #expect(try hako.run("--user", "1000", "--", "touch", "/tmp/theirs").status == 0)
                #expect(try host("stat", "-c", "%u", "\(hako.rootfs)/tmp/theirs").text == "1000")
            }
        }

        @Test func whoamiIsRootAndIsNotTheHostsRoot() throws {
            try withHako { hako in
                #expect(try hako.run("whoami").text == "root")
                let child = try hako.spawn(hako.hakoWords(hako.runWords(["sh", "-c", "echo > /tmp/up; exec sleep 61.5"])))
                #expect(eventually { Machine.exists("\(hako.rootfs)/tmp/up") })
                var owner = ""
                _ = try eventually {
                    owner = try host("sh", "-c", "stat -c %u /proc/$(pgrep -f -x 'sleep 61.5')").text
                    return !owner.isEmpty
                }
                #expect(owner != "0" && !owner.isEmpty, "the container's root runs as the host's: \(owner)")
                child.send(SIGTERM)
            }
        }

        /// As a plain user's Podman calls the runtime: by root of the user's own namespace, which the container shares, or is mapped from.
        @Test(arguments: [false, true]) func rootOfAUserNamespaceRunsContainers(_ hasOneOfItsOwn: Bool) throws {
            try withHako(.user) { hako in
                let script = "echo x > /dev/null && cat /proc/self/uid_map && head -c 1 /dev/zero | wc -c"
                let bundle = try Bundle(hako, ["sh", "-c", script]) { config in
                    var linux = config["linux"] as? [String: Any] ?? [:]
                    for key in ["uidMappings", "gidMappings"] {
                        linux[key] = hasOneOfItsOwn ? [["containerID": 5, "hostID": 0, "size": 1]] : nil
                    }
                    if !hasOneOfItsOwn {
                        linux["namespaces"] = (linux["namespaces"] as? [[String: Any]] ?? []).filter {
                            $0["type"] as? String != "user"
                        }
                    } else {
                        config.at("process", "user", ["uid": 5, "gid": 5])
                    }
                    config["linux"] = linux
                }
                let inner = [Machine.runtime, "--root", hako.path("runtime"), "run", "--bundle", bundle.path, "c1"]
                let result = try hako.spawn(hako.asIdentity(["unshare", "--user", "--map-root-user"] + inner)).finish(within: 60)
                let map = result.lines.first?.split(separator: " ").map(String.init)
                #expect(map == (hasOneOfItsOwn ? ["5", "0", "1"] : ["0", "\(Identity.userID)", "1"]), "\(result)")
                #expect(result.status == 0 && result.lines.last == "1", "\(result)")
            }
        }
    }
}
