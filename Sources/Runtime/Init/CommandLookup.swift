internal import Linux

/// Finds the command as a shell would, inside the container. execvp(3).
enum CommandLookup {
    private static let defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// - Throws: the errors that end in exit code 127 and 126.
    static func find(_ name: String, environment: [String]) throws(RuntimeError) -> String {
        if name.contains("/") {
            do throws(SystemError) {
                try check(name)
            } catch { throw failure(name, error) }
            return name
        }
        let path = environment.last { $0.hasPrefix("PATH=") }.map { String($0.dropFirst(5)) } ?? defaultPath
        var denied: SystemError?
        for directory in path.split(separator: ":", omittingEmptySubsequences: false) {
            let candidate = directory.isEmpty ? "./\(name)" : "\(directory)/\(name)"
            do throws(SystemError) {
                try check(candidate)
                return candidate
            } catch {
                if error.errno == .permissionDenied { denied = error }
            }
        }
        if let denied { throw failure(name, denied) }
        throw RuntimeError("exec: \"\(name)\": executable file not found in $PATH", kind: .notFound)
    }

    static func failure(_ name: String, _ error: SystemError) -> RuntimeError {
        switch error.errno {
        case .noSuchFileOrDirectory, .notDirectory:
            RuntimeError("exec: \"\(name)\": no such file or directory (the file, or the interpreter it names)", kind: .notFound)
        case .permissionDenied, .isDirectory: RuntimeError("exec: \"\(name)\": permission denied", kind: .notExecutable)
        default: RuntimeError("exec: \"\(name)\": \(error.errno)", kind: .notExecutable)
        }
    }

    private static func check(_ path: String) throws(SystemError) {
        guard try !File.status(path).isDirectory else { throw SystemError("execve", path, .permissionDenied) }
        try File.checkExecutable(path)
    }
}
