import OCI
import Runtime
import Testing

@testable import Engine

@Suite struct LookupTests {
    private let lookup = UserLookup(
        passwd:
            "root:x:0:0::/root:/bin/sh\nbob:x:1000:100::/home/bob:/bin/sh\n7:x:55:55::/seven:/bin/sh\nbroken:x\nnohome:x:5:5:::\n",
        group: "root:x:0:\nusers:x:100:\nvideo:x:44:eve,bob\nbad\n")

    @Test func root() throws {
        let user = try lookup.resolve(nil, extraGroups: [])
        #expect(user.uid == 0 && user.gid == 0 && user.home == "/root")
    }

    @Test func byName() throws {
        let user = try lookup.resolve(UserRequest(user: .name("bob")), extraGroups: [.id(9), .name("video")])
        #expect(user.uid == 1000 && user.gid == 100 && user.additionalGroups == [44, 9] && user.home == "/home/bob")
    }

    @Test func groupNamed() throws {
        let user = try lookup.resolve(UserRequest(user: .name("bob"), group: .name("video")), extraGroups: [])
        #expect(user.gid == 44 && user.additionalGroups.isEmpty)
    }

    /// A file in the container must not make a number another one.
    @Test func numbersAreNeverNames() throws {
        let user = try lookup.resolve(try UserRequest.parse("7"), extraGroups: [])
        #expect(user.uid == 7 && user.gid == 0 && user.home == "/")
    }

    @Test func unknown() {
        #expect(throws: EngineError.self) { try lookup.resolve(UserRequest(user: .name("eve")), extraGroups: []) }
        #expect(throws: EngineError.self) { try lookup.resolve(nil, extraGroups: [.name("nope")]) }
    }

    @Test func log() {
        func seen(_ entries: [LogReader.Entry]) -> [String] {
            entries.map {
                "\(String(decoding: $0.time, as: UTF8.self)) \($0.isError) \(String(decoding: $0.bytes, as: UTF8.self).debugDescription)"
            }
        }
        var reader = LogReader()
        #expect(seen(reader.feed(Array("T1 stdout F hello\nT2 stderr P par".utf8))) == ["T1 false \"hello\\n\""])
        #expect(
            seen(reader.feed(Array("t\njunk\nT3 stdout F \n".utf8))) == ["T2 true \"part\"", "T3 false \"\\n\""])
        var docker = LogReader(.json)
        let line = #"{"log":"a\n","stream":"stderr","time":"T4"}"# + "\n{}\nnonsense\n"
        #expect(seen(docker.feed(Array(line.utf8))) == ["T4 true \"a\\n\""])
    }

    @Test(
        arguments: [
            ("30s", 30_000_000_000), ("1m30s", 90_000_000_000), ("500ms", 500_000_000), ("1.5h", 5_400_000_000_000), ("0", 0),
        ] as [(String, Int64)])
    func durations(_ text: String, _ nanoseconds: Int64) { #expect(DurationFlag.nanoseconds(text) == nanoseconds) }

    @Test(arguments: ["", "s", "10", "1x", "1m 2s", "-1s", "1e3s", "."])
    func notDurations(_ text: String) { #expect(DurationFlag.nanoseconds(text) == nil) }

    @Test(arguments: [
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000000000Z"), ("2026-01-31", "2026-01-31T00:00:00.000000000Z"),
        ("2026-01-31T12:00:00.5+02:00", "2026-01-31T10:00:00.500000000Z"), ("0.25", "1970-01-01T00:00:00.250000000Z"),
        ("1767225600", "2026-01-01T00:00:00.000000000Z"),
    ])
    func times(_ text: String, _ utc: String) throws { #expect(try TimeFlag.parse(text, flag: "--since") == utc) }

    @Test func locations() throws {
        func choose(_ root: String?, _ variables: [String: String], isRoot: Bool = false) throws -> Locations {
            try Locations.choose(root: root, state: nil, isRoot: isRoot, userID: 1000, directory: "/w") { variables[$0] }
        }
        #expect(try choose(nil, [:], isRoot: true) == Locations(root: "/var/lib/hako", state: "/run/hako"))
        #expect(try choose(nil, ["HOME": "/h"]) == Locations(root: "/h/.local/share/hako", state: "/tmp/hako-1000"))
        #expect(
            try choose(nil, ["HOME": "/h", "XDG_DATA_HOME": "/d", "XDG_RUNTIME_DIR": "/run/user/1000"])
                == Locations(root: "/d/hako", state: "/run/user/1000/hako"))
        #expect(try choose("r/./x/", ["HAKO_ROOT": "/e", "HOME": "/h"]).root == "/w/r/x")
        #expect(try choose(nil, ["HAKO_ROOT": "/e", "HAKO_STATE": "/s"]) == Locations(root: "/e", state: "/s"))
        #expect(throws: EngineError.self) { try choose(nil, [:]) }
    }

    @Test func dockerSeccompProfile() throws {
        let text = """
            {"defaultAction":"SCMP_ACT_ERRNO","archMap":[{"architecture":"SCMP_ARCH_X86_64","subArchitectures":["SCMP_ARCH_X86"]},
            {"architecture":"SCMP_ARCH_AARCH64"}],"syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW"},
            {"names":["mount"],"action":"SCMP_ACT_ALLOW","includes":{"caps":["CAP_SYS_ADMIN"]}},
            {"names":["ptrace"],"action":"SCMP_ACT_ALLOW","includes":{"minKernel":"4.8"}},
            {"names":["clone"],"action":"SCMP_ACT_ALLOW","excludes":{"caps":["CAP_SYS_ADMIN"]}}]}
            """
        func names(_ capabilities: [String], _ release: String) throws -> [String] {
            try SeccompFile.parse(Array(text.utf8), path: "p", capabilities: capabilities, release: release).syscalls!.flatMap(
                \.names)
        }
        #expect(try names([], "6.1.0-30-amd64") == ["read", "ptrace", "clone"])
        #expect(try names(["CAP_SYS_ADMIN"], "4.7.1") == ["read", "mount"])
        #expect(throws: EngineError.self) { try SeccompFile.parse(Array("{}".utf8), path: "p", capabilities: [], release: "6") }
        #expect(throws: EngineError.self) { try SeccompFile.parse(Array("x".utf8), path: "p", capabilities: [], release: "6") }
    }
}
