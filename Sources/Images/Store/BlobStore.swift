internal import Linux
package import OCI

/// The content on this machine by its digest: manifests, configurations, layers as registries have them.
/// `<root>/blobs/sha256/<64 digits>`.
///
/// A blob appears whole and verified or not at all: it grows below `blobs/staging` and is renamed. What a broken download left there
/// is gone on with by the next that wants the same.
public struct BlobStore: Sendable {
    /// `<root>/blobs`.
    package let directory: String

    /// Bytes of a manifest, an index or a configuration; more is not taken.
    package static let largestDocument = 4 << 20

    public init(root: String) { directory = root + "/blobs" }

    package func path(_ digest: Digest) -> String { "\(directory)/sha256/\(digest.hex)" }
    package func has(_ digest: Digest) -> Bool { File.exists(path(digest)) }
    var staging: String { "\(directory)/staging" }

    /// A small blob, such as a manifest.
    ///
    /// - Throws: where it is not there, longer than `limit`, or not what its digest says.
    package func read(_ digest: Digest, limit: Int = largestDocument) throws(ImagesError) -> [UInt8] {
        let bytes = try attempt("cannot read the blob \(digest)") { () throws(SystemError) in
            try File.read(path(digest), limit: limit)
        }
        guard Self.digest(bytes) == digest else {
            throw ImagesError(.damaged, "the blob \(path(digest)) is damaged; remove the image and pull it again")
        }
        return bytes
    }

    /// Keeps a small blob. It is on disk after the next `synchronize`.
    @discardableResult
    package func add(_ bytes: [UInt8]) throws(ImagesError) -> Digest {
        let digest = Self.digest(bytes)
        guard !has(digest) else { return digest }
        try prepare()
        try attempt("cannot write the blob \(digest)") { () throws(SystemError) in
            try File.replace(path(digest), with: bytes, durable: false)
        }
        return digest
    }

    package static func digest(_ bytes: [UInt8]) -> Digest {
        guard let digest = Digest(ContentHash.of(bytes)) else { preconditionFailure("64 digits") }
        return digest
    }

    package func size(_ digest: Digest) -> Int64? { (try? File.status(path(digest)))?.size }

    func prepare() throws(ImagesError) {
        try attempt("cannot make the blob store \(directory)") { () throws(SystemError) in
            for path in ["\(directory)/sha256", staging] where !File.exists(path) {
                try File.makeDirectories(path, mode: 0o700)
            }
        }
    }

    /// Brings all that was added to disk. syncfs(2).
    package func synchronize() throws(ImagesError) {
        try attempt("cannot bring \(directory) to disk") { () throws(SystemError) in
            try File.open(directory, [.read, .directory]).synchronizeFileSystem()
        }
    }

    /// All that are there.
    package func all() throws(ImagesError) -> [Digest] {
        guard File.exists("\(directory)/sha256") else { return [] }
        return try attempt("cannot read \(directory)") { () throws(SystemError) in
            try File.open("\(directory)/sha256", [.read, .directory]).list()
        }.compactMap(Digest.init(hex:))
    }

    package func remove(_ digest: Digest) throws(ImagesError) {
        do { try File.remove(path(digest)) } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw ImagesError("cannot delete the blob \(digest)", error) }
        }
    }

    /// Deletes what nobody is downloading any more.
    package func removePartials() throws(ImagesError) -> Int64 {
        guard File.exists(staging) else { return 0 }
        var freed: Int64 = 0
        let names = try attempt("cannot read \(staging)") { () throws(SystemError) in
            try File.open(staging, [.read, .directory]).list()
        }
        for name in names {
            let path = "\(staging)/\(name)"
            guard let file = try? File.open(path, [.readWrite, .noFollow]), (try? file.lock(.exclusive, waits: false)) != nil
            else { continue }
            freed += (try? file.status().size) ?? 0
            try? File.remove(path)
        }
        return freed
    }
}

/// A blob on its way into the store: a file that is held by flock(2) while it grows.
package final class PartialBlob: Sendable {
    package let digest: Digest
    package let size: Int64
    /// Absolute.
    package let path: String
    let file: SharedDescriptor
    private let store: BlobStore

    /// Waits while another process downloads the same.
    ///
    /// - Returns: nil if the store has it (by then).
    package static func begin(_ digest: Digest, size: Int64, in store: BlobStore) throws(ImagesError) -> PartialBlob? {
        try store.prepare()
        let path = "\(store.staging)/\(digest.hex)"
        while true {
            if store.has(digest) { return nil }
            let file = try attempt("cannot write \(path)") { () throws(SystemError) in
                let file = try File.open(path, [.readWrite, .create, .noFollow], mode: 0o600)
                try file.lock(.exclusive)
                return SharedDescriptor(file)
            }
            // Whoever had the lock may have renamed or removed it.
            let isNamed = (try? File.linkStatus(path).inode) == (try? file.descriptor.status().inode)
            if isNamed, !store.has(digest) { return PartialBlob(digest, size, path, file, store) }
            if isNamed { try? File.remove(path) }
        }
    }

    private init(_ digest: Digest, _ size: Int64, _ path: String, _ file: SharedDescriptor, _ store: BlobStore) {
        (self.digest, self.size, self.path, self.file, self.store) = (digest, size, path, file, store)
    }

    /// How many bytes an earlier download left: those before the first hole.
    package func kept() -> Int64 { min(size, (try? file.descriptor.firstHole()) ?? 0) }

    /// Begins anew: what is there is not what it should be.
    package func clear() throws(ImagesError) {
        try attempt("cannot write \(path)") { () throws(SystemError) in try file.descriptor.truncate(to: 0) }
    }

    package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(ImagesError) {
        do { unsafe try file.descriptor.write(bytes, at: offset) } catch { throw ImagesError("cannot write \(path)", error) }
    }

    /// Gives it its name. It is verified and on disk.
    package func publish() throws(ImagesError) {
        try attempt("cannot store the blob \(digest)") { () throws(SystemError) in
            try File.rename(path, to: store.path(digest))
        }
    }
}
