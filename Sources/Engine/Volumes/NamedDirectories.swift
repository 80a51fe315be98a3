internal import Linux

/// Directories that stand for things with a name: volumes, secrets. One that has its name is whole; what begins with a dot is on
/// its way in or out, and a crash leaves it to `system check`.
struct NamedDirectories: Sendable {
    let root: String
    /// For messages: `volume`.
    let kind: String

    private static let stagedPrefix = ".new-"
    private static let doomedPrefix = ".removing-"

    func place(_ name: String) -> String { "\(root)/\(name)" }

    /// What is there and whole, sorted.
    func names() -> [String] { entries().filter { !$0.hasPrefix(".") } }

    private func entries() -> [String] {
        guard let directory = try? File.open(root, [.read, .directory]) else { return [] }
        return ((try? directory.list()) ?? []).sorted()
    }

    /// A small file in one; nil where there is none.
    func read(_ file: String, of name: String) throws(EngineError) -> [UInt8]? {
        let path = "\(place(name))/\(file)"
        do throws(SystemError) { return try File.read(path, limit: 1 << 20) } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw EngineError("read \(path)", error) }
            return nil
        }
    }

    /// Makes one: staged, then renamed. Whoever calls holds `Locations.lock` shared.
    ///
    /// - Parameter fill: writes what is in it, and brings its files to disk.
    /// - Returns: false where there is one of that name already.
    func make(_ name: String, _ fill: (borrowing Descriptor) throws(SystemError) -> Void) throws(EngineError) -> Bool {
        if File.exists(place(name)) { return false }
        let staged = place("\(Self.stagedPrefix)\(name).\(UInt32.random(in: 0 ... .max))")
        do throws(SystemError) {
            // Nobody else may come near.
            try File.makeDirectories(root, mode: 0o700)
            try File.makeDirectory(staged, mode: 0o700)
            try fill(try File.open(staged, [.read, .directory]))
            try File.rename(staged, to: place(name))
            try File.synchronizeDirectory(of: place(name))
            return true
        } catch {
            try? discard(staged)
            guard error.errno == .fileExists || error.errno == .directoryNotEmpty else {
                throw EngineError("make the \(kind) \(name)", error)
            }
            return false
        }
    }

    private func discard(_ path: String) throws(SystemError) {
        let directory = try File.open(path, [.read, .directory])
        for name in try directory.list() {
            try directory.remove(name, directory: try directory.status(of: name).isDirectory)
        }
        try File.removeDirectory(path)
    }

    /// Takes one away; nothing there is fine.
    func remove(_ name: String, _ engine: Engine) throws(EngineError) {
        let doomed = place("\(Self.doomedPrefix)\(name).\(UInt32.random(in: 0 ... .max))")
        do throws(SystemError) { try File.rename(place(name), to: doomed) } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw EngineError("remove the \(kind) \(name)", error) }
            return
        }
        try ContainerRemoval.removeTree(doomed, engine)
    }

    /// Removes what a crash left half made or half removed. Whoever calls holds `Locations.lock` alone.
    func mend(_ engine: Engine) throws(EngineError) -> [String] {
        var lines: [String] = []
        for name in entries() where name.hasPrefix(Self.stagedPrefix) || name.hasPrefix(Self.doomedPrefix) {
            try ContainerRemoval.removeTree(place(name), engine)
            lines.append("removed the \(kind) \(name), which was half made or half removed")
        }
        return lines
    }
}
