internal import Images
internal import Linux
internal import OCI

/// A blob that comes from a file of this machine into the store.
struct BlobCopy: Sendable {
    private let files: ImageFiles

    init(_ files: ImageFiles) { self.files = files }

    /// - Returns: nil if the store has the blob.
    func begin(_ digest: Digest, size: Int64, from file: SharedDescriptor) throws(EngineError) -> LayerTransfer.Source? {
        let begun = try imaging { () throws(ImagesError) in try PartialBlob.begin(digest, size: size, in: files.blobs) }
        guard let blob = begun else { return nil }
        try imaging { () throws(ImagesError) in try blob.fill(from: file) }
        return LayerTransfer.Source(blob: blob, progress: Shared(BlobProgress(have: size)), isResumed: false) {}
    }

    /// What a file is as a layer: its digest, its size, and how it is compressed.
    static func describe(_ file: SharedDescriptor, _ name: String) throws(EngineError) -> ContentDescriptor {
        let (digest, size, compression) = try imaging { () throws(ImagesError) in try FileDigest.of(file, name: name) }
        let type =
            switch compression {
            case .none: MediaType.layer
            case .gzip: MediaType.gzipLayer
            case .zstd: MediaType.zstdLayer
            }
        return ContentDescriptor(mediaType: type, digest: digest, size: size)
    }
}
