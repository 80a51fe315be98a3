package import Linux

/// A directory below the layers' staging, for what is needed for a while; it goes with its user.
///
/// A class, so that closures may use it: the stage within cannot be copied.
package final class StageDirectory {
    private let stage: LayerStage
    package var path: String { "\(stage.path)/diff" }
    package var directory: Descriptor { _read { yield stage.diff } }

    init(_ stage: consuming LayerStage) { self.stage = stage }

    /// A file in it.
    package func makeFile(_ name: String) throws(ImagesError) -> SharedDescriptor {
        try attempt("cannot make \(path)/\(name)") { () throws(SystemError) in
            SharedDescriptor(try stage.diff.open(name, [.readWrite, .create, .exclusive], mode: 0o600))
        }
    }

    package func discard() throws(ImagesError) { try stage.discard() }
}

extension LayerStore {
    package func stage() throws(ImagesError) -> StageDirectory {
        try prepare()
        return StageDirectory(try LayerStage.make(in: staging))
    }
}
