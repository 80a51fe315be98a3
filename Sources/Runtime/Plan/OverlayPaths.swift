/// Paths as overlayfs' options hold them: separated by `:`, with `\` before a character meant as it is.
package enum OverlayPaths {
    package static func split(_ list: String) -> [String] {
        var paths = [""]
        var escaped = false
        for character in list {
            if escaped {
                paths[paths.count - 1].append(character)
                escaped = false
            } else if character == "\\" {
                escaped = true
            } else if character == ":" {
                paths.append("")
            } else {
                paths[paths.count - 1].append(character)
            }
        }
        return paths.filter { !$0.isEmpty }
    }

    package static func directoryAndName(_ path: String) -> (directory: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        return (slash == path.startIndex ? "/" : String(path[..<slash]), String(path[path.index(after: slash)...]))
    }
}
