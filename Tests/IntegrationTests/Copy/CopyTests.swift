import Foundation
import Testing

extension IntegrationTests {
    /// `hako cp`, of containers that run and that do not, as root and as a plain user.
    @Suite struct CopyTests {
        enum State: String, CaseIterable { case running, stopped, created }

        static let cases = Identity.allCases.flatMap { who in State.allCases.map { (who, $0) } }

        /// A container c1 with a volume at /vol, /there/old, /link to it and /etc/owned of 7:8; and files here in `from`.
        private func withContainer(_ who: Identity, _ state: State, _ body: (Hako) throws -> Void) throws {
            try withHako(who) { hako in
                let (own, seven) = ("\(who.id):\(who.id)", who == .root ? "7:8" : "1000006:1000007")
                try host(
                    "sh", "-c",
                    """
                    cd \(hako.directory) && mkdir -p from/dir/sub to && echo one > from/file && echo two > from/dir/sub/deep && \
                    ln -s ../file from/dir/link && ln from/dir/sub/deep from/dir/hard && chown -hR \(own) from to && \
                    chmod 4711 from/file && cd \(hako.rootfs) && mkdir there && echo old > there/old && ln -s there link && \
                    echo owned > etc/owned && chown -h \(own) there there/old link && chown \(seven) etc/owned
                    """)
                let words = ["--name", "c1", "-v", "v:/vol", "--rootfs", "\(hako.rootfs):O"]
                let make = state == .created ? ["create", "--network", "none"] : ["run", "-d", "--network", "none"]
                let made = try hako.spawn(hako.hakoWords(make + words + ["sleep", "1000"])).finish()
                #expect(made.status == 0, "\(made)")
                if state == .stopped { #expect(try hako("kill", "c1").status == 0 && hako("wait", "c1").status == 0) }
                try body(hako)
            }
        }

        /// What a tar of a path shows: modes, owners, names.
        private func look(_ hako: Hako, _ path: String) throws -> [String] {
            let tar = try hako.spawn(hako.hakoWords(["cp", "c1:\(path)", "-"])).finish()
            #expect(tar.status == 0, "\(path): \(tar.err)")
            try tar.out.write(toFile: hako.path("look.tar"), atomically: true, encoding: .utf8)
            return try host("tar", "--numeric-owner", "-tvf", hako.path("look.tar")).lines.map { line in
                let words = line.split(separator: " ")
                return ([words[0], words[1]] + words.dropFirst(5)).joined(separator: " ")
            }.sorted()
        }

        @Test(arguments: cases)
        func filesGoWhereDockerPutsThem(_ who: Identity, _ state: State) throws {
            try withContainer(who, state) { hako in
                func copy(_ source: String, _ target: String) throws {
                    let done = try hako("cp", source, target)
                    #expect(done.status == 0 && done.out == "", "\(source) \(target): \(done)")
                }
                try copy("from/file", "c1:/new")
                #expect(try look(hako, "/new") == ["-rws--x--x 0/0 new"])
                try copy("from/file", "c1:there/")
                try copy("from/file", "c1:/link/second")
                try copy("from/file", "c1:/there/old")
                #expect(
                    try look(hako, "/there") == ["file", "old", "second"].map { "-rws--x--x 0/0 there/\($0)" } + [
                        "drwxr-xr-x 0/0 there/"
                    ])
                try copy("from/dir", "c1:/fresh")
                let tree = [
                    "-rw-r--r-- 0/0 X/hard", "drwxr-xr-x 0/0 X/", "drwxr-xr-x 0/0 X/sub/",
                    "hrw-r--r-- 0/0 X/sub/deep link to X/hard",
                    "lrwxrwxrwx 0/0 X/link -> ../file",
                ]
                #expect(try look(hako, "/fresh") == tree.map { $0.replacingOccurrences(of: "X", with: "fresh") })
                try copy("from/dir", "c1:/fresh")
                #expect(try look(hako, "/fresh/dir") == tree.map { $0.replacingOccurrences(of: "X", with: "dir") })
                try copy("from/dir/.", "c1:/vol")
                #expect(try look(hako, "/vol/sub") == ["-rw-r--r-- 0/0 sub/deep", "drwxr-xr-x 0/0 sub/"])
                #expect(try host("readlink", "\(hako.dataRoot)/volumes/v/_data/link").text == "../file")
                try copy("from/file", "c1:/etc/hosts")
                #expect(try hako("cp", "c1:/etc/hosts", "to/hosts").status == 0)
                #expect(try host("cat", hako.path("to/hosts")).text == "one")
            }
        }

        @Test(arguments: cases)
        func filesComeBack(_ who: Identity, _ state: State) throws {
            try withContainer(who, state) { hako in
                #expect(try hako("cp", "from/file", "c1:/vol/file").status == 0)
                for (source, target) in [
                    ("/vol/file", "to"), ("/there", "to"), ("/there", "fresh"), ("/there/.", "to/there"), ("/link", "to"),
                ] {
                    let done = try hako("cp", "c1:\(source)", target)
                    #expect(done.status == 0, "\(source): \(done)")
                }
                #expect(try hako("cp", "-L", "c1:/link", "to/followed").status == 0)
                // What a container made gets no rights of the user's who copies.
                let found = try host(
                    "sh", "-c",
                    "cd \(hako.directory) && stat -c '%a %u %n' to/file fresh/old && readlink to/link && "
                        + "cat to/there/old to/followed/old"
                )
                #expect(found.lines == ["711 \(who.id) to/file", "644 \(who.id) fresh/old", "there", "old", "old"], "\(found)")
                let kept = try hako("cp", "-a", "c1:/etc/owned", "to/owned")
                #expect(who == .root ? kept.status == 0 : kept.err.contains("7:8"), "\(kept)")
                if who == .root { #expect(try host("stat", "-c", "%u:%g", hako.path("to/owned")).text == "7:8") }
                #expect(try hako("cp", "-a", "c1:/etc/owned", "c1:/owned").status == 0)
                #expect(try look(hako, "/owned") == ["-rw-r--r-- 7/8 owned"])
                #expect(try hako("cp", "c1:/etc/owned", "c1:/not-owned").status == 0)
                #expect(try look(hako, "/not-owned") == ["-rw-r--r-- 0/0 not-owned"])
            }
        }

        @Test(arguments: Identity.allCases)
        func tarsOnStandardStreams(_ who: Identity) throws {
            try withContainer(who, .running) { hako in
                let words = hako.hakoWords(["cp", "-", "c1:/vol"])
                let piped = try hako.spawn(["sh", "-c", "tar -C from -c dir | \"$@\"", "sh"] + words).finish()
                #expect(piped.status == 0, "\(piped)")
                #expect(try look(hako, "/vol/dir/sub") == ["-rw-r--r-- 0/0 sub/deep", "drwxr-xr-x 0/0 sub/"])
                let kept = try hako.spawn(
                    ["sh", "-c", "tar -C from -c file --owner=7 --group=8 | \"$@\"", "sh"]
                        + hako.hakoWords(["cp", "-a", "-", "c1:/vol"])
                ).finish()
                #expect(kept.status == 0, "\(kept)")
                #expect(try look(hako, "/vol/file") == ["-rws--x--x 7/8 file"])
                let file = try hako("cp", "-", "c1:/etc/owned", stdin: "no tar")
                #expect(file.status == 125 && file.oneErrorLine, "\(file)")
            }
        }

        static let wrong: [([String], String)] = [
            (["from/file", "c1:/none/"], "no directory"), (["from/file", "c1:/none/x"], "No such file"),
            (["from/dir", "c1:/etc/owned"], "onto the file"), (["from/file", "c1:/etc/owned/"], "not a directory"),
            (["from/none", "c1:/"], "No such file"), (["c1:/none", "to"], "No such file"),
            (["c1:/none", "c1:/x"], "No such file"),
            (["c2:/x", "to"], "no such container: c2"), (["from/file", "to"], "CONTAINER:PATH"), (["-", "-"], "CONTAINER:PATH"),
            (["-", "to"], "CONTAINER:PATH"), (["c1:", "to"], "missing"), ([":x", "to"], "missing"), (["", "to"], "empty"),
            (["c1:/proc/meminfo", "to"], "kernel"), (["c1:/there", "from/file"], "onto the file"),
            (["c1:/there/old/", "to"], "not a directory"), (["c1:/there/..", "to"], ".."), (["from/file"], "arguments"),
        ]

        @Test func wrongWords() throws {
            try withContainer(.root, .running) { hako in
                for (words, why) in Self.wrong {
                    let result = try hako.spawn(hako.hakoWords(["cp"] + words)).finish()
                    #expect(result.status != 0 && result.oneErrorLine && result.err.contains(why), "\(words): \(result)")
                }
                #expect(try hako("cp", "c1:/dev/null", "to/null").err.contains("device"))
                #expect(!Machine.exists(hako.path("to/null")))
            }
        }

        /// A directory that is there keeps what the copy has not; a file and a directory do not take each other's place.
        @Test(arguments: Identity.allCases)
        func kindsStay(_ who: Identity) throws {
            try withContainer(who, .running) { hako in
                try host("sh", "-c", "cd \(hako.directory) && mkdir from/there from/there/old && chown -R \(who.id) from/there")
                let refused = try hako("cp", "from/there", "c1:/")
                #expect(refused.status == 125 && refused.oneErrorLine && refused.err.contains("old"), "\(refused)")
                #expect(try hako("cp", "--overwrite", "from/there", "c1:/").status == 0)
                #expect(try look(hako, "/there") == ["drwxr-xr-x 0/0 there/", "drwxr-xr-x 0/0 there/old/"])
            }
        }

        @Test(.fastMachine, arguments: Identity.allCases)
        func muchAndOftenNested(_ who: Identity) throws {
            try withContainer(who, .running) { hako in
                try host(
                    "sh", "-c",
                    """
                    cd \(hako.directory)/from && mkdir big && cd big && head -c 30000000 /dev/urandom > random && \
                    truncate -s 128M hole && for i in $(seq 1 2000); do echo $i > f$i; done && d=deep && \
                    for i in $(seq 1 100); do d=$d/d; done && mkdir -p $d && echo bottom > $d/f && chown -R \(who.id) .
                    """)
                #expect(try hako("cp", "from/big", "c1:/vol").status == 0)
                #expect(try hako("cp", "c1:/vol/big", "to").status == 0)
                #expect(try host("diff", "-r", hako.path("from/big"), hako.path("to/big")).status == 0)
                let blocks = try host("stat", "-c", "%b", hako.path("to/big/hole")).text
                #expect(Int(blocks) ?? .max < 1000, "the hole has \(blocks) blocks")
            }
        }
    }
}
