import Foundation
import Testing

extension IntegrationTests {
    /// Images from a registry, as root and as a plain user.
    @Suite(.registry) struct PullTests {
        @Test(arguments: Identity.allCases)
        func anImageIsPulledAndRun(_ who: Identity) throws {
            try withHako(who) { hako in
                try withRegistry(hako, "busybox") { registry in
                    let name = "\(registry.host)/test/busybox"
                    let pulled = try hako("pull", name, within: 60)
                    #expect(pulled.status == 0 && pulled.text.count == 64, "\(pulled)")
                    #expect(pulled.err.contains("Pulling \(name):latest"), "\(pulled)")
                    let ran = try hako(
                        "run", "--rm", "--network", "none", name, "sh", "-c", "cat text; echo $GREETING; pwd; id -u")
                    #expect(ran.lines == ["hello", "hello", "/greeting", "0"], "\(ran)")
                    let table = try hako("images")
                    #expect(table.out.contains("\(name)   latest   \(pulled.text.prefix(12))"), "\(table)")
                    // What is there is not asked for again.
                    let before = registry.log.components(separatedBy: "/blobs/").count
                    #expect(try hako("pull", "-q", name).text == pulled.text)
                    #expect(registry.log.components(separatedBy: "/blobs/").count == before)
                }
            }
        }

        @Test(arguments: Identity.allCases)
        func runPullsWhatIsMissing(_ who: Identity) throws {
            try withHako(who) { hako in
                try withRegistry(hako, "busybox") { registry in
                    let name = "\(registry.host)/test/busybox"
                    let never = try hako("run", "--rm", "--pull=never", name, "true")
                    #expect(never.status == 125 && never.oneErrorLine && never.err.contains("no such image"), "\(never)")
                    let ran = try hako("run", "--rm", "--network", "none", name, "echo", "ran", within: 60)
                    #expect(ran.status == 0 && ran.text == "ran", "\(ran)")
                }
            }
        }

        @Test(.debian, .fastMachine, arguments: Identity.allCases)
        func layersOfSeveralKindsAreStacked(_ who: Identity) throws {
            try withHako(who) { hako in
                try withRegistry(hako, "debian") { registry in
                    let script =
                        "cd /srv/data && ls; ls /opt/full; stat -c %a /tmp; cat /tmp/made; id -un; cat /etc/os-release | head -1"
                    let ran = try hako(
                        "run", "--rm", "--network", "none", "\(registry.host)/test/debian", "sh", "-c", script, within: 90)
                    // /tmp has no entry in the upper layer: it keeps the mode that it has below.
                    #expect(
                        Array(ran.lines.prefix(5)) == ["kept", "b", "1777", "in a directory that has no entry", "daemon"],
                        "\(ran)")
                    let history = try hako("history", "--format", "{{.CreatedBy}}", "\(registry.host)/test/debian")
                    #expect(history.lines == ["RUN rm /srv/data/old", "RUN make-data", "ADD debian.tar /"], "\(history)")
                }
            }
        }

        @Test(arguments: Identity.allCases)
        func filesOfEveryKindComeAsTheyAre(_ who: Identity) throws {
            try withHako(who) { hako in
                try withRegistry(hako, "odd") { registry in
                    let name = "\(registry.host)/test/odd"
                    #expect(try hako("pull", "-q", name, within: 60).status == 0)
                    let script = """
                        cd /odd; for f in plain hard soft fifo null loop setuid owned sticky old; do
                        [ -e $f ] || { echo $f none; continue; }; stat -c '%n %F %a %u:%g %h %Y' $f; done
                        readlink dangling; cat /long/*/*/*/*/*/*/*/*/deep; ls | wc -l
                        """
                    let seen = try hako("run", "--rm", "--network", "none", name, "sh", "-c", script)
                    #expect(seen.out.contains("plain regular file 644 0:0 2 1700000000"), "\(seen)")
                    #expect(seen.out.contains("fifo fifo 644 0:0 1"), "\(seen)")
                    #expect(seen.out.contains("setuid regular file 4755 0:0"), "\(seen)")
                    #expect(seen.out.contains("owned regular file 640 1000:1000"), "\(seen)")
                    #expect(seen.out.contains("sticky directory 1777"), "\(seen)")
                    #expect(seen.out.contains("old regular file 644 0:0 1 0"), "\(seen)")
                    #expect(seen.out.contains("/no/where\ndeep\n"), "\(seen)")
                    // Only root over the host may make device nodes.
                    #expect(seen.out.contains("null character special file 666") == (who == .root), "\(seen)")
                    #expect(seen.out.contains("null none") == (who == .user), "\(seen)")
                }
            }
        }

        @Test(arguments: Identity.allCases)
        func pullsAtOnceDownloadOnce(_ who: Identity) throws {
            try withHako(who) { hako in
                try withRegistry(hako, "odd") { registry in
                    let words = hako.hakoWords(["pull", "-q", "\(registry.host)/test/odd"])
                    let pulls = try (0..<4).map { _ in try hako.spawn(words) }
                    let ends = try pulls.map { try $0.finish(within: 60) }
                    #expect(ends.allSatisfy { $0.status == 0 && $0.text == ends[0].text }, "\(ends)")
                    let downloads = registry.downloads
                    #expect(downloads.count == 3 && downloads.values.allSatisfy { $0 == 1 }, "\(downloads)")
                }
            }
        }

        /// What an earlier pull brought is not asked for again.
        @Test(.fastMachine, arguments: Identity.allCases)
        func aPullGoesOnWhereOneBrokeOff(_ who: Identity) throws {
            try withHako(who) { hako in
                try withRegistry(hako, "busybox") { registry in
                    let name = "\(registry.host)/test/busybox"
                    #expect(try hako("pull", "-q", name).status == 0)
                    #expect(try hako("rmi", "-a").status == 0)
                    let (digest, _) = try #require(registry.downloads.max { size(registry, $0.key) < size(registry, $1.key) })
                    let half = size(registry, digest) / 2
                    let partial = "\(hako.dataRoot)/blobs/staging/\(digest)"
                    try command("sh", "-ec", "head -c \(half) \(registry.file(digest)) >\(partial)")
                    try command("chown", "\(who.id):\(who.id)", partial)
                    let pulled = try hako("--log-level", "debug", "pull", "-q", name)
                    #expect(pulled.status == 0 && pulled.text.count == 64, "\(pulled)")
                    #expect(pulled.err.contains("from byte \(half) on"), "\(pulled)")
                    #expect(pulled.err.split(separator: "\n").allSatisfy { $0.hasPrefix("hako: debug: ") }, "\(pulled)")
                }
            }
        }

        private func size(_ registry: Registry, _ digest: String) -> Int {
            (try? Data(contentsOf: URL(filePath: registry.file(digest))).count) ?? 0
        }

        @Test func whatIsNotItsDigestIsNotTaken() throws {
            try withHako { hako in
                try withRegistry(hako, "busybox") { registry in
                    let name = "\(registry.host)/test/busybox"
                    let manifest = try host("skopeo", "inspect", "--tls-verify=false", "--raw", "docker://\(name)").text
                    let digests = manifest.components(separatedBy: "sha256:").dropFirst().map { String($0.prefix(64)) }
                    for digest in digests {
                        let file = registry.file(digest)
                        let before = try Data(contentsOf: URL(filePath: file))
                        var damaged = before
                        damaged[before.count / 2] ^= 1
                        try damaged.write(to: URL(filePath: file))
                        let refused = try hako("pull", "-q", name)
                        #expect(refused.status != 0 && refused.oneErrorLine, "\(digest): \(refused)")
                        #expect(refused.err.contains("digest") || refused.err.contains("broken"), "\(refused)")
                        try before.write(to: URL(filePath: file))
                        #expect(try hako("images", "-q").text == "")
                        // What was whole was kept for the next; here it must not stand in for what is damaged next.
                        #expect(try hako("image", "prune").status == 0)
                        #expect(try host("find", "\(hako.dataRoot)/blobs", "-type", "f").text == "")
                    }
                    #expect(try hako("pull", "-q", name).status == 0)
                }
            }
        }

        /// Killed at any moment, nothing that was whole is lost, and the next pull succeeds.
        @Test(.debian, .fastMachine) func aPullThatWasKilledIsGoneOnWith() throws {
            try withHako { hako in
                try withRegistry(hako, "debian") { registry in
                    let words = hako.hakoWords(["pull", "-q", "\(registry.host)/test/debian"])
                    for milliseconds in [20, 60, 100, 150, 200, 250, 300] + (0..<3).map({ _ in Int.random(in: 0..<400) }) {
                        let pull = try hako.spawn(words)
                        Thread.sleep(forTimeInterval: Double(milliseconds) / 1000)
                        pull.send(SIGKILL)
                        _ = try pull.finish()
                        let images = try hako("images", "-q")
                        #expect(images.status == 0, "after \(milliseconds) ms: \(images)")
                    }
                    let whole = try hako.spawn(words).finish(within: 60)
                    #expect(whole.status == 0, "\(whole)")
                    let ran = try hako(
                        "run", "--rm", "--network", "none", "\(registry.host)/test/debian", "cat", "/srv/data/kept")
                    #expect(ran.text == "kept", "\(ran)")
                    #expect(try hako("image", "prune").status == 0)
                    let left = try host(
                        "find", "\(hako.dataRoot)/blobs/staging", "\(hako.dataRoot)/layers/staging", "-mindepth", "1")
                    #expect(left.text == "", "\(left)")
                    #expect(try hako("rmi", "-a").status == 0)
                    let content = try host("find", "\(hako.dataRoot)/blobs/sha256", "-type", "f")
                    #expect(content.text == "", "\(content)")
                }
            }
        }
    }
}
