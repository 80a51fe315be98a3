import Foundation
import Testing

extension IntegrationTests {
    /// Volumes: made, listed, mounted, filled from images, removed.
    @Suite struct VolumeCommandTests {
        /// With a root file system that has files of several owners in /stuff.
        private func withStuff(_ who: Identity, _ body: (Hako) throws -> Void) throws {
            try withHako(who) { hako in
                let stuff = "\(hako.rootfs)/stuff"
                // As ids of the image: 7 and 8 are a plain user's subordinate ids on its disk.
                let (seven, eight) = who == .root ? ("7", "8") : ("1000006", "1000007")
                try host(
                    "sh", "-c",
                    """
                    mkdir \(stuff) \(stuff)/sub && cd \(stuff) && echo text > file && ln file linked && ln -s file link && \
                    echo deep > sub/deep && chmod 4755 sub/deep && chown -h \(hako.identity.id):\(hako.identity.id) link sub && \
                    chown \(seven):\(eight) . file && chmod 1770 . && chmod 640 file
                    """)
                try body(hako)
            }
        }

        static let look = "cd /stuff && stat -c '%a %u:%g %h' . file && readlink link && cat sub/deep && stat -c %a sub/deep"
        static let seen = ["1770 7:8 3", "640 7:8 2", "file", "deep"]

        @Test(arguments: Identity.allCases)
        func theyComeAndGo(_ who: Identity) throws {
            try withHako(who) { hako in
                #expect(try hako("volume", "create", "--label", "a=b", "one").text == "one")
                #expect(try hako("volume", "create", "one", "--label", "a=b").text == "one")
                let other = try hako("volume", "create", "one")
                #expect(other.status == 125 && other.oneErrorLine && other.err.contains("other options or labels"), "\(other)")
                let unnamed = try hako("volume", "create").text
                #expect(unnamed.count == 64)
                let table = try hako("volume", "ls").lines.map { $0.split(separator: " ").map(String.init) }
                #expect(table.first == ["DRIVER", "VOLUME", "NAME"] && table.contains(["local", "one"]), "\(table)")
                #expect(try hako("volume", "ls", "-q", "--filter", "label=a=b").lines == ["one"])
                #expect(try hako("volume", "ls", "-q", "--filter", "label=a=c").lines.isEmpty)
                #expect(try hako("volume", "ls", "-q", "--filter", "name=n", "--filter", "dangling=true").lines == ["one"])
                #expect(try hako("volume", "ls", "--filter", "label=a", "--format", "{{.Name}} {{.Driver}}").text == "one local")
                let inspected = try hako("volume", "inspect", "one", "--format", "{{.Mountpoint}} {{.Labels.a}} {{.Scope}}")
                #expect(inspected.text == "\(hako.dataRoot)/volumes/one/_data b local", "\(inspected)")
                #expect(try hako("volume", "prune").out.contains(unnamed))
                #expect(try hako("volume", "ls", "-q").lines == ["one"])
                #expect(try hako("volume", "prune", "--all", "--filter", "label!=a").out.hasPrefix("Total"))
                #expect(try hako("volume", "rm", "one").text == "one")
                #expect(try hako("volume", "rm", "-f", "one").status == 0)
                let gone = try hako("volume", "rm", "one")
                #expect(gone.status == 1 && gone.err.contains("no such volume: one"), "\(gone)")
            }
        }

        static let wrong: [([String], String)] = [
            (["create", "-x"], "-x"), (["create", "../up"], "letters"), (["create", ".new-a"], "letters"),
            (["create", "--driver", "cloud", "a"], "local"), (["create", "--opt", "type=nfs", "a"], "network"),
            (["create", "--opt", "type=ext4", "--opt", "device=/dev/sda", "a"], "on the host"),
            (["create", "--opt", "size=1", "a"], "type, device and o"), (["create", "--opt", "o=bind", "a"], "device=DIR"),
            (["create", "--opt", "type=tmpfs", "--opt", "o=what", "a"], "what"), (["ls", "--filter", "x=y"], "name, label"),
            (["ls", "--filter", "label=="], "KEY=VALUE"),
            (["inspect", "nothing"], "no such volume"), (["export", "nothing"], "no such volume"),
            (["import", "nothing", "/dev/null"], "no such volume"), (["create", "a", "b"], "argument"),
        ]

        @Test(arguments: wrong)
        func wrongWords(_ words: [String], _ why: String) throws {
            try withHako { hako in
                let result = try hako.spawn(hako.hakoWords(["volume"] + words)).finish()
                #expect(result.status != 0 && result.oneErrorLine && result.err.contains(why), "\(result)")
                #expect(try hako("volume", "ls", "-q").text == "")
            }
        }

        @Test(arguments: Identity.allCases)
        func anEmptyOneGetsWhatTheImageHas(_ who: Identity) throws {
            try withStuff(who) { hako in
                let image = "\(hako.rootfs):O"
                let first = try hako.run("-v", "v:/stuff", "--rootfs", image, "--", "sh", "-c", Self.look + "; echo mine > own")
                #expect(Array(first.lines.prefix(4)) == Self.seen && first.lines.last == "4755", "\(first)")
                let again = try hako.run("-v", "v:/stuff", "--rootfs", image, "--", "sh", "-c", "cat /stuff/own; rm -r /stuff/*")
                #expect(again.text == "mine", "\(again)")
                let emptied = try hako.run("-v", "v:/stuff:nocopy", "--rootfs", image, "--", "ls", "/stuff")
                #expect(emptied.status == 0 && emptied.text == "", "\(emptied)")
                let copied = try hako.run(
                    "--mount", "type=volume,src=w,dst=/stuff", "--rootfs", image, "--", "stat", "-c", "%u:%g", "/stuff/file")
                #expect(copied.text == "7:8", "\(copied)")
                let nothing = try hako.run(
                    "-v", "x:/nothing", "--rootfs", image, "--", "sh", "-c", "ls /nothing; stat -c %u /nothing")
                #expect(nothing.text == "0", "\(nothing)")
            }
        }

        /// On the disk the owners are the image's numbers: containers with other ids read the same volume.
        @Test(arguments: Identity.allCases)
        func containersShareOne(_ who: Identity) throws {
            try withHako(who) { hako in
                let script = "echo text > /v/file; chown 7:8 /v/file; mkfifo /v/up; cat /v/up"
                let first = try hako.spawn(hako.hakoWords(hako.runWords(["-v", "v:/v", "--", "sh", "-c", script])))
                let path = "\(hako.dataRoot)/volumes/v/_data"
                #expect(eventually { Machine.exists("\(path)/up") })
                let second = try hako.run("-v", "v:/v", "--", "sh", "-c", "stat -c %u:%g /v/file; echo done > /v/up")
                #expect(second.text == "7:8", "\(second)")
                #expect(try first.finish().text == "done")
                #expect(try host("stat", "-c", "%u:%g", "\(path)/file").text == (who == .root ? "7:8" : "1000006:1000007"))
                // What root of a container makes set-user-ID is nothing for users of this machine.
                #expect(try host("stat", "-c", "%a", "\(hako.dataRoot)/volumes").text == "700")
            }
        }

        @Test(arguments: Identity.allCases)
        func anonymousOnesGoWithTheirContainer(_ who: Identity) throws {
            try withHako(who) { hako throws in
                #expect(try hako.run("-v", "/data", "--", "touch", "/data/x").status == 0)
                #expect(try hako("volume", "ls", "-q").text == "")
                for (words, left) in [(["rm", "c1"], 1), (["rm", "-v", "c1"], 0), (["rm", "-f", "--volumes", "c1"], 0)] {
                    #expect(
                        try hako.run("--name", "c1", "-v", "/data", "-v", "named:/named", "--", "touch", "/data/x").status == 0)
                    #expect(try hako.spawn(hako.hakoWords(words)).finish().status == 0)
                    #expect(try hako("volume", "ls", "-q").lines.count == left + 1, "\(words)")
                    #expect(try hako("volume", "prune").status == 0)
                }
                #expect(try hako("volume", "ls", "-q").text == "named")
            }
        }

        @Test(arguments: Identity.allCases)
        func oneInUseStays(_ who: Identity) throws {
            try withHako(who) { hako in
                #expect(try hako.run("--name", "c1", "-v", "v:/data", "--", "true").status == 0)
                let refused = try hako("volume", "rm", "v")
                #expect(refused.status == 1 && refused.oneErrorLine && refused.err.contains("in use by c1"), "\(refused)")
                #expect(try hako("volume", "prune", "--all").out.contains("v\n") == false)
                #expect(try hako("volume", "ls", "-q", "-f", "dangling=false").text == "v")
                #expect(try hako("rm", "-v", "c1").status == 0)
                #expect(try hako("volume", "rm", "v").status == 0)
            }
        }

        @Test(arguments: Identity.allCases)
        func volumesOfAnotherContainer(_ who: Identity) throws {
            try withHako(who) { hako in
                let share = try hako.write("host", to: "share.txt")
                let first = try hako.run(
                    "--name", "c1", "-v", "/anon", "-v", "v:/named", "-v", "\(share):/file:ro", "--", "sh", "-c",
                    "echo a > /anon/a; echo n > /named/n")
                #expect(first.status == 0, "\(first)")
                let second = try hako.run("--volumes-from", "c1", "--", "sh", "-c", "cat /anon/a /named/n /file; echo x > /file")
                #expect(second.lines == ["a", "n", "host"] && second.err.contains("Read-only"), "\(second)")
                let third = try hako.run("--volumes-from", "c1:ro", "-v", "/named", "--", "sh", "-c", "ls /named; touch /anon/b")
                #expect(third.text == "" && third.err.contains("Read-only"), "\(third)")
                // The second went with --rm; the first still has it.
                #expect(try hako("start", "-a", "c1").status == 0)
                let none = try hako.run("--volumes-from", "nobody", "--", "true")
                #expect(none.status == 125 && none.err.contains("no such container: nobody"), "\(none)")
            }
        }

        @Test(arguments: Identity.allCases)
        func imagesAskForThem(_ who: Identity) throws {
            try withStuff(who) { hako in
                #expect(try hako("load", "-i", "\(Machine.images)/busybox").status == 0)
                let id = try hako("images", "-q").text
                #expect(try hako("create", "--name", "base", id, "true").status == 0)
                let made = try hako("commit", "--change", "VOLUME /greeting", "base", "asks:1")
                #expect(made.status == 0, "\(made)")
                #expect(try hako("rm", "base").status == 0)
                let words = [
                    "run", "--name", "c1", "--network", "none", "asks:1", "sh", "-c", "cat /greeting/text; rm /greeting/text",
                ]
                let first = try hako.spawn(hako.hakoWords(words)).finish()
                #expect(first.text == "hello", "\(first)")
                #expect(try hako("volume", "ls", "-q").text.count == 64)
                let again = try hako("start", "-a", "c1")
                #expect(again.err.contains("No such file"), "\(again)")
                let own = try hako("run", "--rm", "--network", "none", "-v", "mine:/greeting", "asks:1", "cat", "/greeting/text")
                #expect(own.text == "hello", "\(own)")
                #expect(try hako("rm", "-v", "c1").status == 0)
                #expect(try hako("volume", "ls", "-q").text == "mine")
            }
        }

        @Test(arguments: Identity.allCases)
        func exportedAndImported(_ who: Identity) throws {
            try withStuff(who) { hako in
                let image = "\(hako.rootfs):O"
                #expect(try hako.run("-v", "v:/stuff", "--rootfs", image, "--", "true").status == 0)
                let tar = hako.path("v.tar")
                #expect(try hako("volume", "export", "v", "-o", tar).status == 0)
                #expect(try host("tar", "-tvf", tar, "--numeric-owner").out.contains("7/8"))
                #expect(try hako("volume", "create", "w").status == 0)
                #expect(try hako("volume", "import", "w", tar).status == 0)
                let result = try hako.run("-v", "w:/stuff", "--", "sh", "-c", Self.look)
                #expect(Array(result.lines.prefix(4)) == Self.seen, "\(result)")
                let broken = try hako.write("no tar at all", to: "broken.tar")
                let refused = try hako("volume", "import", "w", broken)
                #expect(refused.status == 125 && refused.oneErrorLine && refused.err.contains("broken.tar"), "\(refused)")
            }
        }

        @Test(arguments: Identity.allCases)
        func theLocalDriversOptions(_ who: Identity) throws {
            try withHako(who) { hako in
                let create = ["volume", "create", "--opt"]
                let made = try hako.spawn(
                    hako.hakoWords(create + ["type=tmpfs", "--opt", "device=tmpfs", "--opt", "o=size=64k,mode=700", "t"]))
                #expect(try made.finish().status == 0)
                let mounted = try hako.run("-v", "t:/t", "--", "sh", "-c", "grep ' /t ' /proc/mounts; stat -c %a /t")
                #expect(
                    mounted.out.contains("tmpfs") && mounted.out.contains("size=64k") && mounted.lines.last == "700", "\(mounted)"
                )
                let share = hako.path("share")
                try host("sh", "-c", "mkdir \(share) && echo there > \(share)/file && chown -R \(who.id):\(who.id) \(share)")
                let bind = create + ["type=none", "--opt", "o=bind", "--opt", "device=\(share)", "b"]
                #expect(try hako.spawn(hako.hakoWords(bind)).finish().status == 0)
                let read = try hako.run("-v", "b:/b", "--", "sh", "-c", "cat /b/file; echo new > /b/new")
                #expect(read.text == "there", "\(read)")
                #expect(try host("stat", "-c", "%u", "\(share)/new").text == "\(who.id)")
                #expect(try hako("volume", "rm", "b", "t").status == 0)
                #expect(Machine.exists("\(share)/new"))
            }
        }

        /// Killed after each of its system calls: what is left, the next commands mend; named volumes are whole or empty.
        @Test(.fastMachine) func killedWhileTheyAreMadeAndFilled() throws {
            try withStuff(.root) { hako in
                let words = hako.hakoWords(
                    hako.runWords([
                        "--rm", "--explain", "-v", "v:/stuff", "-v", "/stuff2", "--rootfs", "\(hako.rootfs):O", "--", "true",
                    ]))
                var survived = false
                var calls = 0
                for count in stride(from: 1, through: 3000, by: 11) {
                    let killed = try hako.spawn(words, with: ["HAKO_DIE": "hako:\(count)"]).finish(within: 15)
                    survived = killed.status == 0
                    if survived { break }
                    calls = count
                    let mended = try eventually {
                        #expect(try hako("system", "check").status == 0)
                        return try hako("ps", "-aq").text.isEmpty
                    }
                    #expect(mended, "after call \(count)")
                    let volumes = try hako("volume", "ls", "-q")
                    #expect(volumes.text == "" || volumes.text == "v", "after call \(count): \(volumes)")
                    let look = try hako.run("-v", "v:/stuff", "--rootfs", "\(hako.rootfs):O", "--", "sh", "-c", Self.look)
                    #expect(Array(look.lines.prefix(4)) == Self.seen, "after call \(count): \(look)")
                    #expect(try hako("volume", "rm", "v").status == 0)
                    let left = try FileManager.default.contentsOfDirectory(atPath: "\(hako.dataRoot)/volumes")
                    #expect(left.isEmpty, "after call \(count): \(left)")
                }
                #expect(survived && calls > 100, "it was killed after up to \(calls) calls")
            }
        }
    }
}
