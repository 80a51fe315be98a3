/// The media types of images: OCI's (image-spec, media-types.md) and docker's schema 2, which mean the same.
public enum MediaType {
    public static let index = "application/vnd.oci.image.index.v1+json"
    public static let manifest = "application/vnd.oci.image.manifest.v1+json"
    public static let config = "application/vnd.oci.image.config.v1+json"
    public static let layer = "application/vnd.oci.image.layer.v1.tar"
    public static let gzipLayer = "application/vnd.oci.image.layer.v1.tar+gzip"
    public static let zstdLayer = "application/vnd.oci.image.layer.v1.tar+zstd"

    public static let dockerList = "application/vnd.docker.distribution.manifest.list.v2+json"
    public static let dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
    public static let dockerConfig = "application/vnd.docker.container.image.v1+json"
    public static let dockerLayer = "application/vnd.docker.image.rootfs.diff.tar"
    public static let dockerGzipLayer = "application/vnd.docker.image.rootfs.diff.tar.gzip"
    public static let dockerZstdLayer = "application/vnd.docker.image.rootfs.diff.tar.zstd"
    /// Docker's first form, signed, one history text a layer: no longer taken anywhere.
    public static let dockerSchema1 = "application/vnd.docker.distribution.manifest.v1"

    public static let indexes = [index, dockerList]
    public static let manifests = [manifest, dockerManifest]

    /// What a layer is, by its type.
    public enum Layer: Sendable, Equatable {
        /// A tar, compressed or not: its first bytes tell.
        case tar
        /// Kept elsewhere than in registries (Windows' base layers).
        case foreign
        /// Encrypted, or nothing that is a layer.
        case other
    }

    public static func layer(_ type: String) -> Layer {
        switch type {
        case layer, gzipLayer, zstdLayer, dockerLayer, dockerGzipLayer, dockerZstdLayer: .tar
        case _ where type.contains("nondistributable") || type.contains("rootfs.foreign"): .foreign
        default: .other
        }
    }
}
