import Testing

@testable import Engine

@Suite struct ValueTests {
    @Test(
        arguments: [
            ("512m", 512 << 20), ("1g", 1 << 30), ("64k", 65536), ("1048576", 1_048_576), ("10b", 10), ("1.5g", 3 << 29),
            ("512MB", 512 << 20),
            ("64KiB", 65536), ("2T", 2 << 40), ("1 m", 1 << 20),
        ] as [(String, Int64)])
    func sizes(text: String, bytes: Int64) throws {
        #expect(try ByteSize.parse(text, flag: "--memory") == bytes)
    }

    @Test(arguments: ["", "m", "12q", "-1", "0", "1.2.3m", "9999999999g", "m5", "5mm", "ib", "0.0001k", "+5", "1e3", "٣m"])
    func badSizes(text: String) {
        #expect(throws: EngineError.self) { try ByteSize.parse(text, flag: "--memory") }
    }

    @Test(
        arguments: [(16 << 20, "16 MiB"), (1536 << 20, "1.5 GiB"), (100, "100 bytes"), (1 << 10, "1 KiB")] as [(Int64, String)])
    func sizesAsText(bytes: Int64, text: String) { #expect(ByteSize.text(bytes) == text) }

    @Test(arguments: [("1", 100_000), ("0.5", 50_000), ("1.5", 150_000), ("0.01", 1000)] as [(String, Int64)])
    func processors(text: String, quota: Int64) throws { #expect(try Numbers.cpuQuota(text) == quota) }

    @Test(arguments: ["", "x", "-1", "0", "0.001", "1e3", "99999999", "inf", "nan"])
    func badProcessors(text: String) { #expect(throws: EngineError.self) { try Numbers.cpuQuota(text) } }

    @Test(arguments: ["0", "0-3", "0,2-4,7"])
    func lists(text: String) throws { #expect(try Numbers.cpuList(text, flag: "--cpuset-cpus") == text) }

    @Test(arguments: ["", "a", "3-1", "1,", "0-1-2", "-1", "99999999"])
    func badLists(text: String) { #expect(throws: EngineError.self) { try Numbers.cpuList(text, flag: "--cpuset-cpus") } }

    @Test(arguments: [("22", 0o22), ("0022", 0o22), ("777", 0o777)] as [(String, UInt32)])
    func masks(text: String, mask: UInt32) throws { #expect(try Numbers.octal(text, flag: "--umask", most: 0o777) == mask) }

    @Test(arguments: ["", "8", "1777", "+7", "abc"])
    func badMasks(text: String) { #expect(throws: EngineError.self) { try Numbers.octal(text, flag: "--umask", most: 0o777) } }

    @Test(arguments: ["a", "web", "web-1", "A_b.c", "0"])
    func names(text: String) throws { #expect(try ContainerName.check(text) == text) }

    @Test(arguments: ["", "-a", ".a", "_a", "a/b", "a b", "é", String(repeating: "a", count: 256)])
    func badNames(text: String) { #expect(throws: EngineError.self) { try ContainerName.check(text) } }

    @Test(arguments: ["", "-a", "a b", "a/b", "a:b", String(repeating: "a", count: 65)])
    func badHostNames(text: String) {
        #expect(throws: EngineError.self) { try ContainerName.checkHost(text, flag: "--hostname") }
    }

    @Test func randomNamesAreNames() throws {
        var source = SystemRandomNumberGenerator()
        for _ in 0..<100 { _ = try ContainerName.check(ContainerName.random(using: &source)) }
    }

    @Test func idsAreNewAndHexadecimal() {
        let ids = (0..<100).map { _ in ContainerRecord.newID() }
        #expect(Set(ids).count == 100)
        #expect(ids.allSatisfy { $0.count == 64 && $0.allSatisfy { "0123456789abcdef".contains($0) } })
    }

    @Test(
        arguments: [
            ("1970-01-01T00:00:00.000000000Z", 0), ("2000-02-29T12:30:45.5Z", 951_827_445),
            ("2026-11-24T04:40:40Z", 1_795_495_240),
        ] as [(String, Int64)])
    func times(text: String, seconds: Int64) { #expect(Clock.parse(text) == seconds) }

    @Test(arguments: ["", "2000", "2000-02-29 12:30:45Z", "2000-02-29T12:30:45+01:00"])
    func badTimes(text: String) { #expect(Clock.parse(text) == nil) }
}
