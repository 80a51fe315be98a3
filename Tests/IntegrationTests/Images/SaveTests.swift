import Foundation
import Testing

extension IntegrationTests {
    /// Archives and directories: what hako writes others read, and the other way round.
    @Suite struct SaveTests {
        /// A directory's kind, and what skopeo calls it.
        private static let directories = [("oci-dir", "oci"), ("docker-dir", "dir")]

        private static func podman(_ hako: Hako, _ words: String...) throws -> Outcome {
            let own = [
                "podman", "--root", hako.path("p/root"), "--runroot", hako.path("p/run"), "--tmpdir", hako.path("p/tmp"),
                "--storage-driver", "vfs", "--events-backend", "none",
            ]
            return try hako.spawn(own + words).finish(within: 60)
        }

        private func withImage(_ image: String, _ who: Identity = .root, _ body: (Hako) throws -> Void) throws {
            try withHako(who) { hako in
                let loaded = try hako("load", "-i", "\(Machine.images)/\(image)")
                #expect(loaded.status == 0, "\(loaded)")
                #expect(try hako("tag", String(loaded.text.suffix(64)), "box:1").status == 0)
                try body(hako)
            }
        }

        @Test(.fastMachine, arguments: Identity.allCases)
        func directoriesItSavesItLoads(_ who: Identity) throws {
            try withImage("busybox", who) { hako in
                let id = try hako("images", "-q", "--no-trunc").text
                for (form, _) in Self.directories {
                    let place = hako.path(form)
                    let saved = try hako("save", "--format", form, "-o", place, "box:1")
                    #expect(saved.status == 0, "\(form): \(saved)")
                    let again = try hako("save", "--format", form, "-o", place, "box:1")
                    #expect(again.status == 125 && again.oneErrorLine && again.err.contains("empty"), "\(form): \(again)")
                    #expect(try hako("rmi", "-f", id).status == 0)
                    let loaded = try hako("load", "-q", "-i", place)
                    // A directory of the second form has no names.
                    #expect(loaded.text == "Loaded image: \(form == "oci-dir" ? "box:1" : id)", "\(form): \(loaded)")
                    #expect(try hako("tag", id, "box:1").status == 0)
                    let ran = try hako("run", "--rm", "--network", "none", "box:1", "cat", "/greeting/text")
                    #expect(ran.text == "hello", "\(form): \(ran)")
                }
                #expect(try hako("save", "--format", "oci-dir", "box:1").err.contains("--output"))
                #expect(try hako("tag", id, "box:2").status == 0)
                let two = try hako("save", "--format", "docker-dir", "-o", hako.path("two"), "box:1", "box:2")
                #expect(two.status == 125 && two.oneErrorLine && !Machine.exists(hako.path("two")), "\(two)")
                #expect(try host("sh", "-c", "ls \(hako.directory)").lines.allSatisfy { !$0.hasSuffix(".new") })
            }
        }

        @Test(
            .fastMachine,
            .requires(Machine.exists("/usr/bin/skopeo") && Machine.exists("/usr/bin/podman"), "skopeo or podman is missing"))
        func othersReadItsDirectoriesAndItReadsTheirs() throws {
            try withImage("busybox") { hako in
                for (form, transport) in Self.directories {
                    // podman names what it loads from a directory after its path, and takes no capitals there.
                    let (mine, theirs, third) = ("mine", "theirs", hako.path("third"))
                    #expect(try hako("save", "--format", form, "-o", mine, "box:1").status == 0)
                    let seen = try host("skopeo", "inspect", "--config", "\(transport):\(hako.path(mine))")
                    #expect(seen.out.contains("GREETING=hello"), "\(form): \(seen)")
                    let copied = try host("skopeo", "copy", "-q", "\(transport):\(hako.path(mine))", "\(transport):\(third)")
                    #expect(copied.status == 0, "\(form): \(copied)")
                    let loaded = try Self.podman(hako, "load", "-q", "-i", mine)
                    #expect(loaded.status == 0, "\(form): \(loaded)")
                    let name = loaded.text.replacingOccurrences(of: "Loaded image: ", with: "")
                    let saved = try Self.podman(hako, "save", "-q", "--format", form, "-o", theirs, name)
                    #expect(saved.status == 0, "\(form): \(saved)")
                    for place in [theirs, third] {
                        #expect(try hako("rmi", "-a").status == 0)
                        let back = try hako("load", "-q", "-i", place)
                        #expect(back.status == 0, "\(form): \(back)")
                        #expect(try hako("tag", try hako("images", "-q").text, "box:1").status == 0)
                        let ran = try hako("run", "--rm", "--network", "none", "box:1", "cat", "/greeting/text")
                        #expect(ran.text == "hello", "\(form): \(ran)")
                    }
                    try host("rm", "-rf", hako.path(mine), hako.path(theirs), third)
                }
            }
        }

        /// zstd has no name in docker's form: the layer is written plain, and its digest is the one it has there.
        @Test func layersOfZstdAreWrittenPlain() throws {
            try withHako { hako in
                let script = """
                    import sys
                    sys.path.insert(0, '\(Machine.scripts)')
                    import images
                    from pathlib import Path
                    layout = images.Layout(Path('\(hako.path("layout"))'))
                    for kind in 'gzip', 'zstd', '': layout.layer(images.tar_of([images.file('a' + kind, kind)]), kind, kind)
                    layout.finish({'Cmd': ['sh']})
                    """
                try command("python3", "-c", script)
                let loaded = try hako("load", "-q", "-i", hako.path("layout"))
                let mine = hako.path("mine")
                let saved = try hako("save", "--format", "docker-dir", "-o", mine, String(loaded.text.suffix(64)))
                #expect(saved.status == 0, "\(saved)")
                let types = try host("jq", "-r", ".layers[].mediaType", "\(mine)/manifest.json")
                let plain = "application/vnd.docker.image.rootfs.diff.tar"
                #expect(types.lines == ["\(plain).gzip", plain, plain], "\(types)")
                let copied = try host("skopeo", "copy", "-q", "dir:\(mine)", "oci:\(hako.path("copy")):latest")
                #expect(copied.status == 0, "\(copied)")
                // Other names than the digests are nobody's.
                let files = try host("sh", "-c", "cd \(mine) && sha256sum [0-9a-f]*[0-9a-f] | awk '$1 != $2'")
                #expect(files.text == "", "\(files)")
            }
        }

        @Test(.fastMachine, .requires(Machine.exists("/usr/bin/umoci"), "umoci is missing"))
        func umociUnpacksWhatItSaves() throws {
            try withImage("odd") { hako in
                let (layout, bundle) = (hako.path("layout"), hako.path("bundle"))
                #expect(try hako("save", "--format", "oci-dir", "-o", layout, "box:1").status == 0)
                let tag = try host("sh", "-c", "umoci list --layout \(layout)").text
                let unpacked = try host("umoci", "unpack", "--image", "\(layout):\(tag)", bundle)
                #expect(unpacked.status == 0, "\(tag): \(unpacked)")
                let list = "find . -mindepth 1 -printf '%p %y %m %U:%G %s %T@ %l\\n' | grep -v '^[^ ]* d' | sort"
                let theirs = try host("sh", "-c", "cd \(bundle)/rootfs && \(list)")
                let mounted = try hako("image", "mount", "box:1").text
                let mine = try host("sh", "-c", "cd \(mounted) && \(list)")
                #expect(mine.lines.count > 20 && mine.out == theirs.out, "\(mine) \(theirs)")
                let content = try host("diff", "-r", "--no-dereference", "\(mounted)/long", "\(bundle)/rootfs/long")
                #expect(content.status == 0, "\(content)")
                let sums = "find . -type f -exec sha256sum {} + | sort"
                #expect(
                    try host("sh", "-c", "cd \(mounted) && \(sums)").out
                        == host("sh", "-c", "cd \(bundle)/rootfs && \(sums)").out)
                #expect(try hako("image", "unmount", "box:1").status == 0)
            }
        }

        @Test(.fastMachine, .requires(Machine.exists("/usr/bin/umoci"), "umoci is missing"), arguments: Identity.allCases)
        func itLoadsWhatUmociMakes(_ who: Identity) throws {
            try withHako(who) { hako in
                let made = hako.path("made")
                let script = """
                    cd \(hako.directory)
                    umoci init --layout made
                    umoci new --image made:1
                    mkdir tree && tar -xf \(Machine.rootfs)/busybox.tar -C tree
                    umoci insert --image made:1 tree /
                    umoci config --image made:1 --config.cmd cat --config.cmd /made/new --config.env A=b
                    umoci unpack --image made:1 bundle
                    mkdir bundle/rootfs/made && echo new >bundle/rootfs/made/new
                    rm -r bundle/rootfs/home
                    umoci repack --image made:2 bundle
                    chmod -R a+rX made
                    """
                try command("sh", "-ec", script)
                let loaded = try hako("load", "-q", "-i", made)
                #expect(loaded.status == 0 && loaded.lines.count == 2, "\(loaded)")
                let id = String(loaded.lines[1].suffix(64))
                let ran = try hako("run", "--rm", "--network", "none", id)
                #expect(ran.text == "new", "\(ran)")
                let gone = try hako("run", "--rm", "--network", "none", id, "sh", "-c", "echo $A; ls -d /home /made")
                #expect(gone.lines == ["b", "/made"], "\(gone)")
            }
        }
    }
}
