import Foundation
import Testing

/// Whose containers: root's, or those of a plain user made for the test.
enum Identity: String, CaseIterable, CustomTestStringConvertible {
    case root, user
    var testDescription: String { rawValue }

    static let userID = 64321
    var id: Int { self == .root ? 0 : Self.userID }
}

/// One test's private Hako: its own data and state directories, its own root file system, gone afterwards.
final class Hako {
    let identity: Identity
    /// Everything of this test; the identity owns it.
    let directory: String
    private let groupsBefore: Set<String>
    /// Words before each command: those that bring it to a namespace of the test's.
    var prefix: [String] = []

    init(_ identity: Identity) throws {
        self.identity = identity
        let base = Machine.environment["HAKO_TEST_DIR"] ?? NSTemporaryDirectory() + "hako-test.\(getpid())"
        groupsBefore = try hakoGroups()
        directory = "\(base)/\(identity)-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        chown(directory, uid_t(identity.id), gid_t(identity.id))
        chmod(base, 0o755)
    }

    /// The control groups of containers that were not there when this test began.
    func newGroups() throws -> Set<String> { try hakoGroups().subtracting(groupsBefore) }

    var dataRoot: String { "\(directory)/data" }
    var stateRoot: String { "\(directory)/state" }

    /// A path in this test's directory.
    func path(_ name: String) -> String { "\(directory)/\(name)" }

    /// A busybox root file system of this test's own, owned by the identity; made by the first use.
    lazy var rootfs: String = unpack("busybox", into: "rootfs")

    /// A Debian one.
    lazy var debian: String = unpack("debian", into: "debian")

    private func unpack(_ name: String, into folder: String) -> String {
        let target = path(folder)
        // Node files are left out, as in what `docker export` gives.
        let done = try? host(
            "sh", "-c", "mkdir \(target) && tar -C \(target) --exclude='./dev/*' -xpf \(Machine.rootfs)/\(name).tar")
        if done?.status != 0 { Issue.record("cannot unpack \(name): \(done?.err ?? "")") }
        if identity == .user { _ = try? host("chown", "-R", "-h", "\(Identity.userID):\(Identity.userID)", target) }
        return target
    }

    func write(_ text: String, to name: String) throws -> String {
        try text.write(toFile: path(name), atomically: true, encoding: .utf8)
        chown(path(name), uid_t(identity.id), gid_t(identity.id))
        return path(name)
    }

    // MARK: Running

    private var environment: [String: String] {
        var delegated: [String: String] = [:]
        if identity == .user, Machine.cgroupIsV2 { delegated["HAKO_DELEGATED"] = Delegation.shared }
        return delegated.merging([
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": path("home"),
            "TERM": "xterm", "LANG": "C.UTF-8",
            // Networks are tested in namespaces of their own, and asked for there.
            "HAKO_NETWORK": "none",
        ]) { $1 }
    }

    /// The words that run a program as this test's identity.
    func asIdentity(_ words: [String]) -> [String] {
        identity == .root ? words : ["\(Machine.scripts)/as-user.sh", path("home")] + words
    }

    func hakoWords(_ words: [String]) -> [String] {
        prefix + asIdentity([Machine.hako, "--root", dataRoot, "--state", stateRoot] + words)
    }

    func runtimeWords(_ words: [String]) -> [String] {
        asIdentity([Machine.runtime, "--root", path("runtime")] + words)
    }

    /// `hako WORDS…` of this test.
    @discardableResult
    func callAsFunction(_ words: String..., stdin: String = "", within seconds: Double = 30) throws -> Outcome {
        try complete(spawn(hakoWords(words), stdin: stdin), seconds)
    }

    /// `hako run --rm --network none OPTIONS --rootfs ROOTFS COMMAND…`; the options end at `--`, which is not passed on.
    @discardableResult
    func run(_ words: String..., stdin: String = "", within seconds: Double = 30) throws -> Outcome {
        try complete(spawn(hakoWords(runWords(words)), stdin: stdin), seconds)
    }

    func runWords(_ words: [String]) -> [String] {
        let end = words.firstIndex(of: "--")
        let options = end.map { Array(words[..<$0]) } ?? []
        let command = end.map { Array(words[($0 + 1)...]) } ?? words
        let place = options.contains("--rootfs") ? [] : ["--rootfs", rootfs]
        let network = options.contains("--network") ? [] : ["--network", "none"]
        let remove = options.contains("--name") || options.contains("--rm") ? [] : ["--rm"]
        return ["run"] + remove + network + options + place + command
    }

    /// `hako-runtime WORDS…` with a state directory of this test.
    @discardableResult
    func runtime(_ words: String..., stdin: String = "", within seconds: Double = 30) throws -> Outcome {
        try complete(spawn(runtimeWords(words), stdin: stdin), seconds)
    }

    /// Waits for a command that has to end by itself.
    private func complete(_ child: Child, _ seconds: Double) throws -> Outcome {
        let outcome = try child.finish(within: seconds)
        if outcome.timedOut { Issue.record("it did not end in \(seconds) s: \(outcome)") }
        return outcome
    }

    func spawn(_ words: [String], stdin: String = "", with more: [String: String] = [:]) throws -> Child {
        try Child(words, environment: environment.merging(more) { $1 }, directory: directory, stdin: stdin)
    }

    /// `hako WORDS…` on a pseudo terminal.
    func terminal(_ words: [String], columns: UInt16 = 80, rows: UInt16 = 24) throws -> Terminal {
        try Terminal(hakoWords(words), environment: environment, directory: directory, columns: columns, rows: rows)
    }

    func remove() {
        _ = try? self("rm", "--force", "--all")
        _ = try? host("rm", "-rf", "--one-file-system", directory, within: 60)
    }
}

/// Gives a test its own Hako and clears it away.
func withHako(_ identity: Identity = .root, _ body: (Hako) throws -> Void) throws {
    let hako = try Hako(identity)
    defer { hako.remove() }
    try body(hako)
}

/// A program of the host, as root.
@discardableResult
func host(_ words: String..., within seconds: Double = 30) throws -> Outcome {
    try Child(words, environment: Machine.environment).finish(within: seconds)
}
