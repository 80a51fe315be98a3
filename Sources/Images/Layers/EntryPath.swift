internal import Linux

/// Where an entry goes, taken from its name alone: the directory's path below the root, and the name in it.
///
/// A leading `/` is dropped, as docker and tar do; `.` and `//` mean nothing; `..` is refused, whether it would leave
/// the root or not: no honest archive has it.
struct EntryPath: Equatable {
    /// Components joined by `/`; empty for the root itself.
    let parent: FileName
    /// Nil for the root directory itself.
    let name: FileName?

    enum Refusal: Error, Equatable {
        case empty
        /// It has a `..`.
        case outside
        case tooDeep
        /// A component has more than NAME_MAX (255) bytes.
        case nameTooLong
    }

    init(_ path: FileName, depth: Int) throws(Refusal) {
        guard !path.isEmpty else { throw .empty }
        let components = path.components.filter { !$0.isDot }
        guard !components.contains(where: \.isDotDot) else { throw .outside }
        guard components.count <= depth else { throw .tooDeep }
        guard components.allSatisfy({ $0.count <= 255 }) else { throw .nameTooLong }
        parent = components.dropLast().reduce(FileName("")) { $0.appending($1) }
        name = components.last
    }

    var full: FileName { name.map { parent.appending($0) } ?? parent }
}
