package import OCI

/// What the database keeps of an image.
package struct ImageRecord: Sendable, Equatable {
    /// Its configuration's digest, as docker and podman number images: 64 hexadecimal digits.
    package var id: String
    package var manifest: Digest
    /// Seconds since 1970; 0 where the image does not say.
    package var created: Int64
    /// Bytes of the layers as they are stored.
    package var size: Int64
    package var platform: String
    /// Chain ids, the lowest first.
    package var layers: [String]
    /// All content that it needs, its manifest first.
    package var blobs: [Digest]
    /// Names with tags, the registry's included.
    package var names: [ImageTag] = []

    package var shortID: String { String(id.prefix(12)) }
}

/// A name of an image.
package struct ImageTag: Sendable, Equatable {
    /// `docker.io/library/alpine:latest`; with a digest for one that was pulled by digest.
    package var name: String
    /// What the name stood for in the registry: the digest of an index or a manifest.
    package var target: Digest

    package init(name: String, target: Digest) {
        self.name = name
        self.target = target
    }
}
