internal import Linux

/// One line of proc_pid_mountinfo(5).
package struct MountInfo {
    /// What of the file system is mounted; `/` for all.
    let root: String
    package let destination: String
    let type: String

    /// What a process sees mounted, in order.
    package static func all(of pid: Int32) throws(RuntimeError) -> [MountInfo] {
        try explaining("read what process \(pid) has mounted") { () throws(SystemError) in
            all(in: try File.read("/proc/\(pid)/mountinfo", limit: 16 << 20))
        }
    }

    static func all(in text: [UInt8]) -> [MountInfo] { text.split(separator: UInt8(ascii: "\n")).compactMap(MountInfo.init) }

    init?(_ line: ArraySlice<UInt8>) {
        let fields = line.split(separator: UInt8(ascii: " "))
        guard let dash = fields.firstIndex(where: { $0.elementsEqual([UInt8(ascii: "-")]) }), dash >= 6, dash + 1 < fields.count
        else { return nil }
        root = Self.unescaped(fields[3])
        destination = Self.unescaped(fields[4])
        type = String(decoding: fields[dash + 1], as: UTF8.self)
    }

    /// Space, tab, newline and backslash stand as three octal digits.
    static func unescaped(_ field: ArraySlice<UInt8>) -> String {
        var bytes: [UInt8] = []
        var rest = field
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3, digits.allSatisfy({ (0x30...0x37).contains($0) }) {
                bytes.append(digits.reduce(0) { $0 &* 8 &+ ($1 - 0x30) })
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
