package import Linux

/// A volume's files as a tar: `hako volume export` and `import`.
package struct VolumeArchive {
    private let name: String
    private let path: String

    package init(_ engine: Engine, _ record: VolumeRecord) throws(EngineError) {
        name = record.name
        switch try VolumeOptions(record.options ?? [:]) {
        case .directory: path = engine.volumes.data(record.name)
        case .bind(let device, _): path = device
        case .tmpfs: throw EngineError("volume \(name) is a tmpfs: it has files only while a container runs, and each its own")
        }
    }

    package func write(to output: borrowing Descriptor) throws(EngineError) {
        let directory = try attempt("read the volume \(name)") { () throws(SystemError) in
            try File.open(path, [.read, .directory])
        }
        try TreeArchive.write(directory, to: output)
    }

    /// Unpacks over what is there.
    package func read(_ archive: consuming Descriptor, called label: String) throws(EngineError) {
        let directory = try attempt("write the volume \(name)") { () throws(SystemError) in
            try File.open(path, [.read, .directory])
        }
        try TreeArchive.unpack(archive, into: directory, called: label)
    }
}
