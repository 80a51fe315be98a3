package import Linux

/// Where the bytes of an archive come from, as they are: compressed or not.
package protocol ArchiveInput: AnyObject {
    /// Fills the beginning of a buffer that is not empty.
    ///
    /// - Returns: how many bytes; 0 is the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImagesError) -> Int
}

/// A file that is there.
package final class FileInput: ArchiveInput {
    private let file: Descriptor
    private let name: String

    package init(_ file: consuming Descriptor, name: String) {
        self.file = file
        self.name = name
        self.file.willReadSequentially()
    }

    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImagesError) -> Int {
        do { return unsafe try file.read(into: buffer) } catch { throw ImagesError("cannot read \(name)", error) }
    }
}
