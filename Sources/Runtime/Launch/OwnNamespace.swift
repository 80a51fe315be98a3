internal import Linux
package import OCI

/// A user namespace for a program of the caller's: there a plain user is root over its subordinate ids, and so over the files
/// of its containers. user_namespaces(7).
package enum OwnNamespace {
    /// Makes the namespace, becomes root of it, and executes the program. The caller has one thread.
    package static func execute(_ words: [String], uids: [IDMapping], gids: [IDMapping]) throws(RuntimeError) -> Never {
        let own = Processes.id
        let sockets = try explaining("make a socket pair") { () throws(SystemError) in try Sockets.pair(.messages) }
        switch try explaining("start a helper", { () throws(SystemError) in try Namespaces.clone([]) }) {
        case .child: map(own, IdentityPlan(uids: uids, gids: gids), for: sockets.keepFar())
        case .parent(let helper):
            let channel = sockets.keepNear()
            try explaining("make a user namespace", hint: "see /proc/sys/user/max_user_namespaces") { () throws(SystemError) in
                try Namespaces.unshare(.user)
            }
            try explaining("ask for the id maps") { () throws(SystemError) in try InitMessage.prepared.send(on: channel) }
            let answer = try InitMessage.receive(on: channel)
            _ = try? Processes.wait(for: helper)
            if case .failed(let kind, let text) = answer?.message { throw RuntimeError(text, kind: kind) }
            guard answer?.message == .proceed else { throw RuntimeError("the helper that maps ids ended early") }
            try explaining("become root of the user namespace") { () throws(SystemError) in
                try Credentials.setGroup(0)
                try Credentials.setUser(0)
            }
            do throws(SystemError) {
                try Processes.execute(words[0], arguments: words, environment: Environment.all)
            } catch { throw CommandLookup.failure(words[0], error) }
        }
    }

    /// In a process that stays outside, where newuidmap(1) works: maps the parent's ids once it is in its namespace.
    private static func map(_ parent: Int32, _ identity: IdentityPlan, for channel: consuming Descriptor) -> Never {
        do throws(RuntimeError) {
            guard try InitMessage.receive(on: channel)?.message == .prepared else { Processes.exitNow(1) }
            try UserNamespaces.map(parent, identity, privileged: false)
            try? InitMessage.proceed.send(on: channel)
            Processes.exitNow(0)
        } catch {
            try? InitMessage.failed(error.kind, error.message).send(on: channel)
            Processes.exitNow(1)
        }
    }
}
