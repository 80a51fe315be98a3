internal import CLinux
internal import Glibc
internal import SystemPackage

/// Files by path. Only for paths of the host that the caller trusts; names inside a container's root go through a
/// directory descriptor (`Descriptor.openInRoot`).
public enum File {
    /// open(2).
    public static func open(_ path: String, _ flags: OpenFlags, mode: UInt32 = 0) throws(SystemError) -> Descriptor {
        Descriptor(owning: try systemCall("open", path) { unsafe hako_open(path, flags.rawValue | O_CLOEXEC, mode) })
    }

    /// stat(2).
    public static func status(_ path: String) throws(SystemError) -> FileStatus {
        var s = stat()
        try systemCall("stat", path) { unsafe stat(path, &s) }
        return FileStatus(s)
    }

    /// lstat(2).
    public static func linkStatus(_ path: String) throws(SystemError) -> FileStatus {
        var s = stat()
        try systemCall("lstat", path) { unsafe lstat(path, &s) }
        return FileStatus(s)
    }

    /// Whether something is there that stat(2) can see.
    public static func exists(_ path: String) -> Bool { (try? status(path)) != nil }

    /// readlink(2).
    public static func readLink(_ path: String) throws(SystemError) -> String {
        unsafe try linkTarget(path) { buffer, size in unsafe readlink(path, buffer, size) }
    }

    /// The absolute path without links. realpath(3).
    public static func realPath(_ path: String) throws(SystemError) -> String {
        guard let resolved = unsafe realpath(path, nil) else {
            throw SystemError("realpath", path, .init(rawValue: Glibc.errno))
        }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }

    /// mkdir(2).
    public static func makeDirectory(_ path: String, mode: UInt32 = 0o755) throws(SystemError) {
        try systemCall("mkdir", path) { unsafe mkdir(path, mode) }
    }

    /// Makes a directory and those above it that are missing. One that is there is fine.
    public static func makeDirectories(_ path: String, mode: UInt32 = 0o755) throws(SystemError) {
        do {
            try makeDirectory(path, mode: mode)
        } catch {
            switch error.errno {
            case .fileExists:
                guard try status(path).isDirectory else { throw error }
            case .noSuchFileOrDirectory:
                let parent = path.split(separator: "/").dropLast().joined(separator: "/")
                guard !parent.isEmpty else { throw error }
                try makeDirectories(path.hasPrefix("/") ? "/" + parent : parent, mode: mode)
                try makeDirectories(path, mode: mode)
            default: throw error
            }
        }
    }

    /// unlink(2).
    public static func remove(_ path: String) throws(SystemError) {
        try systemCall("unlink", path) { unsafe unlink(path) }
    }

    /// rmdir(2).
    public static func removeDirectory(_ path: String) throws(SystemError) {
        try systemCall("rmdir", path) { unsafe rmdir(path) }
    }

    /// rename(2).
    public static func rename(_ path: String, to newPath: String) throws(SystemError) {
        try systemCall("rename", "\(path) \(newPath)") { unsafe Glibc.rename(path, newPath) }
    }

    /// Two names change places, at once. renameat2(2), RENAME_EXCHANGE.
    public static func exchange(_ path: String, _ other: String) throws(SystemError) {
        try systemCall("renameat2", "\(path) \(other)") { unsafe hako_exchange(path, other) }
    }

    /// mkfifo(3).
    public static func makeFifo(_ path: String, mode: UInt32 = 0o600) throws(SystemError) {
        try systemCall("mkfifo", path) { unsafe mkfifo(path, mode) }
    }

    /// All of a file.
    ///
    /// - Throws: EFBIG when it has more than `limit` bytes.
    public static func read(_ path: String, limit: Int = 16 << 20) throws(SystemError) -> [UInt8] {
        try open(path, .read).readToEnd(limit: limit)
    }

    /// All of a file as text, without the white space at its end.
    public static func readText(_ path: String, limit: Int = 16 << 20) throws(SystemError) -> String {
        var bytes = try read(path, limit: limit)
        while let last = bytes.last, last == 10 || last == 32 { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// One write(2) to a file that is there: for /proc, /sys and cgroups, where a write is a command.
    public static func command(_ path: String, _ text: String) throws(SystemError) {
        let file = try open(path, .write)
        let raw = file.raw
        let bytes = Array(text.utf8)
        try systemCall("write", "\(path) \(text)") { unsafe Glibc.write(raw, bytes, bytes.count) }
    }

    /// Replaces a file's content so that a reader, or a crash, sees the old or the new, whole: stage, fsync, rename. What is
    /// there and is no file, such as /dev/null or a fifo, is written to, and never replaced.
    ///
    /// - Parameter durable: false where a power cut may lose it (state that a reboot ends anyway).
    public static func replace(
        _ path: String, with bytes: [UInt8], mode: UInt32 = 0o600, durable: Bool = true
    ) throws(SystemError) {
        if let there = try? status(path), there.kind != .regular, there.kind != .directory {
            return try open(path, [.write, .noControllingTerminal]).write(bytes)
        }
        let staged = "\(path).\(getpid()).new"
        do {
            let file = try open(staged, [.write, .create, .truncate, .noFollow], mode: mode)
            try file.write(bytes)
            if durable { try file.synchronize() }
            try rename(staged, to: path)
            if durable { try synchronizeDirectory(of: path) }
        } catch {
            try? remove(staged)
            throw error
        }
    }

    /// A file without a place on any disk, read from its beginning. memfd_create(2).
    public static func inMemory(_ name: String, holding bytes: [UInt8]) throws(SystemError) -> Descriptor {
        let file = Descriptor(owning: try systemCall("memfd_create", name) { unsafe hako_memfd(name) })
        try file.write(bytes)
        return try open(file.procPath, .read)
    }

    /// fsync(2) of the directory that holds `path`, so that its name survives a power cut.
    public static func synchronizeDirectory(of path: String) throws(SystemError) {
        guard let slash = path.lastIndex(of: "/") else { return try open(".", [.read, .directory]).synchronize() }
        try open(slash == path.startIndex ? "/" : String(path[..<slash]), [.read, .directory]).synchronize()
    }
}

extension File {
    /// Whether the effective user may execute a file. faccessat(2), X_OK.
    ///
    /// - Throws: EACCES when not.
    public static func checkExecutable(_ path: String) throws(SystemError) {
        try systemCall("faccessat", path) { unsafe faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) }
    }
}
