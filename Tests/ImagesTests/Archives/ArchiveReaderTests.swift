import Foundation
import Linux
import Testing

@testable import Images

@Suite struct ArchiveReaderTests {
    static let names = [
        "plain", "h\u{e9}llo", String(repeating: "日本", count: 42), "new\nline", String(repeating: "x", count: 255),
    ]

    @Test(arguments: ["USTAR_FORMAT", "GNU_FORMAT", "PAX_FORMAT"], ["", "gzip", "zstd"])
    func formatsAndCompressions(_ format: String, _ compression: String) throws {
        try withScratch { scratch in
            let names = format == "USTAR_FORMAT" ? Array(Self.names.prefix(2)) : Self.names
            try scratch.python(
                "a.tar", "for n in \(pythonList(names)): add(n, data=n.encode(), mtime=1234567890, uid=12, gid=34, mode=0o640)",
                format: format)
            if !compression.isEmpty { try scratch.shell("\(compression) -c a.tar > b.tar; mv b.tar a.tar") }
            let entries = try scratch.read("a.tar")
            #expect(entries.map { $0.entry.path } == names.map { FileName($0) })
            for (entry, data) in entries {
                #expect(data == Array(entry.path.bytes))
                #expect(entry.uid == 12 && entry.gid == 34 && entry.mode == 0o640 && entry.seconds == 1_234_567_890)
            }
        }
    }

    private func pythonList(_ names: [String]) -> String {
        "[" + names.map { "'" + $0.replacingOccurrences(of: "\n", with: "\\n") + "'" }.joined(separator: ",") + "]"
    }

    @Test func namesOfAnyBytes() throws {
        try withScratch { scratch in
            let name = FileName([0x62, 0xff, 0xfe, 0x0a] + [UInt8](repeating: 0xc3, count: 120))
            try scratch.tar("a.tar", [(ArchiveEntry(path: name, kind: .regular), [1])])
            #expect(try scratch.read("a.tar").map { $0.entry.path } == [name])
            // What others read of it.
            try scratch.shell("tar -tf a.tar > list; python3 -c \"import tarfile; tarfile.open('a.tar').getmembers()\"")
        }
    }

    @Test func fractionsAttributesAndLinks() throws {
        try withScratch { scratch in
            try scratch.python(
                "a.tar",
                """
                add('f', data=b'abc', pax_headers={'mtime': '12.345678901', 'SCHILY.xattr.user.k': 'v'})
                add('s', tarfile.SYMTYPE, linkname='é' * 80)
                add('h', tarfile.LNKTYPE, linkname='f')
                add('c', tarfile.CHRTYPE, devmajor=1, devminor=3)
                add('b', tarfile.BLKTYPE, devmajor=300, devminor=70000)
                add('p', tarfile.FIFOTYPE)
                """)
            let entries = try scratch.read("a.tar").map { $0.entry }
            #expect(entries[0].seconds == 12 && entries[0].nanoseconds == 345_678_901)
            #expect(entries[0].attributes == [.init(name: FileName("user.k"), value: Array("v".utf8))])
            #expect(
                entries.dropFirst().map(\.kind) == [
                    .symlink(FileName(String(repeating: "é", count: 80))), .hardlink(FileName("f")),
                    .character(major: 1, minor: 3), .block(major: 300, minor: 70000), .fifo,
                ])
        }
    }

    @Test(arguments: [
        "gnu --sparse-version=0.0", "posix --sparse-version=0.0", "posix --sparse-version=0.1", "posix --sparse-version=1.0",
    ])
    func sparseFiles(_ format: String) throws {
        try withScratch { scratch in
            let flags = format.hasPrefix("gnu") ? "--format=gnu" : "--format=\(format)"
            try scratch.shell(
                """
                truncate -s 3M f; printf head | dd of=f conv=notrunc status=none
                printf tail | dd of=f bs=1M seek=2 conv=notrunc status=none
                """
            )
            try scratch.shell("tar \(flags) -S -cf a.tar f")
            let (entry, data) = try #require(try scratch.read("a.tar").first)
            #expect(entry.size == 3 << 20)
            #expect(data == (try File.read(scratch["f"])))
            try scratch.unpack("a.tar")
            try scratch.shell("cmp f root/f")
            #expect(try File.status(scratch["root/f"]).blocks < 1000)
        }
    }

    /// Builders such as umoci leave out the last padding and the end of the archive.
    @Test(arguments: [0, 1, 511, 512, 513])
    func endsWithoutPadding(_ size: Int) throws {
        try withScratch { scratch in
            let data = [UInt8](repeating: 7, count: size)
            try scratch.tar("a.tar", [(ArchiveEntry(path: FileName("f"), kind: .regular), data)])
            let whole = try File.read(scratch["a.tar"])
            try scratch.write("a.tar", Array(whole.prefix(512 + size)))
            #expect(try scratch.read("a.tar").map { $0.data } == [data])
            guard size > 0 else { return }
            // One byte less is a broken file.
            try scratch.write("a.tar", Array(whole.prefix(511 + size)))
            let error = #expect(throws: ImagesError.self) { try scratch.read("a.tar") }
            #expect(error?.code == .damaged)
        }
    }

    @Test(arguments: ["gzip", "zstd"])
    func severalMembers(_ compression: String) throws {
        try withScratch { scratch in
            try scratch.tar("a.tar", [file("f", String(repeating: "data", count: 10_000))])
            try scratch.shell("head -c 700 a.tar | \(compression) -c > b; tail -c +701 a.tar | \(compression) -c >> b")
            #expect(try scratch.read("b").map { $0.data.count } == [40_000])
            if compression == "gzip" {
                try scratch.shell("head -c 1000 /dev/zero >> b")
                #expect(try scratch.read("b").count == 1)
                try scratch.shell("printf x >> b")
                // Nothing after the archive's end is asked for until it is drained.
                let stream = ArchiveStream(try File.open(scratch["b"], .read), name: "b", limit: 1 << 30)
                #expect(throws: ImagesError.self) { try stream.drain() }
            }
        }
    }

    @Test(arguments: [
        ("truncate -s 0 a", "a is empty", ImagesError.Code.damaged),
        ("head -c 100000 /dev/urandom | base64 > a", "a is not a tar archive (plain, gzip or zstd)", .unsupported),
        ("printf x | gzip -c > a", "a is not a tar archive (plain, gzip or zstd)", .unsupported),
        (
            "printf '\\375\\067\\172\\130\\132\\000abc' > a",
            "a is compressed with xz, which is not read here: unpack it, or use gzip or zstd", .unsupported
        ),
        ("gzip -c a.tar | head -c 3000 > a", "a: the gzip data ends in the middle; is the file complete?", .damaged),
        ("zstd -qc a.tar | head -c 3000 > a", "a: the zstd data ends in the middle; is the file complete?", .damaged),
        ("head -c 70000 a.tar > a", "a: the archive ends in the middle; is the file complete?", .damaged),
        ("head -c 200 a.tar > a", "a is not a tar archive (plain, gzip or zstd)", .unsupported),
    ])
    func brokenArchives(_ make: String, _ message: String, _ code: ImagesError.Code) throws {
        try withScratch { scratch in
            var random = SystemRandomNumberGenerator()
            let data = (0..<100_000).map { _ in UInt8.random(in: 0...255, using: &random) }
            try scratch.tar("a.tar", [(ArchiveEntry(path: FileName("f"), kind: .regular), data)])
            try scratch.shell(make)
            let error = #expect(throws: ImagesError.self) { try scratch.read("a") }
            #expect(error?.message == message)
            #expect(error?.code == code)
        }
    }

    @Test func brokenData() throws {
        try withScratch { scratch in
            try scratch.tar("a.tar", [file("f", String(repeating: "0123456789", count: 9000))])
            for (tool, word) in [("gzip", "broken gzip data"), ("zstd", "broken zstd data")] {
                try scratch.shell(
                    "\(tool) -qc a.tar > a; printf '\\377\\377\\377\\377' | dd of=a bs=1 seek=60 conv=notrunc status=none")
                let error = #expect(throws: ImagesError.self) {
                    _ = try scratch.read("a")
                    let stream = ArchiveStream(try File.open(scratch["a"], .read), name: "a", limit: 1 << 30)
                    try stream.drain()
                }
                #expect(error?.message.contains(word) == true)
            }
        }
    }

    @Test func bombs() throws {
        try withScratch { scratch in
            try scratch.shell("head -c 50000000 /dev/zero > f; tar -czf a.tgz f")
            let error = #expect(throws: ImagesError.self) { try scratch.read("a.tgz", limits: LayerLimits(totalBytes: 1 << 20)) }
            #expect(error?.code == .limit)
            #expect(error?.message.contains("decompression bomb") == true)
        }
    }

    @Test func digestIsThatOfThePlainArchive() throws {
        try withScratch { scratch in
            try scratch.tar("a.tar", [file("f", "x")])
            try scratch.shell("truncate -s +100000 a.tar; gzip -k a.tar; zstd -q a.tar")
            let expected = "sha256:" + (try scratch.shell("sha256sum a.tar")).prefix(64)
            for name in ["a.tar", "a.tar.gz", "a.tar.zst"] {
                let stream = ArchiveStream(try File.open(scratch[name], .read), name: name, limit: 1 << 30)
                let reader = ArchiveReader(stream)
                while try reader.next() != nil {}
                try stream.drain()
                #expect(stream.digest() == expected)
            }
        }
    }

    /// Go's writer leaves the old field empty where a name has no ASCII letter.
    @Test func namesOnlyInPax() throws {
        try withScratch { scratch in
            try scratch.python(
                "a.tar",
                """
                for type in [tarfile.SYMTYPE, tarfile.LNKTYPE]:
                    record = '22 linkpath=日本日\\n'.encode()
                    x = tarfile.TarInfo('x'); x.type = b'x'; x.size = len(record)
                    t.fileobj.write(x.tobuf(tarfile.USTAR_FORMAT) + record.ljust(512, b'\\0'))
                    i = tarfile.TarInfo('link'); i.type = type
                    t.fileobj.write(i.tobuf(tarfile.USTAR_FORMAT))
                """)
            let target = FileName("日本日")
            #expect(try scratch.read("a.tar").map { $0.entry.kind } == [.symlink(target), .hardlink(target)])
        }
    }

    @Test func tarsOfOthers() throws {
        try withScratch { scratch in
            try scratch.shell("mkdir -p t/d; echo x > t/f; ln -s f t/d/l")
            for make in ["tar --format=v7 -cf a.tar t", "tar --format=oldgnu -cf a.tar t", "busybox tar -cf a.tar t"] {
                try scratch.shell(make)
                let names = try scratch.read("a.tar").map { $0.entry.path.description }.sorted()
                #expect(names == ["t/", "t/d/", "t/d/l", "t/f"], "\(make)")
            }
            // A global header, as of git; an empty archive; a lone zero block at the end.
            try scratch.python("a.tar", "t.pax_headers = {'comment': 'x'}; add('f')")
            #expect(try scratch.read("a.tar").count == 1)
            try scratch.shell("tar -cf a.tar -T /dev/null")
            #expect(try scratch.read("a.tar").isEmpty)
            try scratch.shell(
                "tar -cf a.tar t; head -c 5120 a.tar | head -c $(( $(tar -tf a.tar | wc -l) * 512 + 512 + 512 )) > b.tar")
            #expect(try scratch.read("b.tar").count == 4)
        }
    }

    @Test(arguments: [
        ("ustar: 0000644", [0x30, 0x30, 0x30, 0x30, 0x36, 0x34, 0x34, 0] as [UInt8], Int64(0o644)),
        ("spaces", [0x20, 0x20, 0x36, 0x34, 0x34, 0x20, 0, 0], 0o644), ("empty", [0, 0, 0, 0, 0, 0, 0, 0], 0),
        ("binary", [0x80, 0, 0, 0, 0, 0x3d, 0x09, 0], 4_000_000),
        ("negative", [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe], -2),
    ])
    func numbers(_ name: String, _ field: [UInt8], _ value: Int64) throws {
        #expect(try TarBlock(bytes: field).number(0, 8) == value)
    }

    @Test func numbersThatAreNone() {
        #expect(throws: TarBlock.Damage.self) { try TarBlock(bytes: Array("0009444\0".utf8)).number(0, 8) }
        #expect(throws: TarBlock.Damage.self) { try TarBlock(bytes: [0xbf] + [UInt8](repeating: 0xff, count: 11)).number(0, 12) }
    }

    @Test(arguments: [
        "12", "x path=a\n", "99 path=a\n", "9 path=ab\n", "7 path\n", "12 size=abc\n", "-1 path=a\n", "13 mtime=1.x\n",
        "11 path=\0b\n",
    ])
    func brokenPax(_ text: String) { #expect(throws: TarBlock.Damage.self) { try PaxHeader(parsing: Array(text.utf8)) } }

    @Test(arguments: [
        ("12.5", 12, 500_000_000), ("-1.25", -2, 750_000_000), ("7", 7, 0), ("3.1234567899", 3, 123_456_789),
        ("-0.5", -1, 500_000_000),
    ])
    func times(_ text: String, _ seconds: Int64, _ nanoseconds: Int64) throws {
        let time = try PaxHeader.time(Array(text.utf8))
        #expect(time == (seconds, nanoseconds))
    }

    @Test func sparseMapsAreChecked() {
        typealias Stretch = SparseMap.Stretch
        #expect(
            SparseMap(stretches: [Stretch(offset: 0, length: 5), Stretch(offset: 9, length: 1)], size: 10).isSound(dataSize: 6))
        #expect(
            !SparseMap(stretches: [Stretch(offset: 0, length: 5), Stretch(offset: 4, length: 1)], size: 10).isSound(dataSize: 6))
        #expect(!SparseMap(stretches: [Stretch(offset: 8, length: 5)], size: 10).isSound(dataSize: 5))
        #expect(!SparseMap(stretches: [Stretch(offset: 0, length: 5)], size: 10).isSound(dataSize: 6))
        #expect(!SparseMap(stretches: [Stretch(offset: .max, length: .max)], size: .max).isSound(dataSize: .max))
        #expect(!SparseMap(stretches: [], size: -1).isSound(dataSize: 0))
        #expect(SparseMap.parse(list: Array("0,1,5,2".utf8))?.count == 2 && SparseMap.parse(list: Array("0,1,5".utf8)) == nil)
    }

    /// Whatever bytes come: an entry or an error, never a trap.
    @Test func noise() throws {
        try withScratch { scratch in
            try scratch.shell(
                """
                truncate -s 2M f; echo tail >> f; echo x > g; ln g h; tar --format=posix -S -cf a.tar f g h
                tar --format=gnu -S -cf b.tar f g h
                """
            )
            var random = SystemRandomNumberGenerator()
            for name in ["a.tar", "b.tar"] {
                let whole = Array(try File.read(scratch[name]).prefix(8192))
                for _ in 0..<400 {
                    var bytes = whole
                    for _ in 0..<4 {
                        let at = Int.random(in: 0..<bytes.count, using: &random)
                        bytes[at] = UInt8.random(in: 0...255, using: &random)
                        // Right sums, so that the noise reaches what lies behind.
                        let block = at / 512 * 512
                        let sum = (block..<(block + 512)).reduce(0) {
                            $0 + ((148..<156).contains($1 - block) ? 32 : Int(bytes[$1]))
                        }
                        let digits = Array(String(sum, radix: 8).utf8)
                        let field = [UInt8](repeating: 0x30, count: 6 - digits.count) + digits + [0, 0x20]
                        if bytes[block + 257] == 0x75 { bytes.replaceSubrange((block + 148)..<(block + 156), with: field) }
                    }
                    try scratch.write("n.tar", bytes)
                    _ = try? scratch.read("n.tar", limits: LayerLimits(totalBytes: 8 << 20))
                }
            }
        }
    }
}
