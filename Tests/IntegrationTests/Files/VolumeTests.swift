import Foundation
import Testing

extension IntegrationTests {
    @Suite struct VolumeTests {
        /// A directory of the host with one file, which belongs to the identity.
        private func share(_ hako: Hako) throws -> String {
            let path = hako.path("share")
            try host(
                "sh", "-c",
                "mkdir -p \(path) && echo text > \(path)/file && chown -R \(hako.identity.id):\(hako.identity.id) \(path)")
            return path
        }

        @Test(arguments: Identity.allCases)
        func directoryIsReadAndWritten(_ who: Identity) throws {
            try withHako(who) { hako in
                let path = try share(hako)
                let result = try hako.run(
                    "-v", "\(path):/data", "--", "sh", "-c", "cat /data/file; stat -c %u /data/file; echo new > /data/new")
                #expect(result.lines == ["text", "0"], "\(result)")
                #expect(try host("stat", "-c", "%u", "\(path)/new").text == "\(who.id)")
            }
        }

        static let readOnly = [
            ["-v", "SHARE:/data:ro"], ["--volume", "SHARE:/data:ro"],
            ["--mount", "type=bind,source=SHARE,target=/data,readonly"],
            ["--mount", "type=bind,src=SHARE,dst=/data,ro"], ["--mount", "type=bind,src=SHARE,dst=/data,ro=true"],
        ]

        @Test(arguments: Identity.allCases, readOnly)
        func readOnlyDirectory(_ who: Identity, _ options: [String]) throws {
            try withHako(who) { hako in
                let path = try share(hako)
                let words = options.map { $0.replacingOccurrences(of: "SHARE", with: path) }
                let result = try hako.spawn(
                    hako.hakoWords(hako.runWords(words + ["--", "sh", "-c", "cat /data/file; touch /data/x"]))
                ).finish()
                #expect(result.text == "text" && result.err.contains("Read-only"), "\(result)")
            }
        }

        @Test(arguments: Identity.allCases)
        func singleFile(_ who: Identity) throws {
            try withHako(who) { hako in
                let path = try share(hako)
                let result = try hako.run("-v", "\(path)/file:/etc/motd:ro", "--", "cat", "/etc/motd")
                #expect(result.text == "text", "\(result)")
            }
        }

        @Test func recursiveReadOnlyReachesMountsBelow() throws {
            try withHako { hako in
                let path = try share(hako)
                // The mount below is made in a mount namespace of the test's own.
                let hakoWords = hako.hakoWords(
                    hako.runWords([
                        "--mount", "type=bind,src=\(path),dst=/data,ro,bind-recursive=readonly", "--", "touch", "/data/below/x",
                    ]))
                let script = "mkdir -p \(path)/below && mount -t tmpfs below \(path)/below && exec \"$@\""
                let rro = try Child(
                    ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh"] + hakoWords,
                    environment: Machine.environment
                ).finish()
                #expect(rro.status != 0 && rro.err.contains("Read-only"), "\(rro)")
                let volume = hako.hakoWords(hako.runWords(["-v", "\(path):/data:rro", "--", "touch", "/data/below/x"]))
                let short = try Child(
                    ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh"] + volume,
                    environment: Machine.environment
                ).finish()
                #expect(short.status != 0 && short.err.contains("Read-only"), "\(short)")
            }
        }

        @Test(arguments: [("private", ""), ("rprivate", ""), ("slave", "master:"), ("rslave", "master:")])
        func propagation(_ mode: String, _ mark: String) throws {
            try withHako { hako in
                let path = try share(hako)
                let words = hako.hakoWords(
                    hako.runWords(["-v", "\(path):/data:\(mode)", "--", "sh", "-c", "grep ' /data ' /proc/self/mountinfo"]))
                let script = "mount --bind \(path) \(path) && mount --make-shared \(path) && exec \"$@\""
                let result = try Child(
                    ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh"] + words,
                    environment: Machine.environment
                ).finish()
                #expect(result.status == 0, "\(result)")
                #expect(result.out.contains("master:") == !mark.isEmpty && !result.out.contains("shared:"), "\(result)")
            }
        }

        @Test(arguments: Identity.allCases)
        func ownersAreChangedWhenAsked(_ who: Identity) throws {
            try withHako(who) { hako in
                let path = try share(hako)
                let result = try hako.run(
                    "--user", "1000:1000", "-v", "\(path):/data:U", "--", "sh", "-c", "stat -c %u:%g /data/file; echo > /data/new"
                )
                #expect(result.text == "1000:1000" && result.status == 0, "\(result)")
            }
        }

        @Test(arguments: Identity.allCases)
        func temporaryFileSystem(_ who: Identity) throws {
            try withHako(who) { hako in
                let result = try hako.run(
                    "--tmpfs", "/scratch:size=1m,mode=700", "--", "sh", "-c",
                    "df -k /scratch | tail -n 1 | awk '{print $2}'; stat -c %a /scratch")
                #expect(result.lines == ["1024", "700"], "\(result)")
                let mount = try hako.run(
                    "--mount", "type=tmpfs,target=/scratch,tmpfs-size=2m,tmpfs-mode=1777", "--", "sh", "-c",
                    "df -k /scratch | tail -n 1 | awk '{print $2}'; stat -c %a /scratch")
                #expect(mount.lines == ["2048", "1777"], "\(mount)")
                #expect(!Machine.exists("\(hako.rootfs)/scratch/x"))
            }
        }

        @Test func aLinkInTheRootfsDoesNotLeadAMountOut() throws {
            try withHako { hako in
                let path = try share(hako)
                let outside = hako.path("outside")
                try host(
                    "sh", "-c",
                    "mkdir \(outside); ln -s \(outside) \(hako.rootfs)/leads; ln -s ../../../../../..\(outside) \(hako.rootfs)/climbs"
                )
                for target in ["leads", "climbs"] {
                    let result = try hako.run("-v", "\(path):/\(target)/in", "--", "cat", "/\(target)/in/file")
                    #expect(result.text == "text" || result.status == 125, "\(result)")
                    #expect(!Machine.exists("\(outside)/in"), "a directory was made outside of the root")
                }
            }
        }

        @Test(arguments: Identity.allCases)
        func deviceOfTheHost(_ who: Identity) throws {
            try withHako(who) { hako in
                let result = try hako.run(
                    "--device", "/dev/zero:/dev/nothing", "--", "sh", "-c", "head -c 3 /dev/nothing | wc -c")
                #expect(result.text == "3", "\(result)")
            }
        }
    }
}
