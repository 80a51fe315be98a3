import Foundation
import Testing

extension IntegrationTests {
    /// What is done with images that are here: names, archives, pushes.
    @Suite struct ImageCommandTests {
        private func withBusybox(_ who: Identity = .root, _ body: (Hako) throws -> Void) throws {
            try withHako(who) { hako in
                let loaded = try hako("load", "-i", "\(Machine.images)/busybox")
                #expect(loaded.status == 0 && loaded.text.hasPrefix("Loaded image: sha256:"), "\(loaded)")
                let id = String(loaded.text.suffix(64))
                #expect(try hako("tag", id, "box:1").status == 0)
                try body(hako)
            }
        }

        @Test(arguments: Identity.allCases)
        func namesComeAndGo(_ who: Identity) throws {
            try withBusybox(who) { hako in
                #expect(try hako("tag", "box:1", "box:2", "example.org/deep/box").status == 0)
                let names = try hako("images", "--format", "{{.Repository}}:{{.Tag}}")
                #expect(names.lines == ["box:1", "box:2", "example.org/deep/box:latest"], "\(names)")
                let first = try hako("rmi", "box:1")
                #expect(first.text == "Untagged: docker.io/library/box:1", "\(first)")
                let id = try hako("images", "-q").text
                #expect(try hako("image", "ls", "-q").text == id)
                let several = try hako("rmi", id)
                #expect(several.status == 1 && several.err.contains("2 names"), "\(several)")
                let made = try hako("create", "--name", "c1", "box:2", "true")
                #expect(made.status == 0, "\(made)")
                #expect(try hako("rmi", "example.org/deep/box").status == 0)
                let used = try hako("rmi", "box:2")
                #expect(used.status == 1 && used.err.contains("c1"), "\(used)")
                #expect(try hako("rm", "c1").status == 0)
                let last = try hako("rmi", "box:2")
                #expect(last.lines.contains { $0.hasPrefix("Deleted: sha256:") }, "\(last)")
                #expect(try hako("images", "-q").text == "")
                #expect(try hako("rmi", "box:2").err.contains("no such image"))
            }
        }

        @Test(arguments: Identity.allCases)
        func whatItSavesItLoads(_ who: Identity) throws {
            try withBusybox(who) { hako in
                for form in ["docker-archive", "oci-archive"] {
                    let file = hako.path("\(form).tar")
                    #expect(try hako("save", "--format", form, "-o", file, "box:1").status == 0)
                    let id = try hako("images", "-q", "--no-trunc").text
                    #expect(try hako("rmi", "-f", id).status == 0)
                    let loaded = try hako("load", "-i", file)
                    #expect(loaded.text == "Loaded image: box:1", "\(form): \(loaded)")
                    #expect(try hako("images", "-q", "--no-trunc").text == id, "\(form)")
                    let ran = try hako("run", "--rm", "--network", "none", "box:1", "cat", "/greeting/text")
                    #expect(ran.text == "hello", "\(form): \(ran)")
                }
            }
        }

        @Test(.requires(Machine.exists("/usr/bin/skopeo") && Machine.exists("/usr/bin/podman"), "skopeo or podman is missing"))
        func othersReadWhatItSavesAndItReadsTheirs() throws {
            try withBusybox { hako in
                let podman = [
                    "podman", "--root", hako.path("p/root"), "--runroot", hako.path("p/run"), "--tmpdir", hako.path("p/tmp"),
                    "--storage-driver", "vfs", "--events-backend", "none",
                ]
                func others(_ words: [String]) throws -> Outcome { try hako.spawn(words).finish(within: 60) }
                for form in ["docker-archive", "oci-archive"] {
                    let (mine, theirs) = (hako.path("mine.tar"), hako.path("theirs.tar"))
                    #expect(try hako("save", "--format", form, "-o", mine, "box:1").status == 0)
                    let seen = try others(["skopeo", "inspect", "--config", "\(form):\(mine)"])
                    #expect(seen.out.contains("GREETING=hello"), "\(form): \(seen)")
                    let loaded = try others(podman + ["load", "-q", "-i", mine])
                    #expect(loaded.out.contains("docker.io/library/box:1"), "\(form): \(loaded)")
                    let saved = try others(podman + ["save", "-q", "--format", form, "-o", theirs, "docker.io/library/box:1"])
                    #expect(saved.status == 0, "\(form): \(saved)")
                    #expect(try hako("rmi", "-a").status == 0)
                    let back = try hako("load", "-i", theirs)
                    #expect(back.text == "Loaded image: box:1", "\(form): \(back)")
                    try host("rm", "-f", mine, theirs)
                }
            }
        }

        @Test(.registry) func whatItPushesOthersPull() throws {
            try withBusybox { hako in
                try withRegistry(hako) { registry in
                    let name = "\(registry.host)/pushed/box:v1"
                    let pushed = try hako("push", "box:1", name)
                    #expect(pushed.status == 0 && pushed.text.hasPrefix("sha256:"), "\(pushed)")
                    let seen = try host("skopeo", "inspect", "--tls-verify=false", "docker://\(name)")
                    #expect(seen.out.contains(pushed.text) && seen.out.contains("GREETING=hello"), "\(seen)")
                    let again = try hako("push", "box:1", name)
                    #expect(again.err.contains("already here"), "\(again)")
                    let tags = try hako("search", "--list-tags", "--format", "{{.Tag}}", "\(registry.host)/pushed/box")
                    #expect(tags.text == "v1", "\(tags)")
                    #expect(try hako("search", "--format", "{{.Name}}", "\(registry.host)/box").text == "pushed/box")
                }
            }
        }

        @Test(arguments: Identity.allCases)
        func whatAContainerChangedBecomesAnImage(_ who: Identity) throws {
            try withBusybox(who) { hako in
                let script =
                    "rm /greeting/text; mkdir /new; echo n > /new/file; rm -r /home; mkdir /home; chmod 1777 /new; ln /new/file /new/link"
                #expect(try hako("run", "--name", "c1", "--network", "none", "box:1", "sh", "-c", script).status == 0)
                let made = try hako("commit", "-m", "why", "-c", "CMD [\"ls\",\"/greeting\"]", "-c", "ENV A=b", "c1", "made:1")
                #expect(made.status == 0 && made.text.hasPrefix("sha256:"), "\(made)")
                let ran = try hako(
                    "run", "--rm", "--network", "none", "made:1", "sh", "-c",
                    "ls /greeting /home; cat /new/file; stat -c '%a %h' /new /new/file; echo $A $GREETING; ls -d /proc /etc/hosts"
                )
                #expect(
                    ran.lines
                        == ["/greeting:", "", "/home:", "n", "1777 2", "644 2", "b hello", "/etc/hosts", "/proc"]
                        .filter { !$0.isEmpty }, "\(ran)")
                #expect(try hako("run", "--rm", "--network", "none", "made:1").text == "")
                let layers = try hako("inspect", "--format", "{{len .RootFS.Layers}} {{.Config.Cmd}}", "made:1")
                #expect(layers.text == "3 [ls /greeting]", "\(layers)")
                #expect(try hako("history", "--format", "{{.Comment}}", "made:1").lines.first == "why")
            }
        }

        @Test(arguments: Identity.allCases)
        func oneThatRunsIsPausedWhereItCanBe(_ who: Identity) throws {
            try withBusybox(who) { hako in
                let work = "echo x > /mark; exec sleep 1000"
                let one = try hako("run", "-d", "--init", "--name", "c1", "--network", "none", "box:1", "sh", "-c", work)
                #expect(one.status == 0, "\(one)")
                #expect(eventually { (try? hako("exec", "c1", "cat", "/mark"))?.text == "x" })
                let canPause = who == .root || Machine.cgroupIsV2
                let made = try hako("commit", "c1", "made:1")
                #expect(made.status == 0 && made.err.contains("goes on meanwhile") != canPause, "\(made)")
                #expect(try hako("run", "--rm", "--network", "none", "made:1", "cat", "/mark").text == "x")
                #expect(try (hako("commit", "--pause", "c1", "made:2").status == 0) == canPause)
                #expect(try hako("commit", "--pause=false", "c1", "made:3").err.isEmpty)
                #expect(try hako("commit", "--pause=maybe", "c1", "made:4").err.contains("--pause"))
                #expect(try hako("exec", "c1", "true").status == 0)
            }
        }

        @Test(arguments: Identity.allCases)
        func aTarBecomesAnImage(_ who: Identity) throws {
            try withHako(who) { hako in
                let tar = "\(Machine.rootfs)/busybox.tar.gz"
                let made = try hako("import", "-c", "CMD echo from a tar", tar, "tar:1")
                #expect(made.status == 0, "\(made)")
                #expect(try hako("run", "--rm", "--network", "none", "tar:1").text == "from a tar")
                #expect(try hako("inspect", "--type", "image", "--format", "{{.Os}}", "tar:1").text == "linux")
            }
        }

        @Test(.registry) func aListOfPlatformsIsMadeAndPushed() throws {
            try withBusybox { hako in
                try withRegistry(hako) { registry in
                    let made = try hako("manifest", "create", "list:1", "box:1")
                    #expect(made.status == 0, "\(made)")
                    #expect(try hako("manifest", "create", "list:1").status == 125)
                    let other = try hako("import", "--platform", "linux/arm64", "\(Machine.rootfs)/busybox.tar.gz", "other:1")
                    #expect(other.status == 0, "\(other)")
                    #expect(try hako("manifest", "add", "--annotation", "a=b", "list:1", "other:1").status == 0)
                    let pushed = try hako("manifest", "push", "list:1", "\(registry.host)/l/list:1")
                    #expect(pushed.status == 0 && pushed.text.hasPrefix("sha256:"), "\(pushed)")
                    let seen = try host("skopeo", "inspect", "--raw", "--tls-verify=false", "docker://\(registry.host)/l/list:1")
                    #expect(seen.out.contains("arm64") && seen.out.contains("\"a\":\"b\""), "\(seen)")
                    let pulled = try hako("pull", "-q", "--platform", "arm64", "\(registry.host)/l/list:1")
                    #expect(pulled.text == other.text.replacingOccurrences(of: "sha256:", with: ""), "\(pulled)")
                    // skopeo's dir of all platforms: the manifests stand beside the index.
                    let copied = try host(
                        "skopeo", "copy", "-q", "--all", "--src-tls-verify=false", "docker://\(registry.host)/l/list:1",
                        "dir:\(hako.path("all"))")
                    #expect(copied.status == 0, "\(copied)")
                    let loaded = try hako("load", "-q", "--platform", "linux/arm64", "-i", hako.path("all"))
                    #expect(loaded.text == "Loaded image: \(other.text)", "\(loaded)")
                    let none = try hako("pull", "-q", "--platform", "linux/s390x", "\(registry.host)/l/list:1")
                    #expect(none.status == 125 && none.err.contains("linux/arm64"), "\(none)")
                    #expect(try hako("manifest", "rm", "list:1").status == 0)
                }
            }
        }

        @Test func anImageIsMountedToBeLookedAt() throws {
            try withBusybox { hako in
                let mounted = try hako("image", "mount", "box:1")
                #expect(mounted.status == 0, "\(mounted)")
                #expect(try host("cat", "\(mounted.text)/greeting/text").text == "hello")
                #expect(try host("touch", "\(mounted.text)/new").status != 0)
                #expect(try hako("image", "mount", "box:1").text == mounted.text)
                #expect(try hako("image", "unmount", "box:1").status == 0)
                #expect(!Machine.exists(mounted.text))
                #expect(try hako("image", "unmount", "box:1").oneErrorLine)
            }
        }

        /// An archive of a stranger's is read only where it holds files.
        @Test(arguments: ["mkfifo manifest.json", "mkdir manifest.json", "mkfifo index.json"])
        func whatIsNoFileInAnArchiveIsNotOpened(_ make: String) throws {
            try withHako { hako in
                try host("sh", "-c", "mkdir \(hako.path("odd")) && cd \(hako.path("odd")) && \(make) && tar -cf ../odd.tar .")
                let loaded = try hako("load", "-i", hako.path("odd.tar"), within: 10)
                #expect(loaded.status == 125 && loaded.oneErrorLine && !loaded.timedOut, "\(loaded)")
            }
        }

        /// As builders make that write only what they changed.
        @Test(arguments: Identity.allCases)
        func aLayerLinksToAFileOfTheOneBelow(_ who: Identity) throws {
            try withHako(who) { hako in
                let script = """
                    import sys, tarfile
                    sys.path.insert(0, '\(Machine.scripts)')
                    import images
                    from pathlib import Path
                    layout = images.Layout(Path('\(hako.path("linked"))'))
                    layout.layer((images.ROOTFS / 'busybox.tar').read_bytes(), 'base')
                    layout.layer(images.tar_of([images.directory('a'), images.file('a/file', 'below', mode=0o640, uid=7, gid=8)]), 'file')
                    layout.layer(images.tar_of([('b/link', tarfile.LNKTYPE, 'a/file', {})]), 'link')
                    layout.finish({'Cmd': ['sh', '-c', "stat -c '%h %a %u:%g' a/file b/link; cat b/link"]})
                    """
                let made = try Child(["python3", "-c", script], environment: Machine.environment).finish()
                #expect(made.status == 0, "\(made)")
                try host("chmod", "-R", "a+rX", hako.path("linked"))
                let loaded = try hako("load", "-q", "-i", hako.path("linked"))
                #expect(loaded.status == 0, "\(loaded)")
                let ran = try hako("run", "--rm", "--network", "none", String(loaded.text.suffix(64)))
                #expect(ran.lines == ["2 640 7:8", "2 640 7:8", "below"], "\(ran)")
            }
        }

        @Test func whatCannotBeSaysSo() throws {
            try withBusybox { hako in
                let text = try hako.write("not a tar", to: "text")
                for words in [
                    ["pull", "UPPER"], ["pull", "a:b:c"], ["pull", "x@sha256:12"], ["pull", "127.0.0.1:1/x"], ["push", "none"],
                    ["push", "box:1", "127.0.0.1:1/x:y"], ["rmi", "none"], ["tag", "none", "x"], ["tag", "box:1", "Bad"],
                    ["history", "none"], ["save", "none", "-o", hako.path("x")], ["save", "--format", "zip", "box:1"],
                    ["load", "-i", text], ["load", "-i", hako.path("none")], ["load", "-i", hako.directory],
                    ["images", "--filter", "x"], ["images", "--format", "{{.None}}"], ["images", "--format", "{{"],
                    ["pull", "--platform", "x/y/z/w", "box"], ["run", "--rm", "--pull", "often", "box:1", "true"],
                    ["run", "--rm", "--pull=never", "none", "true"], ["pull", "--policy", "x", "box"],
                ] {
                    let result = try hako.spawn(hako.hakoWords(words)).finish()
                    #expect(
                        result.status != 0 && result.err.split(separator: "\n").last?.hasPrefix("hako: ") == true,
                        "\(words): \(result)")
                }
                #expect(!Machine.exists(hako.path("x")))
                #expect(try hako("images", "-q").lines.count == 1)
            }
        }
    }
}
