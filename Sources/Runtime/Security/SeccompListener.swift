internal import JSON
internal import Linux
internal import OCI

/// Who answers the calls of a filter that notifies: a socket of the host's (config-linux.md, Seccomp, listenerPath).
struct SeccompListener {
    let path: String
    let metadata: String?
    let state: ContainerState

    /// Nil for a profile without one.
    init?(_ profile: Seccomp?, _ state: ContainerState) {
        guard let path = profile?.listenerPath, !path.isEmpty else { return nil }
        self.path = path
        metadata = profile?.listenerMetadata
        self.state = state
    }

    /// Sends the descriptor, with the state of the container's process as JSON (config-linux.md, The Container Process State).
    func send(_ listener: consuming Descriptor, pid: Int32) throws(RuntimeError) {
        var told = state
        told.pid = pid
        var message = JSONObject()
        message.append("ociVersion", .string(told.ociVersion))
        message.append("fds", ["seccompFd"])
        message.append("pid", JSONValue(whole: pid))
        if let metadata { message.append("metadata", .string(metadata)) }
        message.append("state", told.json)
        let bytes = JSONValue.object(message).bytes()
        let raw = listener.raw
        try explaining("hand the seccomp listener to \(path)", hint: "is its agent running?") { () throws(SystemError) in
            let socket = try Sockets.connect(to: path)
            try Sockets.send(bytes, descriptors: [raw], on: socket)
        }
    }
}
