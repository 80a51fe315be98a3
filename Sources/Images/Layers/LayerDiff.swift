internal import Linux

/// What a writable layer changes: the list of `docker diff`.
///
/// Walks the upper directory alone; the lower ones, which may be this machine's whole root, are only asked for single names.
public enum LayerDiff {
    /// - Parameters:
    ///   - upper: the writable directory of an overlay.
    ///   - lowers: the directories below it, uppermost first.
    ///   - mountPoints: paths made only to be mounted over: they are none of the container's changes.
    /// - Returns: what was added, changed and deleted, and the directories above it as changed, sorted by path.
    public static func changes(
        upper: String, lowers: [String], mountPoints: Set<String> = []
    ) throws(ImagesError) -> [Change] {
        let stack = try LayerStack([upper])
        let below = try LayerStack(lowers)
        var found = ChangeSet(mountPoints: mountPoints)
        var pending: [(path: FileName, layers: [Int])] = [(FileName(""), Array(lowers.indices))]
        while let directory = pending.popLast() {
            let own = try stack.open(directory.path, layers: [0])
            guard let part = own.parts.first else { continue }
            let lower = try below.open(directory.path, layers: directory.layers)
            let names = try own.names()
            if own.hidesWhatIsBelow(part) {
                for gone in try lower.visibleNames().subtracting(names) { found.add(.deleted, directory.path.appending(gone)) }
            }
            for name in names {
                let path = directory.path.appending(name)
                guard let status = try? part.directory.descriptor.status(of: name) else { continue }
                let old = try lower.lookUp(name)
                if own.isWhiteout(name, status, in: part) {
                    if old != nil { found.add(.deleted, path) }
                    continue
                }
                if let kind = kind(of: status, over: old?.status) { found.add(kind, path) }
                guard status.isDirectory else { continue }
                if let old, old.status.isDirectory {
                    pending.append((path, try lower.layers(of: name, old)))
                } else {
                    pending.append((path, []))
                }
            }
        }
        return found.sorted
    }

    /// Any file of the upper layer is a change: overlay copies one up only to write to it. A directory is copied up for
    /// what lies in it too: then its mode and time are those of the lower.
    private static func kind(of status: FileStatus, over old: FileStatus?) -> Change.Kind? {
        guard let old else { return .added }
        guard status.isDirectory, old.isDirectory else { return .changed }
        let isSame = status.permissions == old.permissions && status.modified == old.modified
        return isSame ? nil : .changed
    }
}

/// Changes by path, with the directories above them.
struct ChangeSet {
    private var kinds: [FileName: Change.Kind] = [:]
    private let mountPoints: Set<FileName>
    /// The directories above mount points: they change when those are made.
    private let above: Set<FileName>

    init(mountPoints: Set<String> = []) {
        let names = mountPoints.map { FileName(String($0.drop { $0 == "/" })) }
        self.mountPoints = Set(names)
        above = Set(names.flatMap(Self.directories(above:)))
    }

    mutating func add(_ kind: Change.Kind, _ path: FileName) {
        // A mount point is an empty file or directory; the directories on the way count when something else in them does.
        if mountPoints.contains(path), kind == .added { return }
        if above.contains(path), kind != .deleted {
            delayed[path] = kind
            return
        }
        insert(kind, path)
    }

    private var delayed: [FileName: Change.Kind] = [:]

    private mutating func insert(_ kind: Change.Kind, _ path: FileName) {
        kinds[path] = kind
        for directory in Self.directories(above: path) where kinds[directory] == nil {
            kinds[directory] = delayed[directory] ?? .changed
        }
    }

    /// `a/b` and `a` of `a/b/c`.
    private static func directories(above path: FileName) -> [FileName] {
        var parts = path.components.dropLast()
        var found: [FileName] = []
        while !parts.isEmpty {
            found.append(parts.dropFirst().reduce(parts[parts.startIndex]) { $0.appending($1) })
            parts.removeLast()
        }
        return found
    }

    var sorted: [Change] {
        kinds.keys.sorted().map { Change(kind: kinds[$0]!, path: "/\($0)") }
    }
}
