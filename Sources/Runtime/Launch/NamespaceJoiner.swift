internal import Linux

/// Enters namespaces that are there already. setns(2).
enum NamespaceJoiner {
    /// Joins all of them: first with the rights the caller has outside, then, once inside the user namespace, the rest. The
    /// caller keeps its ids, and with them its rights to the host's files.
    static func join(_ joins: [NamespacePlan.Join]) throws(RuntimeError) {
        var open: [(join: NamespacePlan.Join, raw: CInt)] = []
        defer { for (_, raw) in open { _ = Descriptor(owning: raw) } }
        for join in joins { open.append((join, try openVerified(join))) }
        // The mount namespace last: afterwards paths are the container's.
        let order = open.filter { $0.join.kind != .user && $0.join.kind != .mount } + open.filter { $0.join.kind == .mount }
        var later: [(join: NamespacePlan.Join, raw: CInt)] = []
        let user = open.first { $0.join.kind == .user }
        for entry in order {
            do throws(SystemError) {
                try enter(entry)
            } catch {
                guard error.errno == .notPermitted, user != nil else { throw failure(entry.join, error) }
                later.append(entry)
            }
        }
        guard let user else { return }
        for entry in [user] + later {
            do throws(SystemError) { try enter(entry) } catch { throw failure(entry.join, error) }
        }
    }

    /// A time namespace whose offsets are set before anyone is in it; the next child is.
    static func enterTimeNamespace(_ offsets: [String]) throws(RuntimeError) {
        try explaining("make a time namespace") { () throws(SystemError) in
            try Namespaces.unshare(.time)
            try File.command("/proc/self/timens_offsets", offsets.joined())
        }
    }

    private static func openVerified(_ join: NamespacePlan.Join) throws(RuntimeError) -> CInt {
        do throws(SystemError) {
            let file = try File.open(join.path, .read)
            guard try file.fileSystem() == .nsfs else {
                throw SystemError("open", join.path, .invalidArgument)
            }
            return file.release()
        } catch {
            let why = error.errno == .invalidArgument ? "it is not a namespace" : "\(error.errno)"
            throw RuntimeError("cannot join the \(join.name) namespace \(join.path): \(why)")
        }
    }

    private static func enter(_ entry: (join: NamespacePlan.Join, raw: CInt)) throws(SystemError) {
        try Descriptor.lending(entry.raw) { (namespace) throws(SystemError) in
            try Namespaces.join(namespace, entry.join.kind)
        }
    }

    private static func failure(_ join: NamespacePlan.Join, _ error: SystemError) -> RuntimeError {
        RuntimeError("cannot join the \(join.name) namespace \(join.path): \(error.errno)")
    }
}

extension NamespacePlan.Join {
    var name: String { kind.label }
}
