import Linux
import Testing

@testable import Images

@Suite struct TarHeaderTests {
    @Test func plainEntryIsOneBlock() {
        let entry = ArchiveEntry(path: FileName("bin/sh"), kind: .regular, mode: 0o4755, uid: 7, gid: 8, seconds: 9, size: 10)
        let block = TarHeader.blocks(for: entry, dataSize: 10)
        #expect(block.count == 512)
        #expect(String(decoding: block[100..<107], as: UTF8.self) == "0004755")
        #expect(String(decoding: block[257..<262], as: UTF8.self) == "ustar")
        let sum = block.indices.reduce(0) { $0 + ((148..<156).contains($1) ? 32 : Int(block[$1])) }
        #expect(Int(String(decoding: block[148..<154], as: UTF8.self), radix: 8) == sum)
    }

    @Test(arguments: [
        ("short", false), (String(repeating: "d/", count: 60) + "name", false), (String(repeating: "x", count: 101), true),
        ("é", true), ("a\nb", false), (String(repeating: "d", count: 200) + "/x", true),
    ])
    func paxOnlyWhereNeeded(_ path: String, _ isNeeded: Bool) {
        let blocks = TarHeader.blocks(for: ArchiveEntry(path: FileName(path), kind: .regular), dataSize: 0)
        #expect((blocks.count > 512) == isNeeded)
    }

    @Test func recordLengthCountsItself() {
        for size in [1, 80, 88, 89, 90, 985, 986, 987, 988, 9_985] {
            var records = PaxRecords()
            records.add("k", String(repeating: "v", count: size))
            let text = String(decoding: records.bytes, as: UTF8.self)
            #expect(Int(text.split(separator: " ")[0]) == text.utf8.count)
        }
    }

    @Test(arguments: [(0, 0), (1, 511), (511, 1), (512, 0), (513, 511)])
    func padding(_ size: Int64, _ expected: Int) { #expect(TarHeader.padding(after: size) == expected) }
}
