internal import CLinux
internal import Glibc
internal import SystemPackage

/// The files of a control group: small texts, in which one write is one command. cgroups(7).
extension Descriptor {
    /// One write(2) of `text` to a file of this directory that is there already.
    package borrowing func command(_ name: String, _ text: String) throws(SystemError) {
        let file = try open(name, .write)
        let raw = file.raw
        let bytes = Array(text.utf8)
        try systemCall("write", "\(name) \(text)") { unsafe Glibc.write(raw, bytes, bytes.count) }
    }

    /// A small file's text, without the white space at its end.
    ///
    /// - Throws: EFBIG when it has more than `limit` bytes.
    package borrowing func text(_ name: String, limit: Int = 1 << 20) throws(SystemError) -> String {
        let file = try open(name, .read)
        var bytes = try file.readToEnd(limit: limit)
        while let last = bytes.last, last == 10 || last == 32 { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether a name is there. fstatat(2).
    package borrowing func has(_ name: String) -> Bool { (try? status(of: name)) != nil }
}

extension File {
    /// Whether the caller, by its effective ids, may write to a file, or make names in a directory. faccessat(2).
    package static func isWritable(_ path: String) -> Bool {
        (try? systemCall("faccessat", "\(path) W_OK") { unsafe faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) }) != nil
    }
}

extension Poll.Events {
    /// A file of a control group has changed: POLLPRI. cgroup v2's `cgroup.events` reports so.
    package static let changed = Poll.Events(rawValue: Int16(POLLPRI))
}
