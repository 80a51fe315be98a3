import Foundation
import Testing

@testable import Linux

/// A directory of a test's own, gone afterwards.
func withDirectory(_ body: (String) throws -> Void) throws {
    let path = NSTemporaryDirectory() + "hako-linux.\(UInt64.random(in: 0 ... .max))"
    try File.makeDirectories(path)
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(path)
}

@Suite struct FileTests {
    /// The kernel gives up on a `..` while somebody renames, anywhere on the machine.
    @Test func renamesElsewhereDoNotMakeAPathFail() throws {
        try withDirectory { directory in
            try File.makeDirectories("\(directory)/a/b")
            try File.replace("\(directory)/x", with: [1], durable: false)
            let stop = NSLock()
            stop.lock()
            let renamer = Thread {
                var names = ["\(directory)/one", "\(directory)/two"]
                try? File.makeDirectories(names[0])
                while !stop.try() {
                    rename(names[0], names[1])
                    names.swapAt(0, 1)
                }
            }
            renamer.start()
            defer { stop.unlock() }
            let root = try File.open(directory, [.path, .directory])
            for _ in 0..<20_000 { _ = try root.openInRoot("a/../a/b/../../x", .read) }
        }
    }

    /// A process whose root is the directory would see the same; the host's own files are out of reach.
    @Test(arguments: ["/etc/x", "etc/x", "../../etc/x", "up/etc/x", "absolute", "climbs", "loop/../etc/x"])
    func pathsStayInTheRoot(_ path: String) throws {
        try withDirectory { directory in
            for (place, text) in [("root/etc", "inside"), ("etc", "outside")] {
                try File.makeDirectories("\(directory)/\(place)")
                try File.replace("\(directory)/\(place)/x", with: Array(text.utf8), durable: false)
            }
            let root = try File.open("\(directory)/root", [.path, .directory])
            for (name, target) in [
                ("up", ".."), ("absolute", "/etc/x"), ("climbs", "../../../etc/x"), ("loop", "loop2"), ("loop2", "etc"),
            ] {
                try root.makeSymlink(name, to: target)
            }
            #expect(try root.openInRoot(path, .read).readToEnd(limit: 100) == Array("inside".utf8))
        }
    }

    @Test func magicLinksLeadNowhere() throws {
        let proc = try File.open("/proc", [.path, .directory])
        #expect(throws: SystemError.self) { _ = try proc.openInRoot("self/fd/0", .read) }
        #expect(throws: SystemError.self) { _ = try proc.openInRoot("self/root/etc", .path) }
    }

    @Test func whatIsNoFileIsWrittenToAndStays() throws {
        try withDirectory { directory throws in
            let path = "\(directory)/fifo"
            try File.makeFifo(path)
            let reader = try File.open(path, [.read, .nonBlocking])
            try File.replace(path, with: [7, 8])
            #expect(try reader.read(upTo: 9) == [7, 8])
            #expect(try File.status(path).kind == .fifo)
        }
    }

    @Test func replaceIsWholeAndLeavesNothing() throws {
        try withDirectory { directory in
            try File.replace("\(directory)/f", with: [1, 2, 3])
            try File.replace("\(directory)/f", with: [4])
            #expect(try File.read("\(directory)/f") == [4])
            #expect(try File.status("\(directory)/f").permissions == 0o600)
            #expect(throws: SystemError.self) { try File.replace("\(directory)/none/f", with: [1]) }
            #expect(try File.open(directory, [.read, .directory]).list() == ["f"])
        }
    }

    @Test func whatComesFromOutsideIsBounded() throws {
        try withDirectory { directory in
            try File.replace("\(directory)/f", with: [UInt8](repeating: 7, count: 200_000), durable: false)
            #expect(try File.read("\(directory)/f", limit: 200_000).count == 200_000)
            let error = #expect(throws: SystemError.self) { try File.read("\(directory)/f", limit: 199_999) }
            #expect(error?.errno == .fileTooLarge)
        }
    }

    @Test func locksExclude() throws {
        try withDirectory { directory in
            let first = try File.open(directory, [.read, .directory])
            let second = try File.open(directory, [.read, .directory])
            try first.lock(.shared)
            try second.lock(.shared, waits: false)
            let error = #expect(throws: SystemError.self) { try second.lock(.exclusive, waits: false) }
            #expect(error?.errno == .wouldBlock)
        }
    }

    @Test func errorsNameTheCallAndThePath() {
        let error = #expect(throws: SystemError.self) { _ = try File.open("/no/such/file", .read) }
        #expect(error?.description == "open /no/such/file: No such file or directory")
    }

    @Test func namesKeepTheirBytes() throws {
        try withDirectory { directory in
            let folder = try File.open(directory, [.read, .directory])
            let name = FileName([0xff, 0xfe, 0x20, 0x0a])
            try folder.makeDirectory(name)
            #expect(try folder.fileNames() == [name])
            try folder.remove(name, directory: true)
            #expect(try folder.fileNames().isEmpty)
        }
    }

    @Test func deviceNumbers() {
        let device = FileStatus.device(major: 259, minor: 70000)
        #expect(FileStatus.major(device) == 259 && FileStatus.minor(device) == 70000)
        #expect((try? File.status("/dev/null").specialDevice) == FileStatus.device(major: 1, minor: 3))
    }
}
