/// One unpacked layer in a store: a directory, read only by agreement, that containers mount below their own.
public struct Layer: Sendable, Equatable {
    /// The digest of this layer and all below it, `sha256:…` (OCI image-spec, config.md, "Layer ChainID").
    public let chainID: String
    /// The SHA-256 of the uncompressed archive, `sha256:…`.
    public let diffID: String
    /// The directory that holds its files.
    public let path: String
    /// What unpacking had to leave out, one line each; empty when the layer was there already.
    public let warnings: [String]
}

/// Digests of stacks of layers.
package enum ChainID {
    /// The chain id of a layer over `parent`, or of the lowest one.
    package static func of(_ diffID: String, over parent: String?) -> String {
        parent.map { ContentHash.of(Array("\($0) \(diffID)".utf8)) } ?? diffID
    }

    /// `sha256:` and 64 hexadecimal digits, and nothing else: it becomes the name of a directory.
    package static func isValid(_ digest: String) -> Bool {
        let bytes = Array(digest.utf8)
        return bytes.count == 71 && bytes.starts(with: "sha256:".utf8)
            && bytes.dropFirst(7).allSatisfy { ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x61 && $0 <= 0x66) }
    }
}
