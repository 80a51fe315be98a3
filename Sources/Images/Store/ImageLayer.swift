package import Linux
package import OCI

/// How far a blob has come that grows while it is read.
package struct BlobProgress: Sendable {
    /// All bytes of the file before this are there.
    package var have: Int64 = 0
    /// Nothing more comes, for this reason.
    package var failure: ImagesError?

    package init(have: Int64 = 0) { self.have = have }
}

/// The bytes of a blob, hashed while they are read; those that are not there yet are waited for.
package final class BlobInput: ArchiveInput {
    private let digest: Digest
    private let size: Int64
    private let file: SharedDescriptor
    private let progress: Shared<BlobProgress>?
    private var hash = ContentHash()
    private var position: Int64 = 0

    /// One that is being downloaded.
    package init(_ blob: PartialBlob, _ progress: Shared<BlobProgress>) {
        digest = blob.digest
        size = blob.size
        self.progress = progress
        file = blob.file
    }

    /// One of the store.
    package init(_ digest: Digest, in store: BlobStore) throws(ImagesError) {
        file = try attempt("cannot read the blob \(digest)") { () throws(SystemError) in
            SharedDescriptor(try File.open(store.path(digest), [.read, .noFollow]))
        }
        file.descriptor.willReadSequentially()
        self.digest = digest
        size = store.size(digest) ?? 0
        progress = nil
    }

    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImagesError) -> Int {
        guard position < size else { return 0 }
        let (from, all) = (position, size)
        let available = try progress?.wait { (progress) throws(ImagesError) -> Int64? in
            if progress.have > from { return min(progress.have, all) }
            if let failure = progress.failure { throw failure }
            return nil
        }
        let count = min(Int64(buffer.count), (available ?? size) - position)
        let got: Int
        do throws(SystemError) {
            got = unsafe try file.descriptor.read(into: .init(rebasing: buffer[..<Int(count)]), at: from)
        } catch {
            throw ImagesError("cannot read the blob \(digest)", error)
        }
        guard got > 0 else { throw ImagesError(.damaged, "the blob \(digest) is shorter than it was") }
        unsafe hash.update(UnsafeRawBufferPointer(rebasing: buffer[..<got]))
        position += Int64(got)
        return got
    }

    /// Reads what is left.
    ///
    /// - Throws: where it is not what its digest says.
    package func verify() throws(ImagesError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 64)
        defer { unsafe buffer.deallocate() }
        while unsafe try read(into: buffer) > 0 {}
        let found = hash.text
        guard found == digest.text else {
            throw ImagesError(.digest, "what came as \(digest) has the digest \(found): it was damaged on its way, or replaced")
        }
    }
}

extension LayerStore {
    /// One layer of an image, and what it stands on.
    package struct ImageLayer: Sendable {
        package var name: String
        package var diffID: Digest
        package var chainID: String

        package init(name: String, diffID: Digest, chainID: String) {
            (self.name, self.diffID, self.chainID) = (name, diffID, chainID)
        }
    }

    /// Unpacks a layer of an image while its bytes come in: hashed, decompressed, hashed again and unpacked in one pass.
    ///
    /// - Parameters:
    ///   - verified: called when the input is all read, and before anything of it gets a name.
    ///   - below: waits for the layers below to be there; their directories, the uppermost first.
    package func add(
        _ layer: ImageLayer, from input: any ArchiveInput, options: UnpackOptions,
        verified: () throws(ImagesError) -> Void, below: () throws(ImagesError) -> [String]
    ) throws(ImagesError) -> Layer {
        try prepare()
        let stage = try LayerStage.make(in: staging)
        do throws(ImagesError) {
            let stream = ArchiveStream(input, name: layer.name, limit: options.limits.totalBytes)
            let unpacker = try LayerUnpacker(into: stage.diff, archive: layer.name, options: options)
            let report = try unpacker.unpack(ArchiveReader(stream, limits: options.limits))
            try stream.drain()
            try verified()
            let found = stream.digest()
            guard found == layer.diffID.text else {
                throw ImagesError(
                    .digest, "\(layer.name): its content is \(found), and the image's configuration says \(layer.diffID)")
            }
            try unpacker.inherit(from: try below())
            let path = diff(layer.chainID)
            if !File.exists(path) { try stage.publish(as: place(layer.chainID)) }
            try stage.discard()
            return Layer(chainID: layer.chainID, diffID: layer.diffID.text, path: path, warnings: report.warnings)
        } catch {
            try? stage.discard()
            throw error
        }
    }

    /// The layers that are there, by chain id.
    package func all() throws(ImagesError) -> [String] {
        guard File.exists(directory) else { return [] }
        return try attempt("cannot read \(directory)") { () throws(SystemError) in
            try File.open(directory, [.read, .directory]).list()
        }.map { "sha256:\($0)" }.filter(ChainID.isValid)
    }

    /// Deletes one: first its name goes, then its files.
    package func remove(_ chainID: String) throws(ImagesError) {
        let stage = try LayerStage.make(in: staging)
        do throws(SystemError) { try File.rename(place(chainID), to: "\(stage.path)/removed") } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw ImagesError("cannot delete the layer \(chainID)", error) }
        }
        try stage.discard()
    }
}

extension LayerStore {
    /// The chain ids of layers that came of archive files.
    package func archives() -> Set<String> {
        guard let text = try? File.readText(indexPath) else { return [] }
        return Set(ArchiveIndex(parsing: text).lines.map(\.chainID))
    }
}

extension BlobStore {
    /// A layer's blob as the plain tar that it is.
    package func stream(_ digest: Digest) throws(ImagesError) -> ArchiveStream {
        ArchiveStream(
            try BlobInput(digest, in: self), name: "layer \(digest.short)", limit: LayerLimits.standard.totalBytes)
    }
}
