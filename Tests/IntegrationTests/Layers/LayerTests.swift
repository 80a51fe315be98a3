import Foundation
import Testing

extension IntegrationTests {
    @Suite struct LayerTests {
        /// Makes a stopped container `box` over the root file system, which changes, adds and removes.
        private func makeStopped(_ hako: Hako) throws {
            let script = """
                echo new > /new; echo more >> /etc/passwd; rm /etc/group; mkdir /made; echo x > /made/x; rm -r /home/tester; \
                mkdir /home/tester; echo y > /home/tester/y
                """
            try host("sh", "-c", "echo old > \(hako.rootfs)/home/tester/old")
            let result = try hako.run("--name", "box", "--rootfs", "\(hako.rootfs):O", "--", "sh", "-c", script)
            #expect(result.status == 0, "\(result)")
        }

        @Test(arguments: Identity.allCases)
        func overlayLeavesTheDirectoryUntouched(_ who: Identity) throws {
            try withHako(who) { hako in
                try makeStopped(hako)
                #expect(!Machine.exists("\(hako.rootfs)/new"))
                #expect(Machine.exists("\(hako.rootfs)/etc/group"))
                #expect(Machine.exists("\(hako.rootfs)/home/tester/old"))
            }
        }

        @Test(arguments: Identity.allCases)
        func diffListsWhatWasAddedChangedAndDeleted(_ who: Identity) throws {
            try withHako(who) { hako in
                try makeStopped(hako)
                let result = try hako("diff", "box")
                let expected = [
                    "A /new", "C /etc", "C /etc/passwd", "D /etc/group", "A /made", "A /made/x", "D /home/tester/old",
                    "A /home/tester/y",
                ]
                for line in expected { #expect(result.lines.contains(line), "no '\(line)': \(result)") }
                #expect(
                    !result.lines.contains {
                        $0.hasSuffix("/bin") || $0.contains("/proc") || $0.contains("/dev") || $0.contains("/etc/host")
                            || $0.contains("resolv")
                    },
                    "what hako itself mounts is listed: \(result)")
            }
        }

        @Test(arguments: Identity.allCases)
        func exportWritesWhatTheContainerSees(_ who: Identity) throws {
            try withHako(who) { hako in
                try makeStopped(hako)
                let tar = hako.path("out.tar")
                #expect(try hako("export", "-o", tar, "box").status == 0)
                let names = Set(try host("tar", "-tf", tar).lines.map { $0.hasPrefix("./") ? String($0.dropFirst(2)) : $0 })
                for name in ["new", "made/x", "home/tester/y", "bin/busybox"] {
                    #expect(names.contains(name), "no \(name) in the tar")
                }
                for name in ["etc/group", "home/tester/old"] { #expect(!names.contains(name), "\(name) is in the tar") }
                #expect(try host("tar", "-xOf", tar, names.contains("new") ? "new" : "./new").text == "new")
                let owners = try host("tar", "--numeric-owner", "-tvf", tar).lines
                #expect(
                    owners.allSatisfy { $0.split(separator: " ")[1] == "0/0" || $0.contains("tester") },
                    "\(owners.filter { !$0.contains(" 0/0 ") })")
            }
        }

        @Test func exportToStandardOutputIsATar() throws {
            try withHako { hako in
                try makeStopped(hako)
                let words = hako.hakoWords(["export", "box"]).joined(separator: " ")
                #expect(try host("sh", "-c", "\(words) | tar -tf - | grep -c busybox").text == "1")
            }
        }

        @Test(arguments: Identity.allCases)
        func changesSurviveARestart(_ who: Identity) throws {
            try withHako(who) { hako in
                let first = try hako.run(
                    "--name", "counter", "--rootfs", "\(hako.rootfs):O", "--", "sh", "-c", "echo x >> /count; wc -l < /count")
                #expect(first.text == "1", "\(first)")
                for expected in ["2", "3"] {
                    let again = try hako("start", "-a", "counter")
                    #expect(again.text == expected && again.status == 0, "\(again)")
                }
                #expect(try hako("rm", "counter").status == 0)
                #expect(try hako("start", "-a", "counter").status != 0)
            }
        }

        @Test func startGivesTheCommandsExitStatus() throws {
            try withHako { hako throws in
                #expect(try hako.run("--name", "seven", "--", "sh", "-c", "exit 7").status == 7)
                #expect(try hako("start", "-a", "seven").status == 7)
            }
        }

        @Test(arguments: Identity.allCases)
        func listingShowsStoppedOnesWhenAsked(_ who: Identity) throws {
            try withHako(who) { hako in
                #expect(try hako.run("--name", "done", "--", "sh", "-c", "exit 3").status == 3)
                let all = try hako("ps", "-a")
                #expect(all.lines.contains { $0.contains("done") && $0.contains("Exited (3)") }, "\(all)")
                #expect(try hako("ps").lines.contains { $0.contains("done") } == false)
                let child = try hako.spawn(hako.hakoWords(hako.runWords(["--name", "lasting", "--", "sleep", "60"])))
                let shown = try eventually { try hako("ps").lines.contains { $0.contains("lasting") && $0.contains("Up") } }
                #expect(shown)
                #expect(try hako("rm", "lasting").status != 0, "a running container was removed")
                #expect(try hako("rm", "-f", "lasting").status == 0)
                let ended = try child.finish()
                #expect(ended.status == 137, "\(ended)")
                #expect(try hako("rm", "done").status == 0)
                #expect(try hako("ps", "-aq").text == "")
            }
        }

        @Test func removeOnExitLeavesNothing() throws {
            try withHako { hako in
                #expect(try hako.run("--rm", "--rootfs", "\(hako.rootfs):O", "--", "sh", "-c", "echo x > /x").status == 0)
                #expect(try hako("ps", "-aq").text == "")
                let left = try host("find", hako.dataRoot, "-name", "x").text
                #expect(left == "")
            }
        }

        @Test(arguments: Identity.allCases, ["tar", "tar.gz", "tar.zst"])
        func rootFromATarIsUnpackedOnceAndLayered(_ who: Identity, _ kind: String) throws {
            try withHako(who) { hako in
                let tar = "\(Machine.rootfs)/busybox.\(kind)"
                let first = try hako.run(
                    "--rm", "--rootfs", tar, "--", "sh", "-c", "echo x > /x; stat -c %u:%g /bin/busybox /home/tester")
                #expect(first.lines == ["0:0", "1000:1000"], "\(first)")
                let layers = try host("find", hako.dataRoot, "-name", "busybox", "-type", "f").lines
                let second = try hako.run("--rm", "--rootfs", tar, "--", "sh", "-c", "ls /x 2>/dev/null; whoami")
                #expect(second.lines == ["root"], "\(second)")
                #expect(try host("find", hako.dataRoot, "-name", "busybox", "-type", "f").lines == layers)
                #expect(layers.count == 1, "\(layers)")
            }
        }

        @Test func twoContainersOverOneTarDoNotSeeEachOthersChanges() throws {
            try withHako { hako in
                let tar = "\(Machine.rootfs)/busybox.tar"
                #expect(try hako.run("--name", "a", "--rootfs", tar, "--", "sh", "-c", "echo a > /mark").status == 0)
                let other = try hako.run("--name", "b", "--rootfs", tar, "--", "cat", "/mark")
                #expect(other.status == 1, "\(other)")
            }
        }
    }
}
