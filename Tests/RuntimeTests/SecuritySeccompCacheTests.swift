import Linux
import OCI
import Testing

@testable import Runtime

@Suite struct SecuritySeccompCacheTests {
    static func withDirectory(_ name: String, _ body: (String) throws -> Void) throws {
        let directory = "/tmp/hako-test-\(Processes.id)-\(name)"
        try File.makeDirectory(directory, mode: 0o700)
        defer {
            if let opened = try? File.open(directory, [.read, .directory]) {
                for name in (try? opened.list()) ?? [] { try? opened.remove(name) }
            }
            try? File.removeDirectory(directory)
        }
        try body(directory)
    }

    static let profile = SecuritySeccompTests.profile("SCMP_ACT_ALLOW", SeccompRule(names: ["write"], action: "SCMP_ACT_ERRNO"))

    @Test func givesBackWhatWasCompiled() throws {
        try Self.withDirectory("same") { directory in
            let first = try SeccompFilter.compile(Self.profile, cache: directory)
            #expect(SeccompCache(directory: directory, profile: Self.profile)?.read() == first.program)
            #expect(try SeccompFilter.compile(Self.profile, cache: directory) == first)
        }
    }

    @Test func doesNotTrustTheHash() throws {
        try Self.withDirectory("hash") { directory in
            let right = try SeccompFilter.compile(Self.profile, cache: directory)
            let name = try #require(try File.open(directory, [.read, .directory]).list().first)
            var other = Self.profile
            other.syscalls?[0].names = ["read"]
            let wrong = try SeccompFilter.compile(other, cache: directory)
            let otherName = try #require(try File.open(directory, [.read, .directory]).list().first { $0 != name })
            try File.rename("\(directory)/\(otherName)", to: "\(directory)/\(name)")
            #expect(right != wrong)
            #expect(try SeccompFilter.compile(Self.profile, cache: directory) == right)
        }
    }

    @Test(arguments: [0o722, 0o770] as [UInt32]) func isIgnoredWhereOthersMayWrite(mode: UInt32) throws {
        try Self.withDirectory("mode-\(mode)") { directory in
            try File.open(directory, [.read, .directory]).setPermissions(mode)
            _ = try SeccompFilter.compile(Self.profile, cache: directory)
            #expect(try File.open(directory, [.read, .directory]).list().isEmpty)
        }
    }

    @Test func isIgnoredWhenCutShort() throws {
        try Self.withDirectory("cut") { directory in
            let whole = try SeccompFilter.compile(Self.profile, cache: directory)
            let name = try #require(try File.open(directory, [.read, .directory]).list().first)
            let file = try File.open("\(directory)/\(name)", .readWrite)
            try file.truncate(to: try file.status().size - 8)
            #expect(try SeccompFilter.compile(Self.profile, cache: directory) == whole)
        }
    }
}
