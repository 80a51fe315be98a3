internal import Glibc

/// A file's name or path as the kernel has it: bytes without a zero, of no particular encoding.
///
/// `String` repairs what is not UTF-8; an archive or a directory may hold such names, and they must come back unchanged.
package struct FileName: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The bytes and the zero that ends them for C.
    private let terminated: [UInt8]

    /// Takes bytes up to the first zero.
    package init(_ bytes: ArraySlice<UInt8>) {
        let end = bytes.firstIndex(of: 0) ?? bytes.endIndex
        var copy: [UInt8] = []
        copy.reserveCapacity(end - bytes.startIndex + 1)
        copy += bytes[..<end]
        copy.append(0)
        terminated = copy
    }

    package init(_ bytes: [UInt8]) { self.init(bytes[...]) }
    package init(_ text: String) { self.init(Array(text.utf8)) }

    package var bytes: ArraySlice<UInt8> { terminated.dropLast() }
    package var count: Int { terminated.count - 1 }
    package var isEmpty: Bool { terminated.count == 1 }

    /// For messages: what is not UTF-8 shows as U+FFFD.
    package var description: String { String(decoding: bytes, as: UTF8.self) }

    package static func < (a: FileName, b: FileName) -> Bool { a.bytes.lexicographicallyPrecedes(b.bytes) }

    /// `directory/name`, or the name alone below the empty path.
    package func appending(_ name: FileName) -> FileName {
        guard !isEmpty else { return name }
        var path = terminated
        path[path.count - 1] = UInt8(ascii: "/")
        return FileName(path + name.bytes)
    }

    package func hasPrefix(_ text: StaticString) -> Bool {
        let prefix = unsafe UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        return unsafe count >= prefix.count && terminated.prefix(prefix.count).elementsEqual(prefix)
    }

    /// The path's components; `//` and a leading or trailing `/` make none.
    package var components: [FileName] { bytes.split(separator: UInt8(ascii: "/")).map { FileName($0) } }

    package var isDot: Bool { terminated == [0x2e, 0] }
    package var isDotDot: Bool { terminated == [0x2e, 0x2e, 0] }

    /// Lends the name to a C function.
    @inline(__always)
    func withPointer<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        unsafe terminated.withUnsafeBufferPointer { buffer in
            unsafe buffer.withMemoryRebound(to: CChar.self) { unsafe body($0.baseAddress!) }
        }
    }
}
