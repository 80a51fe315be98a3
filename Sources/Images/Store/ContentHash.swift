internal import Crypto

/// A SHA-256 that grows with what is read.
struct ContentHash {
    private var hash = SHA256()

    mutating func update(_ bytes: UnsafeRawBufferPointer) { unsafe hash.update(bufferPointer: bytes) }

    /// `sha256:` and 64 hexadecimal digits.
    var text: String { "sha256:" + hash.finalize().hexadecimal }

    static func of(_ bytes: [UInt8]) -> String { "sha256:" + SHA256.hash(data: bytes).hexadecimal }
}
