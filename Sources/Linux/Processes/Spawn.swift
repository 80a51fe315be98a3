internal import CLinux
internal import Glibc
internal import SystemPackage

/// Starting another program. posix_spawn(3): no page of this process is copied, and a failed exec is an error here.
public struct Spawn: Sendable {
    public var path: String
    /// The whole argv, the program's name first.
    public var arguments: [String]
    /// `KEY=value`; nil is this process's own environment.
    public var environment: [String]?
    /// The child's number of a descriptor, and the descriptor here that it is. All others are closed in the child.
    public var descriptors: [CInt: CInt]
    /// setsid(2): away from this terminal, its signals and its hang-up.
    public var newSession: Bool

    public init(
        path: String, arguments: [String], environment: [String]? = nil, descriptors: [CInt: CInt] = [0: 0, 1: 1, 2: 2],
        newSession: Bool = false
    ) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
        self.descriptors = descriptors
        self.newSession = newSession
    }

    /// Starts the program with no signal blocked and none ignored; its process id. Whoever starts it reaps it.
    ///
    /// - Throws: what execve(2) says when the program cannot be executed.
    public func start() throws(SystemError) -> Int32 {
        // Each source moves above every target first, so that no dup2 in the child overwrites one that is still needed.
        let highest = max(descriptors.keys.max() ?? 2, 2)
        var sources: [CInt: CInt] = [:]
        defer { for source in sources.values { _ = Glibc.close(source) } }
        for (target, source) in descriptors {
            sources[target] = try systemCall("fcntl", "fd \(source) F_DUPFD_CLOEXEC") {
                hako_fcntl_int(source, F_DUPFD_CLOEXEC, highest + 1)
            }
        }
        let targets = Array(sources.keys)
        let from = targets.map { sources[$0]! }
        let argv: [UnsafeMutablePointer<CChar>?] = unsafe arguments.map { unsafe strdup($0) } + [nil]
        let envp: [UnsafeMutablePointer<CChar>?] = unsafe (environment ?? Environment.all).map { unsafe strdup($0) } + [nil]
        defer { unsafe (argv + envp).forEach { unsafe free($0) } }
        return try systemCall("posix_spawn", arguments.joined(separator: " ")) {
            unsafe hako_spawn(path, argv, envp, targets, from, targets.count, highest, newSession)
        }
    }
}

/// This process's environment. environ(7).
public enum Environment {
    /// The value of a variable, nil when it is not set. getenv(3).
    public static func value(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }

    /// All of it, as `KEY=value`.
    public static var all: [String] {
        var list: [String] = []
        guard var entry = unsafe hako_environment() else { return list }
        while let text = unsafe entry.pointee {
            list.append(unsafe String(cString: text))
            unsafe entry += 1
        }
        return list
    }
}
