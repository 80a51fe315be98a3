import Foundation
import Testing

extension IntegrationTests {
    /// `mounts add` and `mounts remove`.
    @Suite struct MountsTests {
        /// Whether the container has a user namespace of its own.
        enum Kind: String, CaseIterable { case plain, mapped }

        private func withSleeping(_ kind: Kind, _ who: Identity = .root, _ body: (Hako) throws -> Void) throws {
            try withHako(who) { hako in
                let bundle = try Bundle(hako, ["sleep", "60"]) { config in
                    if kind == .mapped && who == .root { config.addUserNamespace() }
                }
                if kind == .mapped, who == .root { try host("chown", "-R", "100000:100000", hako.rootfs) }
                let started = try hako.runtime("run", "--detach", "--bundle", bundle.path, "c1")
                #expect(started.status == 0, "\(started)")
                defer { _ = try? hako.runtime("delete", "--force", "c1") }
                try body(hako)
            }
        }

        @Test(arguments: Kind.allCases) func aDirectoryOfTheHosts(_ kind: Kind) throws {
            try withSleeping(kind) { hako in
                let source = hako.path("more")
                try host("sh", "-c", "mkdir \(source) && echo here > \(source)/file && chmod -R a+rX \(hako.directory)")
                let list = #"[{"destination":"/mnt/new/place","type":"bind","source":"\#(source)","options":["bind","ro"]}]"#
                let added = try hako.runtime("mounts", "add", "c1", try hako.write(list, to: "mounts.json"))
                #expect(added.status == 0 && added.err == "", "\(added)")
                #expect(try hako.runtime("exec", "c1", "cat", "/mnt/new/place/file").text == "here")
                #expect(try hako.runtime("exec", "c1", "touch", "/mnt/new/place/x").err.contains("Read-only"))
                let removed = try hako.runtime("mounts", "remove", "c1", hako.path("mounts.json"))
                #expect(removed.status == 0 && removed.err == "", "\(removed)")
                #expect(try hako.runtime("exec", "c1", "ls", "/mnt/new/place").text == "")
                #expect(try host("grep", "-c", "new/place", "/proc/self/mountinfo").text == "0")
            }
        }

        @Test(arguments: Identity.allCases) func aFileSystemFromStandardInput(_ who: Identity) throws {
            try withSleeping(.mapped, who) { hako in
                let list = #"[{"destination":"/scratch","type":"tmpfs","source":"tmpfs","options":["size=64k","nosuid"]}]"#
                let added = try hako.runtime("mounts", "add", "c1", "-", stdin: list)
                #expect(added.status == 0, "\(added)")
                let line = try hako.runtime("exec", "c1", "grep", " /scratch ", "/proc/mounts")
                #expect(line.text.contains("tmpfs") && line.text.contains("nosuid") && line.text.contains("size=64k"), "\(line)")
            }
        }

        /// A link inside does not lead a mount, or the taking away of one, outside.
        @Test func linksStayInside() throws {
            try withSleeping(.plain) { hako in
                let outside = hako.path("outside")
                try host("sh", "-c", "mkdir \(outside); ln -s ../../../../../..\(outside) \(hako.rootfs)/link")
                let list = #"[{"destination":"/link/in","type":"tmpfs","source":"tmpfs"}]"#
                _ = try hako.runtime("mounts", "add", "c1", "-", stdin: list)
                #expect(try host("ls", outside).text == "")
                let removed = try hako.runtime(
                    "mounts", "remove", "c1", "-", stdin: #"[{"destination":"/link"}]"#)
                #expect(removed.status == 1 && removed.oneErrorLine, "\(removed)")
            }
        }

        static let wrong = [
            "", "{}", "[1]", "[{}]", #"[{"destination":"/"}]"#, #"[{"destination":"x"}]"#, #"[{"destination":"/x"}]"#,
            #"[{"destination":"/x","type":"nosuchfs"}]"#,
            #"[{"destination":"/x","type":"bind","source":"/no/such","options":["bind"]}]"#,
        ]

        @Test(arguments: wrong) func wrongOnesAreRefused(_ list: String) throws {
            try withSleeping(.plain) { hako in
                let result = try hako.runtime("mounts", "add", "c1", "-", stdin: list)
                #expect(result.status == 1 && result.oneErrorLine, "\(result)")
            }
        }

        @Test func aPlainUserLendsNoFileOfTheHosts() throws {
            try withSleeping(.mapped, .user) { hako in
                let list = #"[{"destination":"/x","type":"bind","source":"/etc","options":["bind"]}]"#
                let result = try hako.runtime("mounts", "add", "c1", "-", stdin: list)
                #expect(result.status == 1 && result.oneErrorLine && result.err.contains("only root"), "\(result)")
            }
        }

        @Test func whereNothingRunsNothingIsMounted() throws {
            try withHako { hako throws in
                #expect(try hako.runtime("mounts", "add", "none", "-", stdin: "[]").err.contains("does not exist"))
                #expect(try hako.runtime("mounts", "sub", "none", "-").status != 0)
            }
        }
    }
}
