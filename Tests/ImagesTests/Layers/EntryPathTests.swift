import Linux
import Testing

@testable import Images

@Suite struct EntryPathTests {
    @Test(arguments: [
        ("a", "", "a"), ("./a", "", "a"), ("/a", "", "a"), ("a/", "", "a"), ("a/b/c", "a/b", "c"), ("//a//./b", "a", "b"),
        ("a\nb/é", "a\nb", "é"), ("...", "", "..."), ("..a/b..", "..a", "b.."),
    ])
    func places(_ path: String, _ parent: String, _ name: String) throws {
        let place = try EntryPath(FileName(path), depth: 10)
        #expect(place.parent == FileName(parent))
        #expect(place.name == FileName(name))
    }

    @Test(arguments: [".", "./", "/", "//."])
    func root(_ path: String) throws {
        let place = try EntryPath(FileName(path), depth: 10)
        #expect(place.name == nil && place.parent.isEmpty && place.full.isEmpty)
    }

    @Test(arguments: ["..", "../a", "a/../b", "/..", "a/..", "./../../etc/passwd"])
    func outside(_ path: String) {
        #expect(throws: EntryPath.Refusal.outside) { try EntryPath(FileName(path), depth: 10) }
    }

    @Test func limits() {
        #expect(throws: EntryPath.Refusal.empty) { try EntryPath(FileName(""), depth: 10) }
        #expect(throws: EntryPath.Refusal.tooDeep) { try EntryPath(FileName("a/b/c"), depth: 2) }
        #expect(throws: EntryPath.Refusal.nameTooLong) {
            try EntryPath(FileName(String(repeating: "x", count: 256)), depth: 2)
        }
    }
}

@Suite struct WhiteoutTests {
    @Test(arguments: [
        (".wh.a", Whiteout.removes(FileName("a"))), (".wh..wh..opq", .opaque), (".wh..wh.plnk", .ignored),
        (".wh.", .invalid), (".wh..", .invalid), (".wh...", .invalid), (".wh....", .removes(FileName("..."))),
        (".wh.wh", .removes(FileName("wh"))),
    ])
    func parses(_ name: String, _ expected: Whiteout) { #expect(Whiteout(FileName(name)) == expected) }

    @Test(arguments: ["a", ".wha", "wh.a", ".w", "", "a.wh.b"])
    func others(_ name: String) { #expect(Whiteout(FileName(name)) == nil) }

    @Test(arguments: [
        ("user.overlay.opaque", true), ("trusted.overlay.redirect", true), ("user.overlay", false), ("user.x", false),
        ("security.capability", false),
    ])
    func reserved(_ name: String, _ expected: Bool) { #expect(OverlayAttribute.isReserved(FileName(name)) == expected) }
}

@Suite struct ChangeSetTests {
    @Test func parentsAreChanged() {
        var set = ChangeSet()
        set.add(.added, FileName("b/new"))
        set.add(.added, FileName("b/new/file"))
        set.add(.deleted, FileName("a/x/y"))
        set.add(.changed, FileName("top"))
        #expect(
            set.sorted.map { "\($0.kind.rawValue) \($0.path)" } == [
                "C /a", "C /a/x", "D /a/x/y", "C /b", "A /b/new", "A /b/new/file", "C /top",
            ])
    }
}
