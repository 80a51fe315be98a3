internal import CLinux
internal import Glibc
internal import SystemPackage

/// Extended attributes (xattr(7)) of open files, and of names below an open directory.
///
/// There is no call for a name below a directory before Linux 6.13; the name is reached through /proc/self/fd, and the
/// l* calls do not follow a link in the last component.
extension Descriptor {
    /// fsetxattr(2).
    package borrowing func setAttribute(_ name: FileName, to value: [UInt8]) throws(SystemError) {
        let raw = self.raw
        try systemCall("fsetxattr", "fd \(raw) \(name)") {
            unsafe name.withPointer { unsafe fsetxattr(raw, $0, value, value.count, 0) }
        }
    }

    /// lsetxattr(2) of a file below this directory.
    package borrowing func setAttribute(_ name: FileName, of file: FileName, to value: [UInt8]) throws(SystemError) {
        let path = below(file)
        try systemCall("lsetxattr", "\(file) \(name)") {
            unsafe name.withPointer { name in
                unsafe path.withPointer { unsafe lsetxattr($0, name, value, value.count, 0) }
            }
        }
    }

    /// fgetxattr(2): nil where there is no such attribute, or the file system has none at all.
    package borrowing func attribute(_ name: FileName) throws(SystemError) -> [UInt8]? {
        let raw = self.raw
        return unsafe try attributeValue("fgetxattr", "fd \(raw) \(name)") { buffer, size in
            unsafe name.withPointer { unsafe fgetxattr(raw, $0, buffer, size) }
        }
    }

    /// lgetxattr(2) of a file below this directory; nil as above.
    package borrowing func attribute(_ name: FileName, of file: FileName) throws(SystemError) -> [UInt8]? {
        let path = below(file)
        return unsafe try attributeValue("lgetxattr", "\(file) \(name)") { buffer, size in
            unsafe name.withPointer { name in unsafe path.withPointer { unsafe lgetxattr($0, name, buffer, size) } }
        }
    }

    /// llistxattr(2) of a file below this directory; empty where the file system has none.
    package borrowing func attributeNames(of file: FileName) throws(SystemError) -> [FileName] {
        let path = below(file)
        let list = unsafe try attributeValue("llistxattr", "\(file)") { buffer, size in
            unsafe path.withPointer { path in
                unsafe llistxattr(path, buffer?.assumingMemoryBound(to: CChar.self), size)
            }
        }
        return (list ?? []).split(separator: 0).map { FileName($0) }
    }

    private borrowing func below(_ file: FileName) -> FileName { FileName(procPath).appending(file) }
}

/// Reads a value whose size is asked for first; asks again when it grew in between (ERANGE).
private func attributeValue(
    _ call: StaticString, _ subject: @autoclosure () -> String, _ read: (UnsafeMutableRawPointer?, Int) -> Int
) throws(SystemError) -> [UInt8]? {
    while true {
        do {
            let size = try systemCall(call, subject()) { read(nil, 0) }
            if size == 0 { return [] }
            var value = [UInt8](repeating: 0, count: size)
            let got = try systemCall(call, subject()) {
                unsafe value.withUnsafeMutableBytes { unsafe read($0.baseAddress, size) }
            }
            value.removeLast(size - got)
            return value
        } catch {
            switch error.errno {
            case .noData, .notSupported: return nil
            case .outOfRange: continue
            default: throw error
            }
        }
    }
}
