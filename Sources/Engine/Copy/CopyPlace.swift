/// Where what is copied goes, by docker's rules (docker cp, Extended description). Pure.
package enum CopyPlace: Sendable, Equatable {
    /// Below the directory that is there, under its own name.
    case inside
    /// Its content into the directory that is there.
    case content
    /// Under the name that was given.
    case named
    /// Onto the file that is there.
    case onto

    package enum Target: Sendable, Equatable { case missing, directory, file }

    /// - Parameters:
    ///   - isContent: the source was given as `DIR/.`.
    ///   - endsInSlash: the target was: then it has to be a directory.
    package static func choose(
        sourceIsDirectory: Bool, isContent: Bool, target: Target, endsInSlash: Bool, path: String
    ) throws(EngineError) -> CopyPlace {
        switch target {
        case .directory: return isContent ? .content : .inside
        case .file:
            guard !endsInSlash else { throw EngineError("\(path) is a file, not a directory") }
            guard !sourceIsDirectory else { throw EngineError("cannot copy a directory onto the file \(path)") }
            return .onto
        case .missing:
            guard sourceIsDirectory || !endsInSlash else {
                throw EngineError("there is no directory \(path); make it first, or leave out the slash at the end")
            }
            return .named
        }
    }
}

/// One side of `hako cp`.
package enum CopyEnd: Sendable, Equatable {
    case host(String)
    case container(String, path: String)
    /// A tar on standard input or output.
    case stream

    /// As docker: what begins with `/` or `.` is a path of this machine, whatever colons it has.
    package init(_ text: String) throws(EngineError) {
        try Numbers.checkNoZero(text, flag: "cp")
        guard !text.isEmpty else { throw EngineError("a path to copy is empty") }
        if text == "-" {
            self = .stream
        } else if !text.hasPrefix("/"), !text.hasPrefix("."), let colon = text.firstIndex(of: ":") {
            let path = String(text[text.index(after: colon)...])
            guard colon != text.startIndex else { throw EngineError("\"\(text)\": the container's name is missing") }
            guard !path.isEmpty else { throw EngineError("\"\(text)\": the path in the container is missing") }
            self = .container(String(text[..<colon]), path: path.hasPrefix("/") ? path : "/\(path)")
        } else {
            self = .host(text)
        }
    }
}

/// A path cut into where it is and what it is called.
struct CopyPath: Equatable {
    let whole: String
    let parent: String
    /// Empty where a directory's content is meant: `DIR/.`, `/`.
    let name: String
    /// Without a slash at the end, which would make the kernel ask for a directory.
    var plain: String { name.isEmpty ? whole : "\(parent)/\(name)" }
    let endsInSlash: Bool

    init(_ path: String) throws(EngineError) {
        whole = path
        endsInSlash = path.hasSuffix("/") || path.hasSuffix("/.")
        let parts = path.split(separator: "/")
        guard parts.last != ".." else { throw EngineError("\(path): name the directory itself, not by \"..\"") }
        if path.hasSuffix("/.") || path == "." || parts.isEmpty {
            (parent, name) = (path, "")
        } else {
            name = String(parts[parts.count - 1])
            let above = parts.dropLast().joined(separator: "/")
            parent = path.hasPrefix("/") ? "/\(above)" : above.isEmpty ? "." : above
        }
    }
}
