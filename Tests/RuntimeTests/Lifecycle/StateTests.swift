import Foundation
import Linux
import OCI
import Testing

@testable import Runtime

private func withDirectory(_ body: (String) throws -> Void) throws {
    let path = NSTemporaryDirectory() + "hako-runtime-unit.\(UInt64.random(in: 0 ... .max))"
    try File.makeDirectories(path)
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(path)
}

@Suite struct StateDirectoryTests {
    @Test(arguments: ["", ".", "..", "a/b", "/", "a b", "ä", "a\0", "a:b", String(repeating: "a", count: 1025)])
    func idsThatCouldLeadElsewhereAreRefused(_ id: String) {
        #expect(throws: RuntimeError.self) { try StateRoot(path: "/tmp/x").directory(of: id) }
    }

    @Test(arguments: ["a", "A_b+c.d-e", "...", "0"])
    func othersAreDirectories(_ id: String) throws {
        #expect(try StateRoot(path: "/r").directory(of: id).path == "/r/\(id)")
    }

    /// Podman of a plain user's calls the runtime as root of a user namespace, which has no say below /run.
    @Test(
        arguments: [
            (0, nil, true, "/run/hako-runtime"), (0, "/run/user/0", true, "/run/hako-runtime"),
            (0, "/run/user/7", false, "/run/user/7/hako-runtime"), (0, nil, false, "/run/hako-runtime"),
            (7, "/run/user/7", false, "/run/user/7/hako-runtime"), (7, nil, false, "/tmp/hako-runtime-7/hako-runtime"),
            (7, "relative", false, "/tmp/hako-runtime-7/hako-runtime"),
        ] as [(UInt32, String?, Bool, String)])
    func statesOfRootOfANamespaceAreTheUsers(_ userID: UInt32, _ runtimeDirectory: String?, _ isOverHost: Bool, _ path: String) {
        #expect(StateRoot.standard(userID: userID, runtimeDirectory: runtimeDirectory) { isOverHost }.path == path)
    }

    @Test func aStateIsSavedLoadedAndClaimedOnce() throws {
        try withDirectory { root in
            let directory = try StateRoot(path: root).directory(of: "c")
            try directory.claim()
            var state = RuntimeState()
            state.id = "c"
            state.pid = Processes.id
            state.startTime = try Processes.startTime(of: Processes.id)
            state.bundle = "/b"
            state.cgroup = Cgroup(
                id: "c", cgroupsPath: nil, rootless: false, groups: [.init(directory: "/g", isV2: true, controllers: ["pids"])])
            try directory.save(state)
            let (loaded, oci) = try directory.state()
            #expect(loaded.pid == state.pid && loaded.cgroup == state.cgroup && oci.status == .running)
            #expect(throws: RuntimeError.self) { try directory.claim() }
            #expect(StateRoot(path: root).ids() == ["c"])
            directory.remove()
            #expect(StateRoot(path: root).ids() == [] && !File.exists(directory.path))
        }
    }

    @Test func anotherProcessOfTheSameIdIsNotTheContainers() throws {
        try withDirectory { root in
            let directory = try StateRoot(path: root).directory(of: "c")
            try directory.claim()
            var state = RuntimeState()
            state.id = "c"
            state.pid = Processes.id
            state.startTime = 1
            state.bundle = "/b"
            try directory.save(state)
            #expect(try directory.state().oci.status == .stopped)
        }
    }

    /// What a SIGKILL between two instructions can leave.
    @Test(arguments: ["", "{", "{\"id\":\"c\"", "[]"])
    func aDamagedStateSaysSo(_ text: String) throws {
        try withDirectory { root in
            let directory = try StateRoot(path: root).directory(of: "c")
            try directory.claim()
            try File.replace("\(directory.path)/state.json", with: Array(text.utf8), durable: false)
            let error = #expect(throws: RuntimeError.self) { try directory.load() }
            #expect(error?.message.contains("damaged") == true)
        }
    }

    @Test func aHalfMadeClaimIsTakenOver() throws {
        try withDirectory { root in
            let directory = try StateRoot(path: root).directory(of: "c")
            try directory.claim()
            try File.replace("\(directory.path)/start.sock", with: [], durable: false)
            try directory.claim()
            #expect(try File.open(directory.path, [.read, .directory]).list().isEmpty)
        }
    }
}

@Suite struct ContainerLogTests {
    @Test func linesAreMarkedAndFilesTurnedOver() throws {
        try withDirectory { root in
            let path = "\(root)/log"
            var log = try ContainerLog(.init(path: path, maxSize: 400, maxFiles: 3))
            log.append(Array("one\ntwo".utf8), .output)
            let lines = try File.readText(path).split(separator: "\n")
            #expect(lines[0].hasSuffix(" stdout F one") && lines[1].hasSuffix(" stdout P two"))
            for number in 0..<40 { log.append(Array("line \(number)\n".utf8), .error) }
            let names = try File.open(root, [.read, .directory]).list().sorted()
            #expect(names == ["log", "log.1", "log.2"])
            for name in names { #expect(try File.status("\(root)/\(name)").size <= 400) }
            #expect(try File.readText(path).hasSuffix("stderr F line 39"))
        }
    }

    @Test func bytesOfAnyKindAreKept() throws {
        try withDirectory { root in
            var log = try ContainerLog(.init(path: "\(root)/log"))
            log.append([0, 255, 10, 10, 7], .output)
            let lines = try File.read("\(root)/log").split(separator: 10, omittingEmptySubsequences: false)
            #expect(
                lines.count == 4 && lines[0].suffix(2) == [0, 255] && lines[1].suffix(2) == [0x46, 0x20] && lines[2].last == 7)
        }
    }
}
